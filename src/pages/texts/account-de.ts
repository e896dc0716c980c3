// The texts of the pages under /account in German.
import type { Texts } from './en.ts'

export const accountPages: Texts['accountPages'] = {
  groups: {
    you: 'Zu Ihrer Person',
    signIn: 'Anmeldung',
    access: 'Zugriff',
    data: 'Ihr Konto bei uns',
  },
  sections: {
    profile: 'Profil',
    email: 'E-Mail-Adresse',
    language: 'Sprache',
    password: 'Passwort',
    passkeys: 'Passkeys',
    totp: 'Authenticator-App',
    recoveryCodes: 'Wiederherstellungscodes',
    browsers: 'Browser',
    apps: 'Apps und Geräte',
    data: 'Kopie Ihrer Daten',
    delete: 'Konto löschen',
  },
  none: 'Keine',
  verified: 'bestätigt',
  notVerified: 'nicht bestätigt',
  byBrowser: 'Wie im Browser eingestellt',
  set: 'Festgelegt',
  notSet: 'Nicht festgelegt',
  added: '{count} hinzugefügt',
  on: 'Ein',
  off: 'Aus',
  left: '{count} übrig',
  signedIn: '{count} angemeldet',
  withAccess: '{count} mit Zugriff',
  dataState: 'Alles, was über Sie gespeichert ist, als Datei',
  deleteState: 'Beendet Ihr Konto und jeden Zugriff',
  confirmFirst: 'Zu Ihrem Schutz bitten wir Sie, sich vor dieser Änderung noch einmal anzumelden.',
  confirm: 'Identität bestätigen',
  save: 'Speichern',
  notices: {
    confirmed:
      'Ihre Identität ist bestätigt. Sie können nun fünf Minuten lang Änderungen vornehmen.',
    saved: 'Ihre Änderung wurde gespeichert.',
    emailChanged: 'Ihre E-Mail-Adresse wurde geändert.',
    passwordSet: 'Ihr Passwort ist festgelegt. Sie können sich ab sofort damit anmelden.',
  },
  profile: {
    lead: 'So kennen Apps und Personen Sie hier.',
    name: 'Vollständiger Name',
    nameHint: 'Sichtbar für Apps, die Ihr Profil sehen dürfen.',
    username: 'Benutzername',
    usernameHint:
      'Damit melden Sie sich an. Ihr bisheriger Benutzername wird danach für andere frei.',
    changeUsername: 'Benutzernamen ändern',
    refusals: {
      unusable: 'Diese Angabe ist nicht möglich. Bitte prüfen Sie sie.',
      taken: 'Dieser Name ist bereits vergeben. Bitte wählen Sie einen anderen.',
    },
  },
  email: {
    current: 'Ihre Adresse',
    noneYet: 'Für Ihr Konto ist keine E-Mail-Adresse hinterlegt.',
    unverifiedHint: 'Sie haben diese Adresse noch nicht bestätigt.',
    sendAgain: 'Bestätigungs-E-Mail senden',
    change: 'Adresse ändern',
    next: 'Neue E-Mail-Adresse',
    nextHint:
      'Wir senden einen Code an diese Adresse. Ihre bisherige Adresse wird über die Änderung informiert.',
    send: 'Code senden',
    sent: 'Wir haben einen Code an {address} gesendet. Sobald Sie ihn hier eingeben, gilt diese Adresse.',
    submit: 'Adresse übernehmen',
    another: 'Andere Adresse verwenden',
    refusals: {
      unusable: 'Das ist keine E-Mail-Adresse. Bitte prüfen Sie Ihre Eingabe.',
      own: 'Das ist bereits Ihre Adresse.',
    },
  },
  password: {
    noneYet:
      'Sie melden sich ohne Passwort an. Hier können Sie eines als weiteren Anmeldeweg festlegen.',
    hint: 'Mindestens {count} Zeichen.',
    submit: 'Passwort festlegen',
  },
  language: {
    lead: 'Unsere Seiten und E-Mails erscheinen in dieser Sprache, in jedem Browser.',
    byBrowser: 'Sprache des Browsers',
  },
  data: {
    lead: 'Sie können alles, was über Sie gespeichert ist, einmal pro Stunde als Datei (JSON) herunterladen.',
    contents:
      'Sie enthält Ihr Profil, Ihre Anmeldewege, Browser, Apps und deren Rechte sowie die Ereignisse in Ihrem Konto. Passwörter und andere Geheimnisse sind nicht enthalten.',
    submit: 'Herunterladen',
    tooSoon: 'Sie haben gerade eine Kopie heruntergeladen. Die nächste ist in {delay} möglich.',
  },
  delete: {
    lead: 'Ihr Konto und jeder Zugriff von Browsern, Apps und Geräten enden.',
    later:
      'Sie werden sofort überall abgemeldet. Bis zum {date} können Sie es sich anders überlegen: Melden Sie sich einfach wieder an. Danach ist alles endgültig gelöscht.',
    atOnce: 'Das geschieht sofort und lässt sich nicht rückgängig machen.',
    send: 'Code per E-Mail anfordern',
    sent: 'Wir haben einen Code an {address} gesendet. Geben Sie ihn hier ein, um Ihr Konto zu löschen.',
    password: 'Passwort',
    wrongPassword: 'Das Passwort ist nicht korrekt.',
    submit: 'Mein Konto löschen',
    requestedTitle: 'Ihr Konto wird gelöscht',
    requested:
      'Sie sind überall abgemeldet. Wenn Sie es sich anders überlegen, melden Sie sich vor dem {date} an.',
    doneTitle: 'Ihr Konto ist gelöscht',
    done: 'Sie sind überall abgemeldet, und von Ihrem Konto ist nichts mehr vorhanden.',
    signIn: 'Anmelden',
  },
  mails: {
    changeAddress: {
      title: 'E-Mail-Adresse ändern',
      text: 'Ihr Konto erhält die Adresse {address}.',
      submit: 'Adresse übernehmen',
      doneTitle: 'Ihre E-Mail-Adresse wurde geändert',
      doneText: 'Sie können dieses Fenster schließen oder Ihr Konto öffnen.',
    },
    undoAddress: {
      title: 'Änderung der Adresse zurücknehmen',
      text: 'Ihr Konto erhält wieder die Adresse {address}, und alle Browser und Apps werden abgemeldet.',
      submit: 'Zurücknehmen',
      doneTitle: 'Die Änderung ist zurückgenommen',
      doneText:
        'Alle Browser und Apps sind abgemeldet. Falls Sie die Adresse nicht selbst geändert haben, legen Sie jetzt ein neues Passwort fest.',
      next: 'Neues Passwort festlegen',
    },
    delete: {
      title: 'Konto löschen',
      text: 'Das Konto von {user} und jeder Zugriff von Browsern, Apps und Geräten enden.',
      submit: 'Mein Konto löschen',
    },
    restore: {
      title: 'Konto behalten',
      text: 'Das Konto von {user} soll gelöscht werden. Sie können es behalten.',
      submit: 'Mein Konto behalten',
      doneTitle: 'Sie behalten Ihr Konto',
      doneText: 'Ihr Konto wird nicht gelöscht. Melden Sie sich an, um es zu verwenden.',
    },
  },
}
