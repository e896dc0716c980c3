// The words of all mails in German.
import type { MailTexts } from './en.ts'

const ignore =
  'Wenn Sie das nicht angefordert haben, können Sie diese E-Mail ignorieren. Es ändert sich nichts.'
const guard =
  'Wenn Sie das nicht selbst veranlasst haben, legen Sie bitte umgehend ein neues Passwort fest und wenden Sie sich an den Betreiber.'

export const de: MailTexts = {
  code: 'Oder geben Sie diesen Code in dem Browser ein, in dem Sie ihn angefordert haben:',
  once: 'Link und Code sind {minutes} Minuten lang und nur einmal gültig.',
  sender:
    'Diese E-Mail kommt von {brand} unter {host}. Wir fragen Sie niemals per E-Mail nach Ihrem Passwort.',
  kinds: {
    verify: {
      subject: 'Bestätigen Sie Ihre E-Mail-Adresse',
      text: 'Bitte bestätigen Sie, dass dies Ihre E-Mail-Adresse bei {brand} ist.',
      action: 'Adresse bestätigen',
      note: ignore,
    },
    reset: {
      subject: 'Neues Passwort festlegen',
      text: 'Für Ihr Konto bei {brand} wurde ein neues Passwort angefordert.',
      action: 'Neues Passwort festlegen',
      note: 'Wenn Sie das nicht angefordert haben, können Sie diese E-Mail ignorieren. Ihr Passwort bleibt unverändert.',
    },
    'no-password': {
      subject: 'Sie melden sich ohne Passwort an',
      text: 'Für Ihr Konto bei {brand} wurde ein neues Passwort angefordert. Ihr Konto hat kein Passwort. Bitte melden Sie sich wie gewohnt an.',
      action: 'Anmelden',
      note: ignore,
    },
    'password-changed': {
      subject: 'Ihr Passwort wurde geändert',
      text: 'Für Ihr Konto bei {brand} wurde ein neues Passwort festgelegt. Alle Browser und Apps wurden abgemeldet.',
      action: '{brand} öffnen',
      note: guard,
    },
    'sign-in': {
      subject: 'Ihr Anmeldelink',
      text: 'Mit diesem Link melden Sie sich bei {brand} an.',
      action: 'Anmelden',
      note: 'Wenn Sie das nicht angefordert haben, können Sie diese E-Mail ignorieren. Geben Sie den Code an niemanden weiter.',
    },
    'sign-up': {
      subject: 'Konto anlegen',
      text: 'Willkommen. Hier legen Sie Ihr Konto bei {brand} an.',
      action: 'Weiter',
      note: 'Wenn Sie das nicht angefordert haben, können Sie diese E-Mail ignorieren. Es wird kein Konto angelegt.',
    },
    'account-exists': {
      subject: 'Sie haben bereits ein Konto',
      text: 'Mit dieser Adresse sollte ein Konto bei {brand} angelegt werden. Sie haben bereits eines. Bitte melden Sie sich an. Wenn Sie Ihr Passwort vergessen haben, können Sie auf der Anmeldeseite ein neues anfordern.',
      action: 'Anmelden',
      note: ignore,
    },
    invite: {
      subject: 'Einladung zu {brand}',
      text: 'Sie sind eingeladen, ein Konto bei {brand} anzulegen. Die Einladung gilt {days} Tage.',
      action: 'Einladung annehmen',
      note: 'Wenn Sie nicht wissen, worum es geht, können Sie diese E-Mail ignorieren. Es wird kein Konto angelegt.',
    },
    'change-address': {
      subject: 'Bestätigen Sie Ihre neue E-Mail-Adresse',
      text: 'Bitte bestätigen Sie, dass Ihr Konto bei {brand} ab jetzt diese Adresse haben soll.',
      action: 'Diese Adresse verwenden',
      note: ignore,
    },
    'address-changed': {
      subject: 'Ihre E-Mail-Adresse wurde geändert',
      text: 'Ihr Konto bei {brand} hat jetzt eine andere E-Mail-Adresse: {address}. Sie können das {days} Tage lang rückgängig machen.',
      action: 'Änderung rückgängig machen',
      note: 'Wenn Sie die Adresse selbst geändert haben, müssen Sie nichts tun.',
    },
    delete: {
      subject: 'Bestätigen Sie das Löschen Ihres Kontos',
      text: 'Sie möchten Ihr Konto bei {brand} löschen. Bitte bestätigen Sie das.',
      action: 'Mein Konto löschen',
      note: guard,
    },
    deletion: {
      subject: 'Ihr Konto wird gelöscht',
      text: 'Ihr Konto bei {brand} wird am {date} gelöscht. Bis dahin können Sie es wiederherstellen.',
      action: 'Mein Konto wiederherstellen',
      note: 'Wenn es gelöscht werden soll, müssen Sie nichts tun.',
    },
    'account-changed': {
      subject: 'Ihre Anmeldung wurde geändert',
      text: 'An Ihrem Konto bei {brand} wurde Folgendes geändert:',
      action: 'Mein Konto prüfen',
      note: guard,
    },
  },
  changes: {
    addressChanged: 'Ihr Konto hat jetzt eine andere E-Mail-Adresse.',
    passkeyAdded: 'Ein Passkey wurde hinzugefügt.',
    passkeyRemoved: 'Ein Passkey wurde entfernt.',
    appAdded: 'Eine Authenticator-App wurde eingerichtet.',
    appRemoved: 'Die Authenticator-App wurde entfernt.',
    codesCreated: 'Neue Wiederherstellungscodes wurden erstellt. Die alten sind nicht mehr gültig.',
    providerLinked: 'Die Anmeldung mit {provider} wurde hinzugefügt.',
    providerUnlinked: 'Die Anmeldung mit {provider} wurde entfernt.',
  },
}
