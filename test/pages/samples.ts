// One of every page, with the props of an ordinary day; `worst` fills the same pages with as much
// as strangers may put into them.

import { longestList } from '../../src/pages/home.tsx'
import type { AccountFrame } from '../../src/pages/account-frame.tsx'
import { accountSections, type AccountFacts } from '../../src/pages/account-sections.tsx'
import { emailCodePage, emailPage } from '../../src/pages/account-email.tsx'
import { dataPage, deletionPage, leftPage } from '../../src/pages/account-leaving.tsx'
import {
  firstPasswordPage,
  languagePage,
  passwordPage,
  profilePage,
} from '../../src/pages/account-profile.tsx'
import { accountPage, type AccountProps } from '../../src/pages/account.tsx'
import { consentPage } from '../../src/pages/consent.tsx'
import { deviceConfirmationPage, deviceDecidedPage, devicePage } from '../../src/pages/device.tsx'
import { errorPage, type ErrorKind, providerRefusedPage } from '../../src/pages/error.tsx'
import { forgotPage } from '../../src/pages/forgot.tsx'
import { formPostPage } from '../../src/pages/form-post.tsx'
import type { Form } from '../../src/pages/form.tsx'
import { homePage } from '../../src/pages/home.tsx'
import type { Language } from '../../src/pages/language.ts'
import type { Frame } from '../../src/pages/layout.tsx'
import { loginPage } from '../../src/pages/login.tsx'
import { logoutPage, signedOutPage } from '../../src/pages/logout.tsx'
import { mailActionPage, mailDonePage, mailSentPage } from '../../src/pages/mail-action.tsx'
import { newPasswordPage } from '../../src/pages/new-password.tsx'
import { passkeyOfferPage } from '../../src/pages/passkey-offer.tsx'
import { passkeysPage, type PasskeyEntry } from '../../src/pages/passkeys.tsx'
import { passwordResetPage, passwordSetPage } from '../../src/pages/password-reset.tsx'
import { restorePage } from '../../src/pages/restore.tsx'
import { secondFactorPage } from '../../src/pages/second-factor.tsx'
import { selectAccountPage } from '../../src/pages/select-account.tsx'
import { codeRequestPage, newAccountPage, signUpPage, termsPage } from '../../src/pages/sign-up.tsx'
import { textsIn } from '../../src/pages/texts.ts'
import { setUpForm, totpSetUpPage } from '../../src/pages/totp-set-up.tsx'
import { recoveryCodesPage, totpPage } from '../../src/pages/totp.tsx'

export const now = 1_794_000_000
const hour = 3600
const day = 24 * hour

export function frameIn(language: Language): Frame {
  return {
    language,
    now,
    branding: { name: 'Castle Library' },
    stylesheetHref: 'postern.css',
    iconHref: 'icon.svg',
    languageHrefs: { en: '?ui_locales=en', de: '?ui_locales=de' },
  }
}

export function formTo(action: string): Form {
  return {
    action,
    hidden: [
      ['screen', 'GmRVxwPL7vG8sN1cPpYQ3wV0cS2rJw9mB2C0a3yR1kE'],
      ['csrf', 'pYQ3wV0cS2rJw9mB2C0a3yR1kEGmRVxwPL7vG8sN1cP'],
    ],
  }
}

export const inAccount = (frame: Frame): AccountFrame => ({
  ...frame,
  sections: accountSections,
  logout: formTo('/logout'),
})

const ada = { username: 'ada', name: 'Ada Lovelace' }
const notes = { name: 'Analytical Notes', verifiedHost: 'notes.example' }
const requestId = '01JD2Z7Q9W5N8K3M'
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

const link = {
  id: 'university',
  label: 'University of Example',
  linkedAs: 'ada@uni.example',
  createdAt: now - 9 * day,
}

export const facts: AccountFacts = {
  user: ada,
  email: 'ada@castle.example',
  isEmailVerified: true,
  hasPassword: true,
  hasTotp: false,
  locale: null,
  passkeys: 2,
  recoveryCodes: 8,
  sessions: 2,
  apps: 3,
}

const account: AccountProps = {
  facts,
  now,
  sessions: {
    form: formTo('/account/sessions'),
    entries: [
      { id: 's1', isCurrent: true, createdAt: now - 2 * day, lastUsedAt: now, userAgent: firefox },
      {
        id: 's2',
        isCurrent: false,
        createdAt: now - 9 * day,
        lastUsedAt: now - 5 * hour,
        userAgent: safari,
      },
    ],
  },
  clients: {
    form: formTo('/account/grants'),
    entries: [
      {
        id: 'g1',
        client: notes,
        scopes: ['openid', 'profile', 'offline_access'],
        createdAt: now - 60 * day,
        lastUsedAt: now - 20 * 60,
      },
      {
        id: 'g2',
        client: { name: 'Reading room terminal' },
        scopes: ['openid', 'catalogue.read'],
        createdAt: now - day,
      },
    ],
    olderHref: '/account?before=g2',
  },
  everywhere: formTo('/account/everywhere'),
  providers: {
    link: formTo('/account/link'),
    unlink: formTo('/account/unlink'),
    links: [link],
    choices: [{ id: 'guild', label: 'Printers’ Guild' }],
  },
  password: {
    form: formTo('/account/password'),
    minimumLength: 12,
    suspectLinks: [{ ...link, isKept: false }],
  },
}

const profile = {
  form: formTo('/account/profile'),
  usernameForm: formTo('/account/username'),
  name: 'Ada Lovelace',
  username: 'ada',
  usernameChange: 'confirm first',
} as const

const email = {
  form: formTo('/account/email'),
  verification: formTo('/account/verify'),
  email: 'ada@castle.example',
  isVerified: false,
  isConfirmed: false,
}

const deletion = {
  form: formTo('/account/delete'),
  deleteAt: now + 7 * day,
  stage: { ask: 'confirm first' },
} as const

const login = {
  form: formTo('/login'),
  client: notes,
  providers: {
    form: formTo('/login/provider'),
    choices: [
      { id: 'university', label: 'University of Example' },
      { id: 'guild', label: 'Printers’ Guild' },
    ],
  },
}

const challenge = 'GmRVxwPL7vG8sN1cPpYQ3w'
const passkeyRequest = { options: { challenge, rpId: 'localhost' } }
const passkeyCreation = {
  options: {
    challenge,
    rp: { id: 'localhost', name: 'Castle Library' },
    user: { id: challenge, name: 'ada', displayName: 'Ada Lovelace' },
    // Chromium warns of a list without both.
    pubKeyCredParams: [-7, -257].map((alg) => ({ type: 'public-key', alg })),
  },
}

/** A sign-in page with every way in. */
const everyWay = {
  ...login,
  links: { forgot: '/forgot', code: '/sign-in-code', signUp: '/sign-up' },
  passkey: { ...passkeyRequest, challenge: 'sealed' },
  providers: {
    form: formTo('/login/provider'),
    choices: [
      { id: 'google', label: 'Google', preset: 'google' },
      { id: 'microsoft', label: 'Microsoft', preset: 'microsoft' },
      { id: 'apple', label: 'Apple', preset: 'apple' },
      { id: 'github', label: 'GitHub', preset: 'github' },
      { id: 'university', label: 'University of Example' },
    ],
  },
} as const

const passkeyEntries: readonly PasskeyEntry[] = [
  {
    id: 'k1',
    name: 'My laptop',
    userAgent: firefox,
    isSynced: false,
    createdAt: now - 40 * day,
    lastUsedAt: now - 2 * hour,
  },
  {
    id: 'k2',
    name: null,
    userAgent: safari,
    isSynced: true,
    createdAt: now - 9 * day,
    lastUsedAt: null,
  },
]

const passkeys = {
  form: formTo('/account/passkeys'),
  entries: passkeyEntries,
  renamed: undefined,
  adding: { ...passkeyCreation, form: formTo('/account/passkeys') },
  signal: { rpId: 'localhost', userId: challenge, allAcceptedCredentialIds: [] },
  notice: undefined,
  isRefused: false,
}

const throttled = { reason: 'throttled', retryAfter: 840 } as const

const consent = {
  form: formTo('/consent'),
  client: notes,
  user: ada,
  scopes: ['openid', 'profile', 'email', 'offline_access', 'catalogue.read'],
  redirectUri: 'https://notes.example/callback',
  canSwitch: true,
}

const signUp = {
  form: formTo('/sign-up'),
  typed: { email: 'ada@castle.example', username: 'ada' },
  asksUsername: true,
  domains: ['castle.example'],
  emptyInput: 'website',
  signInHref: '/login?screen=x',
}

const newAccount = {
  form: formTo('/mail/sign-up'),
  address: 'ada@castle.example',
  minimumLength: 8,
}

const device = {
  form: formTo('/device'),
  client: { name: 'Reading room terminal' },
  user: ada,
  scopes: ['openid', 'profile'],
  userCode: 'WDJB-MJHT',
  resources: [{ uri: 'https://catalogue.example/api', isRegistered: true }],
  origin: { address: '203.0.113.7', userAgent: 'Mozilla/5.0 (Linux) Firefox/140.0' },
}

const errorKinds = {
  expired: true,
  backToApp: true,
  deadLink: true,
  invalidRequest: true,
  unknownClient: true,
  clientDocument: true,
  redirectUri: true,
  forgery: true,
  denied: true,
  factorMissing: true,
  notFound: true,
  throttled: true,
  unavailable: true,
  serverError: true,
} satisfies Record<ErrorKind, true>

const secondFactor = {
  form: formTo('/second-factor'),
  client: notes,
  hasApp: true,
  isRecovery: false,
  otherWayHref: '/second-factor?screen=x&with=recovery',
  rememberDays: 30,
  otherAccountHref: '/login?screen=x',
}

const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const setUp = setUpForm(formTo('/account/totp'), {
  uri: `otpauth://totp/Postern:${'a'.repeat(64)}%40example.com?secret=${secret}&issuer=Postern&algorithm=SHA1&digits=6&period=30`,
  secret,
  sealed: 'sealed',
})

const mailFacts = { address: 'ada@castle.example', user: 'ada' }

/** What the pages of links in mails say. */
function linkTo(frame: Frame) {
  const { verifyAddress, codeRequest, login: words, accountPages } = textsIn(frame.language)
  const { changeAddress, undoAddress, delete: end, restore } = accountPages.mails
  return {
    verify: { ...verifyAddress, facts: mailFacts },
    signIn: {
      title: codeRequest.title,
      text: codeRequest.ready,
      submit: words.submit,
      facts: mailFacts,
    },
    changeAddress: { ...changeAddress, facts: mailFacts },
    undoAddress: { ...undoAddress, facts: mailFacts },
    delete: { ...end, facts: mailFacts },
    restore: { ...restore, facts: mailFacts },
  }
}

/** Every page by name. */
export const samples: Readonly<Record<string, (frame: Frame) => string>> = {
  login: (frame) => loginPage(frame, login),
  'login-plain': (frame) => loginPage(frame, { form: formTo('/login') }),
  'login-refused': (frame) =>
    loginPage(frame, { ...login, loginHint: 'ada', refusal: { reason: 'credentials' } }),
  'login-throttled': (frame) =>
    loginPage(frame, {
      ...login,
      loginHint: 'ada',
      refusal: throttled,
    }),
  'login-ways': (frame) =>
    loginPage(frame, {
      ...login,
      links: { forgot: '/forgot', code: '/sign-in-code', signUp: '/sign-up' },
    }),
  'login-every-way': (frame) => loginPage(frame, everyWay),
  'login-name-first': (frame) => loginPage(frame, { ...everyWay, nameFirst: true }),
  'login-passkey-refused': (frame) =>
    loginPage(frame, { ...everyWay, refusal: { reason: 'passkey' } }),
  'login-confirms': (frame) => loginPage(frame, { ...login, loginHint: 'ada', confirms: true }),
  consent: (frame) => consentPage(frame, consent),
  'consent-described-app': (frame) =>
    consentPage(frame, {
      ...consent,
      client: { name: 'Editor', documentHost: 'editor.example', runsOnDeviceOnly: true },
      redirectUri: 'http://127.0.0.1:33418/',
    }),
  'consent-app': (frame) =>
    consentPage(frame, {
      ...consent,
      resources: [
        { uri: 'https://api.example/v1', isRegistered: true },
        { uri: 'https://elsewhere.example/v1', isRegistered: false },
      ],
      client: { name: 'Ⓝotes' },
      redirectUri: 'http://127.0.0.1:53120/',
      canSwitch: false,
    }),
  'consent-details': (frame) =>
    consentPage(frame, {
      ...consent,
      details: [
        {
          title: 'A loan',
          summary: ['Lend ', 'Notes on the Analytical Engine', ' until ', '1 March', ''],
          members: [
            { name: 'copies', values: ['1'] },
            { name: 'actions', values: ['collect', 'renew'] },
          ],
        },
        { title: 'A fine', summary: [''], members: [{ name: 'amount.value', values: ['0.5'] }] },
      ],
    }),
  'new-password': (frame) =>
    newPasswordPage(frame, {
      change: { form: formTo('/new-password'), minimumLength: 8 },
      username: 'ada',
      client: notes,
    }),
  'second-factor': (frame) => secondFactorPage(frame, secondFactor),
  'second-factor-refused': (frame) =>
    secondFactorPage(frame, { ...secondFactor, refusal: { reason: 'code' } }),
  'second-factor-throttled': (frame) =>
    secondFactorPage(frame, { ...secondFactor, refusal: { reason: 'throttled', retryAfter: 840 } }),
  'second-factor-recovery': (frame) =>
    secondFactorPage(frame, { ...secondFactor, isRecovery: true, rememberDays: 0 }),
  'mail-sent-again': (frame) =>
    mailSentPage(frame, {
      form: formTo('/mail/sign-up/code'),
      again: formTo('/sign-up'),
      address: 'ada@castle.example',
      isRefusal: true,
    }),
  'second-factor-passkey': (frame) =>
    secondFactorPage(frame, { ...secondFactor, hasApp: false, isRecovery: true }),
  'set-up-totp': (frame) => totpSetUpPage(frame, { form: formTo('/'), setUp }),
  'set-up-totp-stale': (frame) => totpSetUpPage(frame, { form: formTo('/'), setUp: null }),
  'account-totp-set-up': (frame) =>
    totpPage(inAccount(frame), {
      form: formTo('/account/totp'),
      state: { ...setUp, refusal: { reason: 'code' } },
    }),
  'account-totp-old': (frame) =>
    totpPage(inAccount(frame), {
      form: formTo('/account/totp'),
      state: { ...setUp, refusal: { reason: 'old' } },
    }),
  'account-totp-on': (frame) =>
    totpPage(inAccount(frame), {
      form: formTo('/account/totp'),
      notice: textsIn(frame.language).factors.added,
      state: 'on',
    }),
  'account-totp-off': (frame) =>
    totpPage(inAccount(frame), { form: formTo('/account/totp'), state: 'off' }),
  'account-recovery-codes': (frame) =>
    recoveryCodesPage(inAccount(frame), { form: formTo('/'), left: 2, isFew: true }),
  'account-recovery-codes-created': (frame) =>
    recoveryCodesPage(inAccount(frame), {
      form: formTo('/'),
      left: 10,
      isFew: false,
      created: Array.from({ length: 10 }, () => 'W7KQM-XN4TR'),
    }),
  'passkey-offer': (frame) =>
    passkeyOfferPage(frame, {
      form: formTo('/passkey-offer'),
      later: formTo('/passkey-offer'),
      passkey: passkeyCreation,
      client: notes,
      isRefused: false,
    }),
  'passkey-offer-refused': (frame) =>
    passkeyOfferPage(frame, {
      form: formTo('/passkey-offer'),
      later: formTo('/passkey-offer'),
      passkey: passkeyCreation,
      isRefused: true,
    }),
  'account-passkeys': (frame) => passkeysPage(inAccount(frame), passkeys),
  'account-passkeys-none': (frame) =>
    passkeysPage(inAccount(frame), { ...passkeys, entries: [], adding: 'confirm' }),
  'account-passkeys-renamed': (frame) =>
    passkeysPage(inAccount(frame), { ...passkeys, renamed: passkeyEntries[0], isRefused: true }),
  'new-password-throttled': (frame) =>
    newPasswordPage(frame, {
      change: { form: formTo('/new-password'), minimumLength: 8, refusal: throttled },
      username: 'ada',
    }),
  'select-account': (frame) =>
    selectAccountPage(frame, { form: formTo('/select'), user: ada, client: notes }),
  'sign-up': (frame) => signUpPage(frame, { ...signUp, client: notes }),
  'sign-up-refused': (frame) => signUpPage(frame, { ...signUp, refusal: 'domain' }),
  'code-request': (frame) =>
    codeRequestPage(frame, {
      form: formTo('/login/code'),
      client: notes,
      typed: 'ada',
      signInHref: '/login?screen=x',
    }),
  'new-account': (frame) => newAccountPage(frame, newAccount),
  'new-account-refused': (frame) =>
    newAccountPage(frame, {
      ...newAccount,
      username: 'ada',
      termsUrl: 'https://castle.example/terms',
      refusal: 'common',
    }),
  terms: (frame) =>
    termsPage(frame, {
      form: formTo('/terms'),
      url: 'https://castle.example/terms',
      accountHref: '/account',
    }),
  forgot: (frame) => forgotPage(frame, { form: formTo('/forgot') }),
  'forgot-refused': (frame) => forgotPage(frame, { form: formTo('/forgot'), refused: 'ada' }),
  'mail-sent': (frame) =>
    mailSentPage(frame, {
      form: formTo('/mail/reset/code'),
      isRefusal: false,
      againHref: '/forgot',
    }),
  'mail-sent-refused': (frame) =>
    mailSentPage(frame, {
      form: formTo('/mail/sign-up/code'),
      address: 'ada@castle.example',
      isRefusal: true,
    }),
  verify: (frame) =>
    mailActionPage(frame, { ...linkTo(frame).verify, form: formTo('/mail/verify') }),
  'verify-elsewhere': (frame) =>
    mailActionPage(frame, {
      ...linkTo(frame).verify,
      form: formTo('/mail/verify'),
      asksCode: true,
      refusal: { reason: 'wrongCode' },
    }),
  'verify-done': (frame) => {
    const { verifyAddress, home } = textsIn(frame.language)
    return mailDonePage(frame, {
      title: verifyAddress.doneTitle,
      text: verifyAddress.doneText,
      next: { href: '/account', label: home.account },
    })
  },
  'mail-sign-in': (frame) =>
    mailActionPage(frame, { ...linkTo(frame).signIn, form: formTo('/mail/sign-in') }),
  'mail-change-address': (frame) =>
    mailActionPage(frame, { ...linkTo(frame).changeAddress, form: formTo('/mail/change-address') }),
  'mail-undo-address': (frame) =>
    mailActionPage(frame, { ...linkTo(frame).undoAddress, form: formTo('/mail/undo-address') }),
  'mail-delete': (frame) =>
    mailActionPage(frame, { ...linkTo(frame).delete, form: formTo('/mail/delete'), isEnd: true }),
  'mail-restore': (frame) =>
    mailActionPage(frame, { ...linkTo(frame).restore, form: formTo('/mail/restore') }),
  home: (frame) =>
    homePage(frame, {
      user: ada,
      apps: [{ client: notes, href: 'https://notes.example/login?iss=x' }],
      accountHref: '/account',
      logout: formTo('/logout'),
    }),
  account: (frame) => accountPage(inAccount(frame), account),
  'account-changed': (frame) =>
    accountPage(inAccount(frame), {
      ...account,
      notice: 'passwordChanged',
      clients: { form: formTo('/'), entries: [] },
    }),
  'account-refused': (frame) =>
    accountPage(inAccount(frame), {
      ...account,
      password: { form: formTo('/'), minimumLength: 12, refusal: { reason: 'wrong' } },
    }),
  'account-throttled': (frame) =>
    accountPage(inAccount(frame), {
      ...account,
      password: { form: formTo('/'), minimumLength: 12, refusal: throttled },
    }),
  'account-profile': (frame) => profilePage(inAccount(frame), profile),
  'account-profile-refused': (frame) =>
    profilePage(inAccount(frame), {
      ...profile,
      usernameChange: 'possible',
      refusal: { of: 'username', reason: 'taken' },
    }),
  'account-email': (frame) => emailPage(inAccount(frame), email),
  'account-email-refused': (frame) =>
    emailPage(inAccount(frame), {
      ...email,
      isVerified: true,
      isConfirmed: true,
      refusal: { typed: 'ada', reason: 'unusable' },
    }),
  'account-email-code': (frame) =>
    emailCodePage(inAccount(frame), {
      form: formTo('/account/email'),
      address: 'ada@castle.example',
      isRefusal: true,
    }),
  'account-language': (frame) =>
    languagePage(inAccount(frame), { form: formTo('/account/language'), locale: 'de' }),
  'account-first-password': (frame) =>
    firstPasswordPage(inAccount(frame), {
      form: formTo('/account/password'),
      minimumLength: 8,
      isConfirmed: true,
      refusal: { reason: 'tooShort' },
    }),
  'account-password': (frame) =>
    passwordPage(inAccount(frame), {
      change: { form: formTo('/account/password'), minimumLength: 8 },
      username: 'ada',
    }),
  'account-data': (frame) =>
    dataPage(inAccount(frame), {
      form: formTo('/account/data'),
      isConfirmed: false,
      retryAfter: 1_200,
    }),
  'account-delete': (frame) => deletionPage(inAccount(frame), deletion),
  'account-delete-code': (frame) =>
    deletionPage(inAccount(frame), {
      ...deletion,
      stage: { ask: 'code', address: 'ada@castle.example', isRefusal: true },
    }),
  'account-delete-password': (frame) =>
    deletionPage(inAccount(frame), {
      ...deletion,
      deleteAt: null,
      stage: { ask: 'password', refusal: { retryAfter: 840 } },
    }),
  'account-left': (frame) => leftPage(frame, { deleteAt: now + 7 * day }),
  restore: (frame) =>
    restorePage(frame, { form: formTo('/restore'), user: ada, deleteAt: now + 7 * day }),
  logout: (frame) =>
    logoutPage(frame, { form: formTo('/logout'), user: ada, client: notes, stayHref: '/' }),
  'password-reset': (frame) =>
    passwordResetPage(frame, { form: formTo('/mail/reset'), user: ada, minimumLength: 8 }),
  'password-reset-refused': (frame) =>
    passwordResetPage(frame, {
      form: formTo('/mail/reset'),
      user: ada,
      minimumLength: 8,
      refusal: { reason: 'tooShort' },
    }),
  'password-reset-throttled': (frame) =>
    passwordResetPage(frame, {
      form: formTo('/mail/reset'),
      user: ada,
      minimumLength: 8,
      asksFactor: true,
      refusal: { reason: 'wrongFactor', retryAfter: 840 },
    }),
  'password-set': (frame) => passwordSetPage(frame, { signInHref: '/' }),
  'signed-out': (frame) => signedOutPage(frame, { loginHref: '/login' }),
  device: (frame) => devicePage(frame, { form: formTo('/device') }),
  'device-refused': (frame) =>
    devicePage(frame, {
      form: formTo('/device'),
      userCode: 'WDJB-MJHX',
      refusal: { reason: 'unknown_code' },
    }),
  'device-throttled': (frame) =>
    devicePage(frame, { form: formTo('/device'), userCode: 'WDJB-MJHX', refusal: throttled }),
  'device-confirmation': (frame) => deviceConfirmationPage(frame, device),
  'device-allowed': (frame) => deviceDecidedPage(frame, 'allowed'),
  'device-denied': (frame) => deviceDecidedPage(frame, 'denied'),
  'form-post': (frame) =>
    formPostPage(frame, {
      action: 'https://notes.example/callback',
      hidden: [
        ['code', 'SplxlOBeZQQYbYS6WxSbIA'],
        ['state', 'af0ifjsldkj'],
      ],
    }),
  'provider-refused': (frame) =>
    providerRefusedPage(frame, {
      provider: 'University of Example',
      reason: 'unavailable',
      requestId,
      back: { to: 'login', href: '/login' },
    }),
  ...Object.fromEntries(
    Object.keys(errorKinds).map((kind) => [`error-${kind}`, errorSample(kind)]),
  ),
}

function errorSample(kind: string) {
  return (frame: Frame) =>
    errorPage(frame, {
      kind: kind as ErrorKind,
      requestId,
      startAgainHref: kind === 'expired' ? '/login' : undefined,
      app: kind === 'expired' ? { client: notes, href: 'https://notes.example/login' } : undefined,
      error:
        kind === 'redirectUri'
          ? {
              code: 'invalid_request',
              description: 'redirect_uri is not registered for this client',
            }
          : undefined,
    })
}

/** The pages a stranger can fill, filled with `text` wherever text comes from outside. */
export function filledWith(text: string): Readonly<Record<string, (frame: Frame) => string>> {
  const client = { name: text, verifiedHost: 'a'.repeat(60) + '.example' }
  const user = { username: text, name: text }
  const scopes = Array.from({ length: 40 }, (_, index) => `${text}${index}`)
  const many = <Entry>(entry: Entry) => Array.from({ length: 40 }, () => entry)
  const form = formTo('/')
  return {
    login: (frame) => loginPage(frame, { ...login, client, loginHint: text }),
    consent: (frame) => consentPage(frame, { ...consent, client, user, scopes }),
    'consent-details': (frame) =>
      consentPage(frame, {
        ...consent,
        // How many values there are is bounded by the length of the request.
        details: [{ title: 'A loan', summary: ['Lend ', text, ''], members: [] }],
      }),
    'new-password': (frame) =>
      newPasswordPage(frame, { change: { form, minimumLength: 8 }, username: text, client }),
    'select-account': (frame) => selectAccountPage(frame, { form, client, user }),
    'sign-up': (frame) =>
      signUpPage(frame, { ...signUp, client, typed: { email: text, username: text } }),
    'code-request': (frame) =>
      codeRequestPage(frame, { form, client, typed: text, signInHref: '/' }),
    'new-account': (frame) =>
      newAccountPage(frame, { ...newAccount, address: text, username: text }),
    'second-factor': (frame) => secondFactorPage(frame, { ...secondFactor, client }),
    home: (frame) =>
      homePage(frame, {
        user,
        apps: many({ client, href: 'https://a.example/' }).slice(0, longestList),
        accountHref: '/account',
        logout: form,
      }),
    'account-profile': (frame) =>
      profilePage(inAccount(frame), { ...profile, form, name: text, username: text }),
    'account-email': (frame) => emailPage(inAccount(frame), { ...email, form, email: text }),
    restore: (frame) => restorePage(frame, { form, user, deleteAt: now }),
    account: (frame) =>
      accountPage(inAccount(frame), {
        ...account,
        facts: { ...facts, user, email: text },
        sessions: {
          form,
          entries: many({
            id: 'GmRVxwPL7vG8sN1cPpYQ3w',
            isCurrent: true,
            createdAt: now,
            lastUsedAt: now,
            userAgent: text,
          }),
        },
        clients: {
          form,
          entries: many({ id: 'GmRVxwPL7vG8sN1cPpYQ3w', client, scopes, createdAt: now }),
        },
        providers: {
          link: form,
          unlink: form,
          links: many({ ...link, linkedAs: text }).slice(0, 5),
          choices: [],
        },
      }),
    logout: (frame) => logoutPage(frame, { form, client, user }),
    device: (frame) => devicePage(frame, { form, userCode: text }),
    'device-confirmation': (frame) =>
      deviceConfirmationPage(frame, { ...device, client, user, scopes, userCode: text }),
    'provider-refused': (frame) =>
      providerRefusedPage(frame, {
        provider: text,
        reason: 'denied',
        requestId,
        back: { to: 'login', href: '/' },
      }),
  }
}
