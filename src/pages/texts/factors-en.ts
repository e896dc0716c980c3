// The texts of the second factor in English.
import { plural } from '../fill.ts'

export const factors = {
  title: 'Enter your code',
  hint: 'Open your authenticator app and enter the code that it shows for {brand}.',
  submit: 'Continue',
  wrong: 'That code is not right, or it was used already. Wait for the next one and try again.',
  remember: plural('en', {
    one: 'Do not ask in this browser for {count} day',
    other: 'Do not ask in this browser for {count} days',
  }),
  recover: 'I do not have the app at hand',
  recoveryCode: 'Recovery code',
  recoveryHint: 'Enter one of the ten codes that you have kept. Each works once.',
  passkeyNeeded: 'Your password alone does not sign you in: your account needs your passkey, too.',
  goBack: 'Back to sign in',
  useApp: 'Use the authenticator app',

  setUpTitle: 'Set up an authenticator app',
  required: 'Your account needs a second step at sign-in. You set it up once.',
  scan: 'Scan this with an authenticator app on your phone.',
  picture: 'What your authenticator app scans',
  typeIn: 'Or enter this key in the app:',
  confirm: 'Then enter the code that the app shows.',
  turnOn: 'Turn on',
  tooOld:
    'This page was open for too long. Scan the new code, and remove the old entry in the app.',

  isOff: 'With an authenticator app, your password alone no longer signs anybody in.',
  setUp: 'Set up',
  isOn: 'When you sign in with your password, we ask for a code of your authenticator app.',
  removeHint: 'Without the app, your password alone signs you in. Your recovery codes end, too.',
  remove: 'Remove the app',
  added: 'Your authenticator app is set up. Create recovery codes next, in case you lose it.',
  removed: 'The authenticator app is removed.',

  codesHint: 'A recovery code signs you in once when you do not have your authenticator app.',
  codesLeft: plural('en', {
    one: 'You have one recovery code left.',
    other: 'You have {count} recovery codes left.',
  }),
  noCodes: 'You have no recovery codes. Create some in case you lose the app.',
  fewCodes: 'Create new ones before you run out.',
  codesNeedApp: 'Set up an authenticator app first.',
  newCodes: 'Create new codes',
  newCodesHint: 'New codes end the old ones.',
  yourCodes: 'Your recovery codes',
  keepCodes: 'Print them or keep them in a password manager. We show them only now.',
  otherCodes: 'Other codes were created just now. If you have not kept them, create new ones.',
  haveKept: 'I have kept them',
}
