// The texts of passkeys in German.
import type { passkeys as english } from './passkeys-en.ts'

export const passkeys: typeof english = {
  offer: 'Künftig schneller anmelden',
  introduction:
    'Mit einem Passkey melden Sie sich per Fingerabdruck, Gesicht oder mit der PIN Ihres Geräts an. Er lässt sich nicht erraten und gilt nur für diese Website.',
  add: 'Passkey hinzufügen',
  later: 'Jetzt nicht',
  notAdded: 'Der Passkey wurde nicht hinzugefügt. Bitte versuchen Sie es erneut.',
  alreadyHere: 'Auf diesem Gerät gibt es bereits einen Passkey für Ihr Konto.',
  none: 'Sie haben noch keinen Passkey.',
  needsScript: 'Um einen Passkey hinzuzufügen, muss JavaScript in Ihrem Browser aktiviert sein.',
  most: 'Sie haben die Höchstzahl an Passkeys erreicht. Entfernen Sie einen, um einen neuen hinzuzufügen.',
  name: 'Bezeichnung',
  rename: 'Umbenennen',
  remove: 'Entfernen',
  synced: 'auf Ihren Geräten synchronisiert',
  onOneDevice: 'auf einem Gerät',
  notices: {
    added: 'Der Passkey wurde hinzugefügt. Sie können sich ab sofort damit anmelden.',
    renamed: 'Der Passkey wurde umbenannt.',
    removed: 'Der Passkey wurde entfernt.',
    last: 'Dieser Passkey ist Ihre einzige Anmeldemöglichkeit und kann daher nicht entfernt werden.',
  },
}
