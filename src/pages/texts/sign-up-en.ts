// The texts of signing up, of invitations, terms and sign-in by mail, in English.

export const signUpTexts = {
  signUp: {
    title: 'Create an account',
    email: 'E-mail address',
    username: 'Username',
    submit: 'Continue',
    hasAccount: 'I have an account',
    empty: 'Leave this field empty',
    refusals: {
      email: 'That is not an address that we can send mail to.',
      domain: 'Only addresses at {domains} can sign up here.',
      robot: 'We could not check that you are a person. Please try again.',
    },
  },

  newAccount: {
    title: 'Choose a password',
    forAddress: 'For your account {address}',
    password: 'Password',
    hint: 'At least {count} characters.',
    agree: 'I agree to the {terms}.',
    terms: 'terms of use',
    submit: 'Create account',
  },

  codeRequest: {
    title: 'Sign in by mail',
    lead: 'We send a code to your address. Enter it here, and you are signed in.',
    submit: 'Send me a code',
    ready: 'Sign in to the account of {address}.',
    otherBrowser:
      'You asked for this mail in another browser. Go back there, or enter the code from the mail to sign in here.',
  },

  terms: {
    title: 'Our terms',
    lead: 'Please read the {terms}. You can go on once you agree to them.',
    agree: 'I agree',
    decline: 'I do not agree',
    leave: 'Your account',
  },
}

/** Why an account cannot be created as its person wants it. */
export const accountRefusals = {
  username: 'That username is not possible. Choose another.',
  usernameTaken: 'Somebody else has this username. Choose another.',
  emailTaken: 'This address has an account by now. Sign in instead.',
  terms: 'Please agree to the terms.',
  common: 'Too many people use this password. Choose one that is harder to guess.',
  ownName: 'The password must not be your name or address.',
}
