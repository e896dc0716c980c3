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
  confirmFirst:
    'Damit niemand anders etwas ändert, bitten wir Sie, sich zuvor noch einmal anzumelden.',
  confirm: 'Identität bestätigen',
  confirmed: 'Ihre Identität ist bestätigt. Sie können nun fünf Minuten lang Änderungen vornehmen.',
}
