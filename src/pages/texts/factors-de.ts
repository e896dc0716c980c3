// The texts of the second factor in German.
import { plural } from '../fill.ts'
import type { factors as english } from './factors-en.ts'

export const factors: typeof english = {
  title: 'Code eingeben',
  hint: 'Öffnen Sie Ihre Authenticator-App und geben Sie den Code ein, den sie für {brand} anzeigt.',
  submit: 'Weiter',
  wrong:
    'Dieser Code ist nicht korrekt oder wurde bereits verwendet. Bitte geben Sie den nächsten Code ein.',
  remember: plural('de', {
    one: 'In diesem Browser {count} Tag lang nicht mehr nach einem Code fragen',
    other: 'In diesem Browser {count} Tage lang nicht mehr nach einem Code fragen',
  }),
  recover: 'Kein Zugriff auf die App?',
  recoveryCode: 'Wiederherstellungscode',
  recoveryHint: 'Geben Sie einen Ihrer Wiederherstellungscodes ein. Jeder Code gilt nur einmal.',
  passkeyNeeded:
    'Ihr Passwort allein reicht für Ihr Konto nicht aus. Sie benötigen zusätzlich Ihren Passkey.',
  goBack: 'Zurück zur Anmeldung',
  useApp: 'Authenticator-App verwenden',

  setUpTitle: 'Authenticator-App einrichten',
  required:
    'Für Ihr Konto ist bei der Anmeldung ein zweiter Faktor erforderlich. Sie richten ihn nur einmal ein.',
  scan: 'Scannen Sie diesen QR-Code mit einer Authenticator-App auf Ihrem Smartphone.',
  picture: 'Bild zum Scannen mit der Authenticator-App',
  typeIn: 'Oder geben Sie diesen Schlüssel in der App ein:',
  confirm: 'Geben Sie dann den Code ein, den die App anzeigt.',
  turnOn: 'Aktivieren',
  tooOld:
    'Diese Seite war zu lange geöffnet. Bitte scannen Sie den neuen QR-Code und löschen Sie den alten Eintrag in der App.',

  isOff:
    'Mit einer Authenticator-App ist Ihr Konto auch dann geschützt, wenn jemand Ihr Passwort kennt.',
  setUp: 'Einrichten',
  isOn: 'Wenn Sie sich mit Ihrem Passwort anmelden, fragen wir nach einem Code Ihrer Authenticator-App.',
  removeHint:
    'Ohne die App genügt Ihr Passwort zur Anmeldung. Auch Ihre Wiederherstellungscodes verfallen.',
  remove: 'App entfernen',
  added:
    'Ihre Authenticator-App ist eingerichtet. Erstellen Sie als Nächstes Wiederherstellungscodes für den Fall, dass Sie die App verlieren.',
  removed: 'Die Authenticator-App wurde entfernt.',

  codesHint:
    'Mit einem Wiederherstellungscode können Sie sich anmelden, wenn Sie keinen Zugriff auf Ihre Authenticator-App haben. Jeder Code gilt nur einmal.',
  codesLeft: plural('de', {
    one: 'Sie haben noch einen Wiederherstellungscode.',
    other: 'Sie haben noch {count} Wiederherstellungscodes.',
  }),
  noCodes:
    'Sie haben keine Wiederherstellungscodes. Bitte erstellen Sie welche für den Fall, dass Sie die App verlieren.',
  fewCodes: 'Bitte erstellen Sie rechtzeitig neue Codes.',
  codesNeedApp: 'Richten Sie zuerst eine Authenticator-App ein.',
  newCodes: 'Neue Codes erstellen',
  newCodesHint: 'Neue Codes ersetzen die alten.',
  yourCodes: 'Ihre Wiederherstellungscodes',
  keepCodes:
    'Drucken Sie die Codes aus oder speichern Sie sie in einem Passwort-Manager. Sie werden nur dieses eine Mal angezeigt.',
  otherCodes:
    'Es wurden soeben bereits andere Codes erstellt. Wenn Sie diese nicht gespeichert haben, erstellen Sie bitte neue.',
  haveKept: 'Ich habe die Codes gespeichert',
}
