// Everything the pages say, in German. {word} marks the place of a part the page fills in.

import type { Texts } from './en.ts'

export const de: Texts = {
  languageName: 'Deutsch',
  allow: 'Erlauben',
  deny: 'Ablehnen',
  revoke: 'Entziehen',
  signOut: 'Abmelden',
  anotherAccount: 'Anderes Konto verwenden',
  toClient: 'um mit {client} fortzufahren',
  referenceHint: 'Wenn Sie um Hilfe bitten, nennen Sie diese Kennung:',
  unnamedClient: 'Eine App ohne Namen',
  languages: 'Sprache',
  signedInAs: 'Angemeldet als {user}',
  throttled: 'Zu viele Versuche. Bitte warten Sie {delay} und versuchen Sie es dann noch einmal.',
  errorTitle: 'Fehler: {title}',
  goToClient: 'Weiter zu {client}',

  login: {
    title: 'Anmelden',
    confirmTitle: 'Sind Sie es?',
    username: 'Benutzername oder E-Mail',
    password: 'Passwort',
    submit: 'Anmelden',
    wrongCredentials: 'Benutzername und Passwort passen nicht zusammen. Bitte prüfen Sie beides.',
    or: 'oder',
    continueWith: 'Weiter mit {provider}',
  },

  consent: {
    title: 'Zugriff erlauben?',
    question: '{client} bittet um Zugriff auf Ihr Konto.',
    verifiedHost: 'Bestätigt als {host}',
    unverified: 'Der Name ist nicht bestätigt.',
    asks: 'Die App könnte dann',
    resource: 'Der Zugriff gilt für {place}.',
    unregisteredResource: 'Der Zugriff gilt für {place}. Diese Adresse ist hier nicht registriert.',
    destinationSite: 'Danach geht es weiter zu {place}.',
    destinationDevice: 'Danach geht es weiter zu einer App auf diesem Gerät ({place}).',
    destinationApp: 'Danach geht es weiter zu der App, die {place}-Links öffnet.',
    revocable: 'Sie können das jederzeit auf Ihrer Kontoseite beenden.',
  },

  scopes: {
    known: {
      openid: 'wissen, welches Konto Ihres ist',
      profile: 'Ihren Namen und Ihr Profil sehen',
      email: 'Ihre E-Mail-Adresse sehen',
      phone: 'Ihre Telefonnummer sehen',
      address: 'Ihre Postanschrift sehen',
      offline_access: 'den Zugriff behalten, während Sie weg sind, bis Sie ihn beenden',
    },
    other: '{scope} nutzen',
    more: 'und {count} weitere',
  },

  selectAccount: {
    title: 'Konto wählen',
    continueAs: 'Weiter als {user}',
  },

  home: {
    title: 'Sie sind angemeldet',
    apps: 'Ihre Apps',
    account: 'Ihr Konto',
  },

  account: {
    title: 'Ihr Konto',
    introduction:
      'Alles, was Zugriff auf Ihr Konto hat, an einem Ort. Was Sie entziehen, endet sofort.',
    sessions: 'Browser',
    sessionsEmpty: 'Kein Browser ist angemeldet.',
    thisBrowser: 'Dieser Browser',
    unknownBrowser: 'Unbekannter Browser',
    browserOn: '{browser} auf {system}',
    clients: 'Apps und Geräte',
    clientsEmpty: 'Keine App und kein Gerät hat Zugriff.',
    since: 'Seit {date}',
    lastUsed: 'zuletzt benutzt {time}',
    neverUsed: 'noch nicht benutzt',
    older: 'Ältere zeigen',
    everywhere: 'Überall sonst abmelden',
    everywhereHint:
      'Beendet alle anderen Browser-Sitzungen und jeden Zugriff von Apps und Geräten.',
    providers: 'Andere Wege zur Anmeldung',
    linked: 'Verknüpft',
    linkedAs: 'Verknüpft als {user}',
    notLinked: 'Nicht verknüpft',
    link: 'Verknüpfen',
    unlink: 'Trennen',
    currentPassword: 'Jetziges Passwort',
    newPassword: 'Neues Passwort',
    newPasswordHint: 'Mindestens {count} Zeichen. Alle anderen Browser und Apps werden abgemeldet.',
    suspectLinks:
      'Anmeldewege, die in den letzten 30 Tagen verknüpft wurden, enden mit dem alten Passwort. Kreuzen Sie an, welche davon Ihre eigenen sind:',
    keepLink: '{provider} behalten',
    changePassword: 'Passwort ändern',
    notices: {
      passwordChanged: 'Ihr Passwort ist geändert. Alle anderen Browser und Apps sind abgemeldet.',
      revoked: 'Der Zugriff ist entzogen.',
      linked: 'Der Anmeldedienst ist verknüpft.',
      unlinked: 'Der Anmeldedienst ist getrennt.',
      confirmed:
        'Ihre Anmeldung ist bestätigt. Fünf Minuten lang können Sie Anmeldedienste verknüpfen und trennen.',
      notConfirmed:
        'Wir konnten nicht bestätigen, dass Sie sich gerade angemeldet haben. Melden Sie sich ab und wieder an und versuchen Sie es innerhalb von fünf Minuten noch einmal.',
      lastWay: 'Anders können Sie sich nicht anmelden, darum bleibt er verknüpft.',
    },
    refusals: {
      wrong: 'Das ist nicht Ihr jetziges Passwort.',
      tooShort: 'Das neue Passwort ist zu kurz.',
      tooLong: 'Das neue Passwort ist zu lang.',
      unchanged: 'Das neue Passwort ist das bisherige. Wählen Sie ein anderes.',
    },
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
    signInAgain: 'Neu anmelden',
  },

  device: {
    title: 'Gerät verbinden',
    introduction: 'Geben Sie den Code ein, den Ihr Gerät zeigt.',
    userCode: 'Code',
    submit: 'Weiter',
    unknownCode:
      'Dieser Code ist unbekannt oder abgelaufen. Prüfen Sie ihn, oder holen Sie am Gerät einen neuen.',
    confirmTitle: 'Dieses Gerät verbinden?',
    confirmQuestion:
      '{client} bittet um Zugriff auf Ihr Konto, auf dem Gerät, das diesen Code zeigt:',
    confirmWarning: 'Nur erlauben, wenn Sie es selbst begonnen haben und die Codes gleich sind.',
    allowedTitle: 'Das Gerät ist verbunden',
    allowedHint: 'Weiter geht es an Ihrem Gerät. Sie können dieses Fenster schließen.',
    deniedTitle: 'Das Gerät wurde nicht verbunden',
    deniedHint: 'Es hat nichts erhalten. Sie können dieses Fenster schließen.',
  },

  formPost: {
    title: 'Es geht zurück',
    hint: 'Wenn nichts geschieht, geht es hier weiter.',
    submit: 'Weiter',
  },

  provider: {
    title: 'Die Anmeldung mit {provider} hat nicht geklappt',
    denied: '{provider} hat Sie nicht angemeldet, oder Sie haben dort abgebrochen.',
    unavailable:
      '{provider} ist nicht erreichbar, oder der Antwort war nicht zu trauen. Versuchen Sie es später noch einmal.',
    noAccount: 'Hier gibt es noch kein Konto für Sie. Bitten Sie die Betreiber darum.',
    notAllowed: 'Konten dieser Art dürfen sich hier nicht anmelden. Nehmen Sie ein anderes.',
    emailTaken:
      'Ein Konto hier hat schon Ihre E-Mail-Adresse. Melden Sie sich dort an und verknüpfen Sie {provider} auf der Kontoseite.',
    alreadyLinked: 'Dieses Konto bei {provider} ist hier schon mit einem anderen Konto verknüpft.',
    expired: 'Die Anmeldung hat zu lange gedauert oder wurde in einem anderen Browser begonnen.',
    back: 'Zurück zur Anmeldung',
    backToAccount: 'Zurück zu Ihrem Konto',
  },

  error: {
    startAgain: 'Neu beginnen',
    forDevelopers: 'Für Entwickler',
    expired: {
      title: 'Diese Seite ist abgelaufen',
      text: 'Sie war zu lange geöffnet oder wurde bereits verwendet. Es ist nichts verloren gegangen, Sie können hier weitermachen.',
    },
    invalidRequest: {
      title: 'Dieser Link geht nicht',
      text: 'Die App, von der Sie kommen, hat auf eine Weise gefragt, die wir nicht annehmen können. Gehen Sie zurück und versuchen Sie es noch einmal; wenn es so bleibt, sagen Sie es den Machern der App.',
    },
    unknownClient: {
      title: 'Diese App ist hier nicht bekannt',
      text: 'Die App, von der Sie kommen, ist nicht registriert oder abgeschaltet. Sagen Sie es den Machern der App.',
    },
    redirectUri: {
      title: 'Dorthin schicken wir Sie nicht',
      text: 'Die Adresse, zu der die App Sie schicken will, ist für sie nicht registriert. Zu Ihrem Schutz geht es hier nicht weiter.',
    },
    forgery: {
      title: 'Bitte noch einmal',
      text: 'Es war nicht sicher, dass dies von unserer eigenen Seite in Ihrem Browser kam. Sorgen Sie dafür, dass Cookies erlaubt sind, und beginnen Sie neu.',
    },
    denied: {
      title: 'Darauf haben Sie keinen Zugriff',
      text: 'Dieses Konto darf nicht, was verlangt wurde.',
    },
    notFound: {
      title: 'Hier ist nichts',
      text: 'Die Adresse ist vielleicht vertippt, oder die Seite gibt es nicht mehr.',
    },
    throttled: {
      title: 'Zu viele Versuche',
      text: 'Bitte warten Sie etwas und versuchen Sie es dann noch einmal.',
    },
    unavailable: {
      title: 'Gleich sind wir wieder da',
      text: 'Der Dienst kann gerade nicht antworten. Es wurde nichts geändert; bitte versuchen Sie es gleich noch einmal.',
    },
    serverError: {
      title: 'Hier ist etwas schiefgegangen',
      text: 'Das liegt an uns, nicht an Ihnen. Bitte versuchen Sie es noch einmal; wenn es so bleibt, nennen Sie uns die Kennung unten.',
    },
  },
}
