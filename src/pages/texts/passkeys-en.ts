// The texts of passkeys in English.

export const passkeys = {
  offer: 'Sign in faster next time',
  introduction:
    'With a passkey you sign in by your fingerprint, your face or the PIN of your device. Nobody can guess it, and it works on this site alone.',
  add: 'Add a passkey',
  later: 'Not now',
  notAdded: 'The passkey was not added. Please try again.',
  alreadyHere: 'This device already has a passkey for your account.',
  none: 'You have no passkey yet.',
  needsScript: 'To add a passkey, your browser must run JavaScript.',
  most: 'You have as many passkeys as one account can have. Remove one to add another.',
  name: 'Name',
  rename: 'Rename',
  remove: 'Remove',
  synced: 'synced between your devices',
  onOneDevice: 'on one device',
  notices: {
    added: 'The passkey is added. You can sign in with it from now on.',
    renamed: 'The passkey has a new name.',
    removed: 'The passkey is removed.',
    last: 'This passkey is your only way to sign in, so it stays.',
  },
}
