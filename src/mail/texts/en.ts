// The words of all mails in English. {word} is replaced by a fact of the mail, {brand} by the name of the
// deployment.
import type { AccountChange, MailKind } from '../../core/people/mail/kinds.ts'

/** What a mail says: its subject, what it is about, and the words of its link. */
type MailWords = { subject: string; text: string; action: string; note: string }

const ignore = 'If you did not ask for this, ignore this mail. Nothing will change.'
const guard = 'If this was not you, set a new password at once and ask the operator for help.'

export const en = {
  code: 'Or type this code in the browser where you asked for it:',
  once: 'Link and code work once, for {minutes} minutes.',
  sender: 'This mail was sent by {brand} at {host}, which never asks for your password by mail.',
  kinds: {
    verify: {
      subject: 'Confirm your e-mail address',
      text: 'Please confirm that this is your e-mail address at {brand}.',
      action: 'Confirm address',
      note: ignore,
    },
    reset: {
      subject: 'Set a new password',
      text: 'Somebody, probably you, asked for a new password for your account at {brand}.',
      action: 'Set a new password',
      note: 'If you did not ask for this, ignore this mail. Your password stays as it is.',
    },
    'no-password': {
      subject: 'You sign in without a password',
      text: 'Somebody, probably you, asked for a new password at {brand}. Your account has none: on the sign-in page, choose the way that you usually sign in.',
      action: 'Sign in',
      note: ignore,
    },
    'password-changed': {
      subject: 'Your password was changed',
      text: 'A new password was set for your account at {brand}. All browsers and apps were signed out.',
      action: 'Open {brand}',
      note: guard,
    },
    'sign-in': {
      subject: 'Your sign-in link',
      text: 'Use this link to sign in to {brand}.',
      action: 'Sign in',
      note: 'If you did not ask for this, ignore this mail. Never tell anybody the code.',
    },
    'sign-up': {
      subject: 'Create your account',
      text: 'Welcome. Continue here to create your account at {brand}.',
      action: 'Continue',
      note: 'If you did not ask for this, ignore this mail. No account will be created.',
    },
    'account-exists': {
      subject: 'You already have an account',
      text: 'Somebody, probably you, wanted to create an account at {brand} with this address. You already have one: sign in, or set a new password if you have forgotten yours.',
      action: 'Sign in',
      note: ignore,
    },
    invite: {
      subject: 'You are invited to {brand}',
      text: 'You are invited to create an account at {brand}. The invitation is open for {days} days.',
      action: 'Accept the invitation',
      note: 'If you do not know why you got this, ignore this mail. No account will be created.',
    },
    'change-address': {
      subject: 'Confirm your new e-mail address',
      text: 'Please confirm that your account at {brand} shall have this address from now on.',
      action: 'Use this address',
      note: ignore,
    },
    'address-changed': {
      subject: 'Your e-mail address was changed',
      text: 'Your account at {brand} has another e-mail address now: {address}. You can undo this for {days} days.',
      action: 'Undo the change',
      note: 'If you changed it yourself, you need do nothing.',
    },
    delete: {
      subject: 'Confirm that your account shall be deleted',
      text: 'You asked us to delete your account at {brand}. Please confirm it.',
      action: 'Delete my account',
      note: guard,
    },
    deletion: {
      subject: 'Your account will be deleted',
      text: 'Your account at {brand} will be deleted on {date}. Until then you can restore it.',
      action: 'Restore my account',
      note: 'If you want it deleted, you need do nothing.',
    },
    'account-changed': {
      subject: 'How you sign in was changed',
      text: 'This was changed at your account at {brand}:',
      action: 'Check my account',
      note: guard,
    },
  } satisfies Record<MailKind, MailWords>,
  changes: {
    addressChanged: 'Your account has another e-mail address now.',
    passkeyAdded: 'A passkey was added.',
    passkeyRemoved: 'A passkey was removed.',
    appAdded: 'An authenticator app was set up.',
    appRemoved: 'The authenticator app was removed.',
    codesCreated: 'New recovery codes were created. The old ones no longer work.',
    providerLinked: 'Sign-in with {provider} was added.',
    providerUnlinked: 'Sign-in with {provider} was removed.',
  } satisfies Record<AccountChange, string>,
}

/** The words that every language must have. */
export type MailTexts = Omit<typeof en, 'kinds'> & { kinds: Record<MailKind, MailWords> }
