// All texts of the pages in English. The page replaces {word} by a part.
import { plural } from '../fill.ts'
import { accountPages } from './account-en.ts'
import { factors } from './factors-en.ts'
import { passkeys } from './passkeys-en.ts'
import { accountRefusals, signUpTexts } from './sign-up-en.ts'

export const en = {
  languageName: 'English',
  allow: 'Allow',
  deny: 'Deny',
  revoke: 'Revoke',
  signOut: 'Sign out',
  anotherAccount: 'Use another account',
  toClient: 'to continue to {client}',
  referenceHint: 'If you ask for help, give this reference:',
  unnamedClient: 'An app without a name',
  languages: 'Language',
  signedInAs: 'Signed in as {user}',
  throttled: 'Too many tries. Please wait {delay} (until {time}), then try again.',
  tryAgain: 'Try again',
  showPassword: 'Show password',
  hidePassword: 'Hide password',
  errorTitle: 'Error: {title}',
  goToClient: 'Go to {client}',
  footer: { help: 'Help', privacy: 'Privacy', terms: 'Terms of use', imprint: 'Legal notice' },

  login: {
    title: 'Sign in',
    confirmTitle: 'Confirm it’s you',
    username: 'Username or e-mail',
    password: 'Password',
    submit: 'Sign in',
    wrongCredentials: 'That username and password do not match. Check both and try again.',
    or: 'or',
    continueWith: 'Continue with {provider}',
    signInWith: 'Sign in with {provider}',
    next: 'Next',
    passkey: 'Sign in with a passkey',
    wrongPasskey: 'This passkey did not work. Try once more, or sign in another way.',
    forgot: 'Forgot your password?',
    withCode: 'Sign in with a code by e-mail',
    signUp: 'Create an account',
  },

  consent: {
    title: 'Allow access?',
    question: '{client} asks for access to your account.',
    verifiedHost: 'Verified as {host}',
    documentHost: 'Identified by {host}. The name is what this website says.',
    unverified: 'Its name is not verified.',
    runsOnDeviceOnly:
      'Any program on this device can use this name. Allow it only if you have just started the app yourself.',
    asks: 'It would be able to',
    details: 'In detail',
    resource: 'The access is for {place}.',
    unregisteredResource: 'The access is for {place}, which is not registered here.',
    destinationSite: 'You will be sent to {place}.',
    destinationDevice: 'You will be sent to an app on this device ({place}).',
    destinationApp: 'You will be sent to the app that opens {place} links.',
    revocable: 'You can end this at any time on your account page.',
  },

  scopes: {
    known: {
      openid: 'know which account is yours',
      profile: 'see your name and profile',
      email: 'see your e-mail address',
      phone: 'see your phone number',
      address: 'see your postal address',
      offline_access: 'keep its access while you are away, until you end it',
    },
    other: 'use {scope}',
    more: plural('en', { one: 'and one more', other: 'and {count} more' }),
  },

  ...signUpTexts,

  newPassword: {
    title: 'Choose a new password',
    reason: 'The password that you have signed in with is temporary. Please choose your own.',
  },

  passkeys,

  selectAccount: {
    title: 'Choose an account',
    continueAs: 'Continue as {user}',
  },

  factors,
  home: {
    title: 'You are signed in',
    apps: 'Your apps',
    account: 'Your account',
  },

  account: {
    title: 'Your account',
    introduction:
      'Everything with access to your account, in one place. What you revoke ends at once.',
    sessions: 'Browsers',
    sessionsEmpty: 'No browser is signed in.',
    thisBrowser: 'This browser',
    unknownBrowser: 'Unknown browser',
    browserOn: '{browser} on {system}',
    clients: 'Apps and devices',
    clientsEmpty: 'No app or device has access.',
    since: 'Since {date}',
    lastUsed: 'last used {time}',
    neverUsed: 'not used yet',
    older: 'Show older',
    everywhere: 'Sign out everywhere else',
    everywhereHint: 'Ends all other browser sessions and all access of apps and devices.',
    providers: 'Other ways to sign in',
    linked: 'Linked',
    linkedAs: 'Linked as {user}',
    notLinked: 'Not linked',
    link: 'Link',
    unlink: 'Unlink',
    currentPassword: 'Current password',
    newPassword: 'New password',
    newPasswordHint: plural('en', {
      one: 'At least {count} character. All other browsers and apps are signed out.',
      other: 'At least {count} characters. All other browsers and apps are signed out.',
    }),
    suspectLinks:
      'Ways to sign in linked in the last 30 days are removed, too. Tick those that are yours:',
    keepLink: 'Keep {provider}',
    changePassword: 'Change password',
    notices: {
      passwordChanged: 'Your password is changed. All other browsers and apps are signed out.',
      revoked: 'Access is revoked.',
      linked: 'The sign-in provider is linked.',
      unlinked: 'The sign-in provider is unlinked.',
      confirmed: 'You have confirmed that it’s you. You can link or unlink for five minutes.',
      notConfirmed:
        'We could not confirm that you have just signed in. Sign out, sign in again, and try once more within five minutes.',
      lastWay: 'This is your only way to sign in, so it stays linked.',
    },
    refusals: {
      wrong: 'That is not your current password.',
      tooShort: 'The new password is too short.',
      tooLong: 'The new password is too long.',
      unchanged: 'The new password is your current one. Choose another.',
      common: 'Too many people use this password. Choose one that is harder to guess.',
      ownName: 'The password must not be your name or address.',
    },
  },

  accountPages,

  restore: {
    title: 'Your account is about to be deleted',
    text: 'You asked us to delete it. That happens on {date}. You can keep it instead.',
    keep: 'Keep my account',
  },

  passwordReset: {
    title: 'Choose a new password',
    forUser: 'For the account of {user}.',
    hint: plural('en', {
      one: 'At least {count} character. All browsers and apps are signed out.',
      other: 'At least {count} characters. All browsers and apps are signed out.',
    }),
    submit: 'Set password',
  },

  passwordSet: {
    title: 'Your new password is set',
    hint: 'All browsers and apps are signed out. Sign in with your new password.',
  },

  mail: {
    sentTitle: 'Check your mail',
    sent: 'If there is an account for this address, we have sent a mail. Follow its link, or type its code here. It may take a minute.',
    sentTo:
      'We have sent a mail to {address}. Follow its link, or type its code here. It may take a minute.',
    code: 'Code from the mail',
    codeHint: '8 digits',
    continue: 'Continue',
    again: 'No mail? Ask for another one',
    factor: 'Code of your app',
    factorHint: 'Or a recovery code',
    refusals: {
      ...accountRefusals,
      wrongCode:
        'This code is wrong, or does not count any more. After five tries you need a new mail.',
      wrongFactor: 'This code is wrong. Use a new one from your app, or a recovery code.',
      tooShort: 'The new password is too short.',
      tooLong: 'The new password is too long.',
    },
  },

  forgot: {
    title: 'Forgotten your password?',
    lead: 'We will mail you a link by which you set a new one.',
    email: 'E-mail',
    submit: 'Send mail',
    notAnAddress: 'This is not an e-mail address. Check it and try again.',
  },

  verifyAddress: {
    title: 'Confirm your e-mail address',
    text: 'Confirm that {address} is yours.',
    submit: 'Confirm',
    doneTitle: 'Your address is confirmed',
    doneText: 'You can close this window, or go on to your account.',
  },

  logout: {
    title: 'Sign out?',
    question: 'You are signed in as {user}.',
    questionOfClient: '{client} asks to sign you out.',
    stay: 'Stay signed in',
  },

  signedOut: {
    title: 'You are signed out',
    hint: 'You can close this window.',
    signInAgain: 'Sign in again',
  },

  device: {
    title: 'Connect a device',
    introduction: 'Enter the code that your device shows.',
    userCode: 'Code',
    submit: 'Continue',
    unknownCode: 'This code is unknown or has expired. Check it, or get a new one on the device.',
    confirmTitle: 'Connect this device?',
    confirmQuestion:
      '{client} asks for access to your account, on the device that shows this code:',
    askedFrom: 'The request came from: {address}, {browser}.',
    confirmWarning: 'Allow only if you started this yourself and the codes are the same.',
    allowedTitle: 'The device is connected',
    allowedHint: 'Go back to your device. You can close this window.',
    deniedTitle: 'The device was not connected',
    deniedHint: 'It was given no access. You can close this window.',
  },

  formPost: {
    title: 'Taking you back',
    hint: 'If nothing happens, continue here.',
    submit: 'Continue',
  },

  provider: {
    title: 'Signing in with {provider} did not work',
    denied: '{provider} did not sign you in, or you stopped there.',
    unavailable:
      '{provider} cannot be reached, or its answer could not be trusted. Try again later.',
    noAccount: 'There is no account here for you yet. Ask whoever runs this service for one.',
    notAllowed: 'Accounts of this kind may not sign in here. Try another account.',
    emailTaken:
      'An account here already has your e-mail address. Sign in to it, then link {provider} on its account page.',
    alreadyLinked: 'This {provider} account is already linked to another account here.',
    expired: 'Signing in took too long, or was started in another browser.',
    back: 'Back to sign in',
    backToAccount: 'Back to your account',
  },

  error: {
    startAgain: 'Start again',
    forDevelopers: 'For developers',
    expired: {
      title: 'This page has expired',
      text: 'It was open for too long, or was already used. Nothing is lost, and you can go on from here.',
    },
    backToApp: {
      title: 'Please go back to the app',
      text: 'What the app asked for was answered already or has expired. Go back to the app and start there again.',
    },
    deadLink: {
      title: 'This link no longer works',
      text: 'It has expired or was already used. If you have just set a new password, sign in with it. Otherwise ask for a new link.',
    },
    invalidRequest: {
      title: 'This link does not work',
      text: 'The app that sent you here asked in a way we cannot accept. Go back and try again; if it keeps happening, tell the people who make the app.',
    },
    unknownClient: {
      title: 'This app is not known here',
      text: 'The app that sent you here is not registered, or is switched off. Tell the people who make the app.',
    },
    clientDocument: {
      title: 'We cannot tell which app this is',
      text: 'The website of the app that sent you here does not describe the app correctly. Go back to the app and try again in a few minutes.',
    },
    redirectUri: {
      title: 'We will not send you there',
      text: 'The address that the app asked us to send you to is not registered for it. To keep you safe, we have stopped here.',
    },
    forgery: {
      title: 'Please try that again',
      text: 'We could not be sure that this came from our own page in your browser. Make sure that cookies are allowed, then start again.',
    },
    factorMissing: {
      title: 'A second factor is needed',
      text: 'Add an authenticator app or a passkey to your account first. Then come back.',
    },
    denied: {
      title: 'You have no access to this',
      text: 'This account is not allowed to do this.',
    },
    notFound: {
      title: 'There is nothing here',
      text: 'The address may be mistyped, or the page is gone.',
    },
    throttled: {
      title: 'Too many tries',
      text: 'Please wait a little and try again.',
    },
    unavailable: {
      title: 'We will be right back',
      text: 'The service is not available just now. Nothing was changed. Please try again in a moment.',
    },
    serverError: {
      title: 'Something went wrong here',
      text: 'It is our fault, not yours. Please try again; if it keeps happening, tell us with the reference below.',
    },
  },
}

/** The texts that every language must have. */
export type Texts = typeof en
