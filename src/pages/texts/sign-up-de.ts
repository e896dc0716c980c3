// The texts of signing up, of invitations, terms and sign-in by mail, in German.
import type { accountRefusals as englishRefusals, signUpTexts as english } from './sign-up-en.ts'

export const signUpTexts: typeof english = {
  signUp: {
    title: 'Konto anlegen',
    email: 'E-Mail-Adresse',
    username: 'Benutzername',
    submit: 'Weiter',
    hasAccount: 'Ich habe schon ein Konto',
    empty: 'Lassen Sie dieses Feld leer',
    refusals: {
      email: 'An diese Adresse können wir keine E-Mail senden.',
      domain: 'Hier können sich nur Adressen bei {domains} anmelden.',
      robot: 'Wir konnten nicht prüfen, dass Sie ein Mensch sind. Bitte versuchen Sie es erneut.',
    },
  },

  newAccount: {
    title: 'Passwort wählen',
    forAddress: 'Für Ihr Konto {address}',
    password: 'Passwort',
    hint: 'Mindestens {count} Zeichen.',
    agree: 'Ich stimme den {terms} zu.',
    terms: 'Nutzungsbedingungen',
    submit: 'Konto anlegen',
  },

  codeRequest: {
    title: 'Per E-Mail anmelden',
    lead: 'Wir senden Ihnen einen Code. Geben Sie ihn hier ein, um sich anzumelden.',
    submit: 'Code senden',
    ready: 'Melden Sie sich beim Konto {address} an.',
    otherBrowser:
      'Sie haben diese E-Mail in einem anderen Browser angefordert. Gehen Sie dorthin zurück, oder geben Sie den Code aus der E-Mail ein, um sich hier anzumelden.',
  },

  terms: {
    title: 'Nutzungsbedingungen',
    lead: 'Bitte lesen Sie die {terms}. Sobald Sie zustimmen, geht es weiter.',
    agree: 'Ich stimme zu',
    decline: 'Ich stimme nicht zu',
    leave: 'Ihr Konto',
  },
}

/** Why an account cannot be created as its person wants it. */
export const accountRefusals: typeof englishRefusals = {
  username: 'Dieser Benutzername ist nicht möglich. Bitte wählen Sie einen anderen.',
  usernameTaken: 'Dieser Benutzername ist vergeben. Bitte wählen Sie einen anderen.',
  emailTaken: 'Zu dieser Adresse gibt es inzwischen ein Konto. Bitte melden Sie sich an.',
  terms: 'Bitte stimmen Sie den Nutzungsbedingungen zu.',
  common: 'Dieses Passwort verwenden zu viele Menschen. Bitte wählen Sie ein anderes.',
  ownName: 'Das Passwort darf nicht Ihr Name oder Ihre Adresse sein.',
}
