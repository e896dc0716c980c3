// The texts of signing up, of invitations, terms and sign-in by mail, in German.
import type { accountRefusals as englishRefusals, signUpTexts as english } from './sign-up-en.ts'

export const signUpTexts: typeof english = {
  signUp: {
    title: 'Konto anlegen',
    email: 'E-Mail-Adresse',
    username: 'Benutzername',
    submit: 'Weiter',
    hasAccount: 'Ich habe bereits ein Konto',
    empty: 'Bitte lassen Sie dieses Feld leer',
    refusals: {
      email: 'An diese Adresse können wir keine E-Mail senden.',
      domain: 'Hier können Sie nur mit einer Adresse bei {domains} ein Konto anlegen.',
      robot: 'Die Sicherheitsprüfung war nicht erfolgreich. Bitte versuchen Sie es erneut.',
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
    ready: 'Sie melden sich mit dem Konto {address} an.',
    otherBrowser:
      'Sie haben diese E-Mail in einem anderen Browser angefordert. Bitte kehren Sie dorthin zurück oder geben Sie den Code aus der E-Mail ein, um sich hier anzumelden.',
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
  usernameTaken: 'Dieser Benutzername ist bereits vergeben. Bitte wählen Sie einen anderen.',
  emailTaken: 'Zu dieser Adresse besteht inzwischen ein Konto. Bitte melden Sie sich an.',
  terms: 'Bitte stimmen Sie den Nutzungsbedingungen zu.',
  common:
    'Dieses Passwort wird sehr häufig verwendet und ist daher leicht zu erraten. Bitte wählen Sie ein anderes.',
  ownName: 'Das Passwort darf nicht Ihr Name oder Ihre Adresse sein.',
}
