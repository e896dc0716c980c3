// All texts of the pages in German. The page replaces {word} by a part.

import { plural } from '../fill.ts'
import { accountPages } from './account-de.ts'
import type { Texts } from './en.ts'
import { factors } from './factors-de.ts'
import { passkeys } from './passkeys-de.ts'
import { accountRefusals, signUpTexts } from './sign-up-de.ts'

export const de: Texts = {
  languageName: 'Deutsch',
  allow: 'Erlauben',
  deny: 'Ablehnen',
  revoke: 'Entziehen',
  signOut: 'Abmelden',
  anotherAccount: 'Anderes Konto verwenden',
  toClient: 'um mit {client} fortzufahren',
  referenceHint: 'Wenn Sie Hilfe benötigen, nennen Sie bitte diese Kennung:',
  unnamedClient: 'Eine App ohne Namen',
  languages: 'Sprache',
  signedInAs: 'Angemeldet als {user}',
  throttled:
    'Zu viele Versuche. Bitte warten Sie {delay} (bis {time}) und versuchen Sie es dann erneut.',
  tryAgain: 'Erneut versuchen',
  showPassword: 'Passwort anzeigen',
  hidePassword: 'Passwort verbergen',
  errorTitle: 'Fehler: {title}',
  goToClient: 'Weiter zu {client}',
  footer: {
    help: 'Hilfe',
    privacy: 'Datenschutz',
    terms: 'Nutzungsbedingungen',
    imprint: 'Impressum',
  },

  login: {
    title: 'Anmelden',
    confirmTitle: 'Bitte bestätigen Sie Ihre Identität',
    username: 'Benutzername oder E-Mail',
    password: 'Passwort',
    submit: 'Anmelden',
    wrongCredentials:
      'Benutzername oder Passwort ist nicht korrekt. Bitte prüfen Sie Ihre Eingaben.',
    or: 'oder',
    continueWith: 'Weiter mit {provider}',
    signInWith: 'Mit {provider} anmelden',
    next: 'Weiter',
    passkey: 'Mit Passkey anmelden',
    wrongPasskey:
      'Die Anmeldung mit diesem Passkey war nicht möglich. Versuchen Sie es erneut oder melden Sie sich auf andere Weise an.',
    forgot: 'Passwort vergessen?',
    withCode: 'Mit einem Code per E-Mail anmelden',
    signUp: 'Konto anlegen',
  },

  consent: {
    title: 'Zugriff erlauben?',
    question: '{client} bittet um Zugriff auf Ihr Konto.',
    verifiedHost: 'Bestätigt als {host}',
    documentHost: 'Identifiziert durch {host}. Der Name ist eine Angabe dieser Website.',
    unverified: 'Der Name ist nicht bestätigt.',
    runsOnDeviceOnly:
      'Jedes Programm auf diesem Gerät kann diesen Namen verwenden. Erlauben Sie den Zugriff nur, wenn Sie die App gerade selbst gestartet haben.',
    asks: 'Die App kann dann',
    details: 'Im Einzelnen',
    resource: 'Der Zugriff gilt für {place}.',
    unregisteredResource: 'Der Zugriff gilt für {place}. Diese Adresse ist hier nicht registriert.',
    destinationSite: 'Anschließend werden Sie zu {place} weitergeleitet.',
    destinationDevice:
      'Anschließend werden Sie zu einer App auf diesem Gerät ({place}) weitergeleitet.',
    destinationApp: 'Anschließend werden Sie zu der App weitergeleitet, die {place}-Links öffnet.',
    revocable: 'Sie können den Zugriff jederzeit auf Ihrer Kontoseite wieder entziehen.',
  },

  scopes: {
    known: {
      openid: 'Ihr Konto erkennen',
      profile: 'Ihren Namen und Ihr Profil sehen',
      email: 'Ihre E-Mail-Adresse sehen',
      phone: 'Ihre Telefonnummer sehen',
      address: 'Ihre Postanschrift sehen',
      offline_access: 'auch in Ihrer Abwesenheit zugreifen, bis Sie den Zugriff entziehen',
    },
    other: '{scope} nutzen',
    more: plural('de', { one: 'und eine weitere', other: 'und {count} weitere' }),
  },

  ...signUpTexts,

  newPassword: {
    title: 'Neues Passwort wählen',
    reason:
      'Das Passwort, mit dem Sie sich angemeldet haben, ist vorläufig. Bitte wählen Sie Ihr eigenes.',
  },

  passkeys,

  selectAccount: {
    title: 'Konto wählen',
    continueAs: 'Weiter als {user}',
  },

  factors,
  home: {
    title: 'Sie sind angemeldet',
    apps: 'Ihre Apps',
    account: 'Ihr Konto',
  },

  account: {
    title: 'Ihr Konto',
    introduction:
      'Hier sehen Sie alles, was Zugriff auf Ihr Konto hat. Entzogener Zugriff endet sofort.',
    sessions: 'Browser',
    sessionsEmpty: 'Kein Browser ist angemeldet.',
    thisBrowser: 'Dieser Browser',
    unknownBrowser: 'Unbekannter Browser',
    browserOn: '{browser} auf {system}',
    clients: 'Apps und Geräte',
    clientsEmpty: 'Keine App und kein Gerät hat Zugriff.',
    since: 'Seit {date}',
    lastUsed: 'zuletzt verwendet {time}',
    neverUsed: 'noch nicht verwendet',
    older: 'Ältere anzeigen',
    everywhere: 'Überall sonst abmelden',
    everywhereHint:
      'Beendet alle anderen Browser-Sitzungen und jeden Zugriff von Apps und Geräten.',
    providers: 'Andere Wege zur Anmeldung',
    linked: 'Verknüpft',
    linkedAs: 'Verknüpft als {user}',
    notLinked: 'Nicht verknüpft',
    link: 'Verknüpfen',
    unlink: 'Verknüpfung aufheben',
    currentPassword: 'Aktuelles Passwort',
    newPassword: 'Neues Passwort',
    newPasswordHint: plural('de', {
      other: 'Mindestens {count} Zeichen. Alle anderen Browser und Apps werden abgemeldet.',
    }),
    suspectLinks:
      'Anmeldewege, die in den letzten 30 Tagen verknüpft wurden, werden zusammen mit dem alten Passwort entfernt. Wählen Sie diejenigen aus, die Sie selbst verknüpft haben:',
    keepLink: '{provider} behalten',
    changePassword: 'Passwort ändern',
    notices: {
      passwordChanged:
        'Ihr Passwort wurde geändert. Alle anderen Browser und Apps wurden abgemeldet.',
      revoked: 'Der Zugriff wurde entzogen.',
      linked: 'Der Anmeldedienst wurde verknüpft.',
      unlinked: 'Die Verknüpfung wurde aufgehoben.',
      confirmed:
        'Ihre Identität ist bestätigt. Sie können nun fünf Minuten lang Anmeldedienste verknüpfen und Verknüpfungen aufheben.',
      notConfirmed:
        'Wir konnten nicht bestätigen, dass Sie sich gerade angemeldet haben. Melden Sie sich ab und wieder an und versuchen Sie es innerhalb von fünf Minuten erneut.',
      lastWay:
        'Der Anmeldedienst bleibt verknüpft, weil Sie sich sonst nicht mehr anmelden könnten.',
    },
    refusals: {
      wrong: 'Das aktuelle Passwort ist nicht korrekt.',
      tooShort: 'Das neue Passwort ist zu kurz.',
      tooLong: 'Das neue Passwort ist zu lang.',
      unchanged: 'Das neue Passwort entspricht dem bisherigen. Bitte wählen Sie ein anderes.',
      common:
        'Dieses Passwort wird sehr häufig verwendet und ist daher leicht zu erraten. Bitte wählen Sie ein anderes.',
      ownName: 'Das Passwort darf nicht Ihr Name oder Ihre Adresse sein.',
    },
  },

  accountPages,

  restore: {
    title: 'Ihr Konto wird bald gelöscht',
    text: 'Sie haben die Löschung beauftragt. Sie erfolgt am {date}. Sie können Ihr Konto stattdessen behalten.',
    keep: 'Mein Konto behalten',
  },

  passwordReset: {
    title: 'Neues Passwort wählen',
    forUser: 'Für das Konto von {user}.',
    hint: plural('de', {
      other: 'Mindestens {count} Zeichen. Alle Browser und Apps werden abgemeldet.',
    }),
    submit: 'Passwort festlegen',
  },

  passwordSet: {
    title: 'Ihr neues Passwort wurde gespeichert',
    hint: 'Alle Browser und Apps sind abgemeldet. Melden Sie sich mit dem neuen Passwort an.',
  },

  mail: {
    sentTitle: 'Bitte prüfen Sie Ihr Postfach',
    sent: 'Wenn zu dieser Adresse ein Konto besteht, haben wir Ihnen eine E-Mail gesendet. Öffnen Sie den Link in der E-Mail oder geben Sie den Code hier ein. Die Zustellung kann eine Minute dauern.',
    sentTo:
      'Wir haben eine E-Mail an {address} gesendet. Öffnen Sie den Link in der E-Mail oder geben Sie den Code hier ein. Die Zustellung kann eine Minute dauern.',
    code: 'Code aus der E-Mail',
    codeHint: '8 Ziffern',
    continue: 'Weiter',
    again: 'Keine E-Mail erhalten? Neu anfordern',
    factor: 'Code aus Ihrer Authenticator-App',
    factorHint: 'Oder ein Wiederherstellungscode',
    refusals: {
      ...accountRefusals,
      wrongCode:
        'Dieser Code ist nicht korrekt oder nicht mehr gültig. Nach fünf Versuchen benötigen Sie eine neue E-Mail.',
      wrongFactor:
        'Dieser Code ist nicht korrekt. Geben Sie einen neuen Code aus Ihrer App oder einen Wiederherstellungscode ein.',
      tooShort: 'Das neue Passwort ist zu kurz.',
      tooLong: 'Das neue Passwort ist zu lang.',
    },
  },

  forgot: {
    title: 'Passwort vergessen?',
    lead: 'Wir senden Ihnen einen Link, mit dem Sie ein neues Passwort festlegen können.',
    email: 'E-Mail',
    submit: 'E-Mail anfordern',
    notAnAddress: 'Das ist keine gültige E-Mail-Adresse. Bitte prüfen Sie Ihre Eingabe.',
  },

  verifyAddress: {
    title: 'Bestätigen Sie Ihre E-Mail-Adresse',
    text: 'Bitte bestätigen Sie, dass {address} Ihre E-Mail-Adresse ist.',
    submit: 'Bestätigen',
    doneTitle: 'Ihre Adresse ist bestätigt',
    doneText: 'Sie können dieses Fenster schließen oder zu Ihrem Konto gehen.',
  },

  logout: {
    title: 'Abmelden?',
    question: 'Sie sind angemeldet als {user}.',
    questionOfClient: '{client} bittet darum, Sie abzumelden.',
    stay: 'Angemeldet bleiben',
  },

  signedOut: {
    title: 'Sie sind abgemeldet',
    hint: 'Sie können dieses Fenster schließen.',
    signInAgain: 'Erneut anmelden',
  },

  device: {
    title: 'Gerät verbinden',
    introduction: 'Geben Sie den Code ein, der auf Ihrem Gerät angezeigt wird.',
    userCode: 'Code',
    submit: 'Weiter',
    unknownCode:
      'Dieser Code ist unbekannt oder abgelaufen. Bitte prüfen Sie ihn, oder fordern Sie auf dem Gerät einen neuen an.',
    confirmTitle: 'Dieses Gerät verbinden?',
    confirmQuestion:
      '{client} bittet auf dem Gerät, das diesen Code anzeigt, um Zugriff auf Ihr Konto:',
    askedFrom: 'Die Anfrage kam von: {address}, {browser}.',
    confirmWarning:
      'Erlauben Sie den Zugriff nur, wenn Sie den Vorgang selbst begonnen haben und die Codes übereinstimmen.',
    allowedTitle: 'Das Gerät ist verbunden',
    allowedHint: 'Fahren Sie auf Ihrem Gerät fort. Sie können dieses Fenster schließen.',
    deniedTitle: 'Das Gerät wurde nicht verbunden',
    deniedHint: 'Das Gerät hat keinen Zugriff erhalten. Sie können dieses Fenster schließen.',
  },

  formPost: {
    title: 'Sie werden weitergeleitet',
    hint: 'Falls Sie nicht automatisch weitergeleitet werden, wählen Sie „Weiter“.',
    submit: 'Weiter',
  },

  provider: {
    title: 'Die Anmeldung mit {provider} ist fehlgeschlagen',
    denied: '{provider} hat die Anmeldung abgelehnt, oder sie wurde dort abgebrochen.',
    unavailable:
      '{provider} ist nicht erreichbar, oder die Antwort konnte nicht geprüft werden. Bitte versuchen Sie es später erneut.',
    noAccount:
      'Für Sie ist hier noch kein Konto eingerichtet. Bitte wenden Sie sich an den Betreiber.',
    notAllowed:
      'Mit diesem Konto ist die Anmeldung hier nicht möglich. Bitte verwenden Sie ein anderes.',
    emailTaken:
      'Für Ihre E-Mail-Adresse besteht hier bereits ein Konto. Melden Sie sich damit an und verknüpfen Sie {provider} auf der Kontoseite.',
    alreadyLinked: 'Dieses Konto bei {provider} ist bereits mit einem anderen Konto verknüpft.',
    expired: 'Die Anmeldung hat zu lange gedauert oder wurde in einem anderen Browser begonnen.',
    back: 'Zurück zur Anmeldung',
    backToAccount: 'Zurück zu Ihrem Konto',
  },

  error: {
    startAgain: 'Erneut beginnen',
    forDevelopers: 'Für Entwickler',
    expired: {
      title: 'Diese Seite ist abgelaufen',
      text: 'Sie war zu lange geöffnet oder wurde bereits verwendet. Es ist nichts verloren gegangen. Sie können hier fortfahren.',
    },
    backToApp: {
      title: 'Bitte kehren Sie zur App zurück',
      text: 'Die Anfrage der App wurde bereits beantwortet oder ist abgelaufen. Bitte kehren Sie zur App zurück und beginnen Sie dort erneut.',
    },
    deadLink: {
      title: 'Dieser Link funktioniert nicht mehr',
      text: 'Er ist abgelaufen oder wurde bereits verwendet. Wenn Sie gerade ein neues Passwort festgelegt haben, melden Sie sich damit an. Andernfalls fordern Sie bitte einen neuen Link an.',
    },
    invalidRequest: {
      title: 'Dieser Link ist ungültig',
      text: 'Die App, von der Sie kommen, hat eine Anfrage gesendet, die wir nicht bearbeiten können. Bitte gehen Sie zurück und versuchen Sie es erneut. Besteht das Problem weiter, wenden Sie sich an den Anbieter der App.',
    },
    unknownClient: {
      title: 'Diese App ist hier nicht bekannt',
      text: 'Die App, von der Sie kommen, ist nicht registriert oder wurde deaktiviert. Bitte wenden Sie sich an den Anbieter der App.',
    },
    clientDocument: {
      title: 'Die App konnte nicht identifiziert werden',
      text: 'Auf der Website der App, von der Sie kommen, fehlen die erforderlichen Angaben. Bitte kehren Sie zur App zurück und versuchen Sie es in einigen Minuten erneut.',
    },
    redirectUri: {
      title: 'Weiterleitung nicht möglich',
      text: 'Die Adresse, zu der die App Sie weiterleiten möchte, ist nicht für sie registriert. Zu Ihrer Sicherheit haben wir den Vorgang abgebrochen.',
    },
    forgery: {
      title: 'Bitte versuchen Sie es erneut',
      text: 'Wir konnten nicht feststellen, ob diese Anfrage von unserer Seite in Ihrem Browser stammt. Bitte erlauben Sie Cookies und beginnen Sie erneut.',
    },
    factorMissing: {
      title: 'Ein zweiter Faktor ist nötig',
      text: 'Bitte fügen Sie Ihrem Konto zuerst eine Authenticator-App oder einen Passkey hinzu. Kommen Sie dann wieder.',
    },
    denied: {
      title: 'Kein Zugriff',
      text: 'Ihr Konto ist für diese Aktion nicht berechtigt.',
    },
    notFound: {
      title: 'Seite nicht gefunden',
      text: 'Bitte prüfen Sie die Adresse. Möglicherweise gibt es die Seite nicht mehr.',
    },
    throttled: {
      title: 'Zu viele Versuche',
      text: 'Bitte warten Sie einen Moment und versuchen Sie es dann erneut.',
    },
    unavailable: {
      title: 'Der Dienst ist vorübergehend nicht verfügbar',
      text: 'Es wurde nichts geändert. Bitte versuchen Sie es in Kürze erneut.',
    },
    serverError: {
      title: 'Ein Fehler ist aufgetreten',
      text: 'Der Fehler liegt bei uns. Bitte versuchen Sie es erneut. Besteht das Problem weiter, nennen Sie uns bitte die unten stehende Kennung.',
    },
  },
}
