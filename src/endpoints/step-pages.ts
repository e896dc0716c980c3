// Which page shows which step, and what the page is told. The table is complete or does not compile.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { isOn } from '../core/authorization/prompt.ts'
import { type Screen, repeatedScreen } from '../core/authorization/screen.ts'
import { codeRequest } from '../core/authorization/steps/code-request.ts'
import { passkeyOffer } from '../core/authorization/steps/passkey-offer.ts'
import { login, providerPath } from '../core/authorization/steps/login.ts'
import { secondFactor } from '../core/authorization/steps/second-factor.ts'
import { signUp } from '../core/authorization/steps/sign-up.ts'
import type { Scene, Step, StepRefusal } from '../core/authorization/steps/step.ts'
import { stepUp } from '../core/authorization/steps/step-up.ts'
import type { StepName } from '../core/authorization/steps/steps.ts'
import { creationOptions, requestOptions } from '../core/people/passkeys/relying-party.ts'
import { rpIdOf } from '../core/server/rp-id.ts'
import { shortestPassword } from '../core/people/chosen-password.ts'
import { hasSecondFactor } from '../core/people/factors/second-factor.ts'
import { waitingTotp } from '../core/people/factors/totp-enrolment.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import {
  asksForNameFirst,
  ownerOfName,
  signInProviders,
} from '../core/providers/sign-in-provider.ts'
import type { PasswordRefusal } from '../pages/account-password.tsx'
import { consentPage } from '../pages/consent.tsx'
import type { Form } from '../pages/form.tsx'
import type { Frame } from '../pages/layout.tsx'
import { type LoginProps, loginPage } from '../pages/login.tsx'
import { setUpForm, totpSetUpPage } from '../pages/totp-set-up.tsx'
import { newPasswordPage } from '../pages/new-password.tsx'
import { passkeyOfferPage } from '../pages/passkey-offer.tsx'
import { restorePage } from '../pages/restore.tsx'
import { secondFactorPage } from '../pages/second-factor.tsx'
import { selectAccountPage } from '../pages/select-account.tsx'
import { termsPage } from '../pages/sign-up.tsx'
import type { Parameters } from '../protocol/parameters.ts'
import { askedAccess } from './asked-access.ts'
import { clientFacts, clientOf } from './client-facts.ts'
import { forgotPath } from './mail-sent.ts'
import { shownRecipient, shownUser } from './page.ts'
import { screenPath } from './screen.ts'
import { signUpPages } from './sign-up-pages.ts'

/** What the page of a step can be told. */
export type Shown<Standing = SessionStanding | null> = Scene<Standing> & {
  as: AuthorizationServer
  frame: Frame
  /** Which of several looks of the page the address asks for. */
  variant: string | undefined
  /** The scope that the step asks for. */
  scope: readonly string[]
  /** The form that answers the step. */
  form: Form
  /** Returns a further form of the screen, or of another one, with this action. */
  formTo: (action: string, of?: Screen) => Promise<Form>
  /** The answer that was refused, and why. */
  sent?: Parameters
  refusal?: StepRefusal | undefined
}

/** Renders the page of a step; null = the page cannot be shown for this goal or without a session. */
export type StepPage = (shown: Shown) => Rendered

type Rendered = string | null | Promise<string | null>

/** A page for a user who is signed in. */
const forUser =
  (render: (shown: Shown<SessionStanding>) => Rendered) =>
  (shown: Shown): Rendered =>
    shown.standing === null ? null : render({ ...shown, standing: shown.standing })

export const stepPages: Record<StepName, StepPage> = {
  login: showLogin,
  second_factor: (shown) =>
    showCode(shown, secondFactor, shown.as.settings.factors.rememberBrowser / 86_400),
  restore: forUser(({ frame, form, standing: { user } }) =>
    restorePage(frame, { form, user: shownUser(user), deleteAt: user.deleteAt ?? frame.now }),
  ),
  new_password: forUser(({ as, frame, form, goal, standing: { user }, refusal }) =>
    newPasswordPage(frame, {
      change: { form, minimumLength: shortestPassword, ...refusedPassword(refusal) },
      username: user.username,
      ...clientOf({ as, goal }),
    }),
  ),
  enrolment: forUser(showEnrolment),
  select_account: forUser(({ as, frame, form, goal, standing }) =>
    selectAccountPage(frame, { form, ...clientOf({ as, goal }), user: shownUser(standing.user) }),
  ),
  passkey_offer: forUser(showOffer),
  // Nobody is remembered for what a client asks for beyond a sign-in.
  step_up: forUser(async (shown) => {
    const passkey = shown.standing.user.userHandle === null ? null : await passkeySignIn(shown)
    return showCode(shown, stepUp, 0, passkey)
  }),
  terms: forUser(({ as, frame, form, goal }) => {
    const { terms } = as.settings.people
    if (terms === null) return null
    const leave = goal.kind === 'page' ? { accountHref: '/account' } : {}
    return termsPage(frame, { form, url: terms.url, ...leave })
  }),
  consent: forUser(showConsent),
  ...signUpPages,
}

const refusedPassword = (refusal: StepRefusal | undefined): { refusal?: PasswordRefusal } => {
  if (refusal?.reason === 'password') return { refusal: { reason: refusal.fault } }
  return refusal?.reason === 'throttled' ? { refusal } : {}
}

/** Returns the addresses of the other ways in that these settings have. */
function signInLinks(
  { settings, mailer }: AuthorizationServer,
  screen: Screen,
  isConfirming: boolean,
): NonNullable<LoginProps['links']> {
  const to = (step: Step) => (isOn(settings, step) ? screenPath(step.path, screen) : undefined)
  return {
    forgot: mailer === null ? undefined : forgotPath,
    code: to(codeRequest),
    // Whoever confirms that it is them has an account.
    signUp: isConfirming ? undefined : to(signUp),
  }
}

type SignInRefusal = Extract<StepRefusal, { reason: 'credentials' | 'passkey' | 'throttled' }>

const isOfSignIn = (refusal: StepRefusal | undefined): refusal is SignInRefusal =>
  refusal !== undefined && ['credentials', 'passkey', 'throttled'].includes(refusal.reason)

async function showLogin(shown: Shown): Promise<string> {
  const { as, frame, form, formTo, goal, sessionId, sent, refusal } = shown
  // Asked of whoever was signed in, if they still are: they prove it anew.
  const confirming = sessionId === null ? null : shown.standing
  const hinted = goal.kind === 'authorization' ? goal.request.loginHint : undefined
  const asked = sent === undefined ? hinted : sent.get('username')
  const loginHint = asked ?? confirming?.user.username
  const passkey = await passkeySignIn(shown)
  const isNameEnough = loginHint === undefined || (await ownerOfName(as, loginHint)) !== null
  return loginPage(frame, {
    form,
    nameFirst: isNameEnough && (await asksForNameFirst(as)),
    ...clientOf(shown),
    ...(loginHint === undefined ? {} : { loginHint }),
    ...(isOfSignIn(refusal) ? { refusal } : {}),
    confirms: confirming !== null,
    links: signInLinks(as, shown.screen, confirming !== null),
    ...(passkey === null ? {} : { passkey }),
    providers: { form: await formTo(providerPath), choices: await signInProviders(as) },
  })
}

/**
 * Returns a screen for the answer of a passkey: its challenge is as old as the page, and a screen that
 * was looked at again, or answered wrongly, has a challenge that still counts.
 */
const challengeOf = ({ as, screen }: Pick<Shown, 'as' | 'screen'>): Promise<Screen> =>
  repeatedScreen(as, screen)

/** Returns how a page asks for a passkey that proves its user; null = there are none here. */
async function passkeySignIn(shown: Shown): Promise<LoginProps['passkey'] | null> {
  const { as, refusal } = shown
  const rpId = rpIdOf(as)
  if (rpId === null) return null
  const challenge = await challengeOf(shown)
  const forgotten = refusal?.reason === 'passkey' ? refusal.forgotten : undefined
  return {
    challenge: challenge.sealed,
    options: requestOptions(rpId, challenge),
    signal: forgotten === undefined ? undefined : { rpId, credentialId: forgotten },
  }
}

async function showOffer(shown: Shown<SessionStanding>): Promise<string | null> {
  const { as, frame, form, formTo, standing, refusal } = shown
  const rpId = rpIdOf(as)
  if (rpId === null) return null
  const challenge = await challengeOf(shown)
  return passkeyOfferPage(frame, {
    form: await formTo(passkeyOffer.path, challenge),
    // Whoever is asked has none yet.
    passkey: { options: await creationOptions(as, rpId, challenge, standing.user, []) },
    later: form,
    ...clientOf(shown),
    isRefused: refusal !== undefined,
  })
}

async function showEnrolment(shown: Shown<SessionStanding>): Promise<string> {
  const { as, frame, form, standing, sent, refusal } = shown
  const carried = refusal?.reason === 'code' ? sent?.get('enrolment') : undefined
  const waiting = await waitingTotp(as, standing, carried)
  const isRefused = refusal?.reason === 'code' || refusal?.reason === 'old'
  return totpSetUpPage(frame, {
    form,
    setUp: waiting && {
      ...setUpForm(form, waiting),
      ...(isRefused ? { refusal: { reason: refusal.reason } } : {}),
    },
  })
}

type CodeRefusal = Extract<StepRefusal, { reason: 'code' | 'passkey' | 'throttled' }>

const isOfCode = (refusal: StepRefusal | undefined): refusal is CodeRefusal =>
  refusal !== undefined && ['code', 'passkey', 'throttled'].includes(refusal.reason)

function showCode(
  shown: Shown,
  step: { path: string },
  rememberDays: number,
  passkey: LoginProps['passkey'] | null = null,
): string {
  const { frame, form, screen, sent, refusal, standing, variant } = shown
  // Of a sign-in, the screen says it.
  const hasApp = shown.half?.hasApp ?? (standing !== null && hasSecondFactor(standing.user))
  const isRecovery = !hasApp || variant === 'recovery' || /[a-z]/i.test(sent?.get('code') ?? '')
  const here = screenPath(step.path, screen)
  return secondFactorPage(frame, {
    form,
    ...clientOf(shown),
    ...(isOfCode(refusal) ? { refusal } : {}),
    ...(passkey === null ? {} : { passkey }),
    hasApp,
    isRecovery,
    otherWayHref: isRecovery ? here : `${here}&with=recovery`,
    rememberDays,
    otherAccountHref: screenPath(login.path, screen),
  })
}

async function showConsent(shown: Shown<SessionStanding>): Promise<string | null> {
  const { as, frame, form, goal, standing, scope } = shown
  if (goal.kind !== 'authorization') return null
  const { target, request } = goal
  const asked = { scope, targets: request.targets, details: request.details }
  return consentPage(frame, {
    form,
    client: { ...shownRecipient(target), ...clientFacts(as, target.client) },
    user: shownUser(standing.user),
    ...(await askedAccess(as, target.client, asked, frame.language)),
    redirectUri: target.redirectUri,
    canSwitch: true,
  })
}
