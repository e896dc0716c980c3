// The texts of signing up, of invitations, terms and sign-in by mail, in German.
import type { signUpTexts as english } from './sign-up-en.ts'

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
      username: 'Dieser Benutzername ist nicht möglich. Bitte wählen Sie einen anderen.',
      usernameTaken: 'Dieser Benutzername ist vergeben. Bitte wählen Sie einen anderen.',
      emailTaken: 'Zu dieser Adresse gibt es inzwischen ein Konto. Bitte melden Sie sich an.',
      robot: 'Wir konnten nicht prüfen, dass Sie ein Mensch sind. Bitte versuchen Sie es erneut.',
      terms: 'Bitte stimmen Sie den Nutzungsbedingungen zu.',
    },
  },

  newAccount: {
    title: 'Passwort wählen',
    forAddress: 'Ihr Konto wird {address}.',
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
  },

  mailCode: {
    title: 'Sehen Sie in Ihre E-Mails',
    sent: 'Wir haben eine E-Mail an {address} gesendet. Geben Sie den Code daraus in diesem Browser ein.',
    maybeSent:
      'Falls es ein Konto zu {address} gibt, haben wir eine E-Mail gesendet. Geben Sie den Code daraus in diesem Browser ein.',
    code: 'Code',
    submit: 'Weiter',
    wrong: 'Dieser Code ist nicht gültig. Prüfen Sie ihn, oder fordern Sie eine neue E-Mail an.',
    again: 'Neue E-Mail senden',
  },

  otherBrowser: {
    title: 'Zurück zum anderen Browser',
    text: 'Sie haben diese E-Mail in einem anderen Browser angefordert. Geben Sie den Code aus der E-Mail dort ein.',
  },

  terms: {
    title: 'Nutzungsbedingungen',
    lead: 'Bitte lesen Sie die {terms}. Sobald Sie zustimmen, geht es weiter.',
    agree: 'Ich stimme zu',
    decline: 'Ich stimme nicht zu',
    leave: 'Ihr Konto',
  },
}
