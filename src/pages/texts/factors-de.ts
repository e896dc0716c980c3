// The texts of the second factor in German.
import type { factors as english } from './factors-en.ts'

export const factors: typeof english = {
  title: 'Code eingeben',
  hint: 'Öffnen Sie Ihre Authenticator-App und geben Sie den Code ein, den sie für {brand} anzeigt.',
  submit: 'Weiter',
  wrong:
    'Dieser Code ist falsch oder wurde schon benutzt. Bitte versuchen Sie es mit dem nächsten Code.',
  remember: 'In diesem Browser {count} Tage lang nicht fragen',
  recover: 'Ich habe die App nicht zur Hand',
  recoveryCode: 'Wiederherstellungscode',
  recoveryHint: 'Geben Sie einen der zehn Codes ein, die Sie aufbewahrt haben. Jeder gilt einmal.',
  passkeyNeeded: 'Ihr Passwort allein genügt nicht: Für Ihr Konto brauchen Sie auch Ihren Passkey.',
  goBack: 'Zurück zur Anmeldung',
  useApp: 'Authenticator-App verwenden',

  setUpTitle: 'Authenticator-App einrichten',
  required:
    'Für Ihr Konto ist bei der Anmeldung ein zweiter Schritt nötig. Sie richten ihn einmal ein.',
  scan: 'Scannen Sie dieses Bild mit einer Authenticator-App auf Ihrem Telefon.',
  picture: 'Bild zum Scannen mit der Authenticator-App',
  typeIn: 'Oder geben Sie diesen Schlüssel in der App ein:',
  confirm: 'Geben Sie dann den Code ein, den die App anzeigt.',
  turnOn: 'Einschalten',
  tooOld:
    'Diese Seite war zu lange geöffnet. Scannen Sie das neue Bild und löschen Sie den alten Eintrag in der App.',

  isOff: 'Mit einer Authenticator-App genügt Ihr Passwort allein nicht mehr zur Anmeldung.',
  setUp: 'Einrichten',
  isOn: 'Wenn Sie sich mit Ihrem Passwort anmelden, fragen wir nach einem Code Ihrer Authenticator-App.',
  removeHint:
    'Ohne die App genügt Ihr Passwort zur Anmeldung. Auch Ihre Wiederherstellungscodes verfallen.',
  remove: 'App entfernen',
  added:
    'Ihre Authenticator-App ist eingerichtet. Erstellen Sie als Nächstes Wiederherstellungscodes, falls Sie die App verlieren.',
  removed: 'Die Authenticator-App ist entfernt.',

  codesHint:
    'Mit einem Wiederherstellungscode melden Sie sich einmal an, wenn Sie Ihre Authenticator-App nicht haben.',
  codesLeft: 'Sie haben noch {count} Wiederherstellungscodes.',
  oneCodeLeft: 'Sie haben noch einen Wiederherstellungscode.',
  noCodes: 'Sie haben keine Wiederherstellungscodes.',
  fewCodes: 'Erstellen Sie neue, bevor sie ausgehen.',
  codesNeedApp: 'Richten Sie zuerst eine Authenticator-App ein.',
  newCodes: 'Neue Codes erstellen',
  newCodesHint: 'Neue Codes ersetzen die alten.',
  yourCodes: 'Ihre Wiederherstellungscodes',
  keepCodes:
    'Drucken Sie sie aus oder speichern Sie sie in einem Passwort-Manager. Wir zeigen sie nur jetzt.',
  otherCodes:
    'Gerade wurden andere Codes erstellt. Wenn Sie diese nicht aufbewahrt haben, erstellen Sie neue.',
  haveKept: 'Ich habe sie aufbewahrt',
}
