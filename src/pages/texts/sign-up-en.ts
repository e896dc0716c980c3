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
      username: 'That username is not possible. Choose another.',
      usernameTaken: 'Somebody else has this username. Choose another.',
      emailTaken: 'This address has an account by now. Sign in instead.',
      robot: 'We could not check that you are a person. Please try again.',
      terms: 'Please agree to the terms.',
    },
  },

  newAccount: {
    title: 'Choose a password',
    forAddress: 'Your account will be {address}.',
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
  },

  mailCode: {
    title: 'Check your mail',
    sent: 'We have sent a mail to {address}. Enter the code from it in this browser.',
    maybeSent:
      'If there is an account for {address}, we have sent a mail. Enter the code from it in this browser.',
    code: 'Code',
    submit: 'Continue',
    wrong: 'That code does not count. Check it, or ask for a new mail.',
    again: 'Send a new mail',
  },

  otherBrowser: {
    title: 'Go back to the other browser',
    text: 'You asked for this mail in another browser. Enter the code from the mail there.',
  },

  terms: {
    title: 'Our terms',
    lead: 'Please read the {terms}. You can go on once you agree to them.',
    agree: 'I agree',
    decline: 'I do not agree',
    leave: 'Your account',
  },
}
