// Which page shows which step, and what the page is told. The table is complete or does not compile.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { isOn } from '../core/authorization/prompt.ts'
import type { Screen } from '../core/authorization/screen.ts'
import { codeRequest } from '../core/authorization/steps/code-request.ts'
import { login, providerPath } from '../core/authorization/steps/login.ts'
import { secondFactor } from '../core/authorization/steps/second-factor.ts'
import { signUp } from '../core/authorization/steps/sign-up.ts'
import type { Scene, Step, StepRefusal } from '../core/authorization/steps/step.ts'
import type { StepName } from '../core/authorization/steps/steps.ts'
import { shortestPassword } from '../core/people/chosen-password.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import { signInProviders } from '../core/providers/sign-in-provider.ts'
import type { PasswordRefusal } from '../pages/account-password.tsx'
import { consentPage } from '../pages/consent.tsx'
import type { Form } from '../pages/form.tsx'
import type { Frame } from '../pages/layout.tsx'
import { type LoginProps, loginPage } from '../pages/login.tsx'
import { newPasswordPage } from '../pages/new-password.tsx'
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
  /** Returns a further form of the screen, with this action. */
  formTo: (action: string) => Promise<Form>
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
  second_factor: showSecondFactor,
  new_password: forUser(({ as, frame, form, goal, standing: { user }, refusal }) =>
    newPasswordPage(frame, {
      change: { form, minimumLength: shortestPassword, ...refusedPassword(refusal) },
      username: user.username,
      ...clientOf({ as, goal }),
    }),
  ),
  select_account: forUser(({ as, frame, form, goal, standing }) =>
    selectAccountPage(frame, { form, ...clientOf({ as, goal }), user: shownUser(standing.user) }),
  ),
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

async function showLogin(shown: Shown): Promise<string> {
  const { as, frame, form, formTo, goal, sessionId, sent, refusal } = shown
  // Asked of whoever was signed in, if they still are: they prove it anew.
  const confirming = sessionId === null ? null : shown.standing
  const hinted = goal.kind === 'authorization' ? goal.request.loginHint : undefined
  const asked = sent === undefined ? hinted : sent.get('username')
  const loginHint = asked ?? confirming?.user.username
  return loginPage(frame, {
    form,
    ...clientOf(shown),
    ...(loginHint === undefined ? {} : { loginHint }),
    ...(refusal?.reason === 'credentials' || refusal?.reason === 'throttled' ? { refusal } : {}),
    confirms: confirming !== null,
    links: signInLinks(as, shown.screen, confirming !== null),
    providers: { form: await formTo(providerPath), choices: await signInProviders(as) },
  })
}

function showSecondFactor(shown: Shown): string {
  const { as, frame, form, screen, sent, refusal, variant } = shown
  const isRecovery = variant === 'recovery' || /[a-z]/i.test(sent?.get('code') ?? '')
  const here = screenPath(secondFactor.path, screen)
  return secondFactorPage(frame, {
    form,
    ...clientOf(shown),
    ...(refusal?.reason === 'code' || refusal?.reason === 'throttled' ? { refusal } : {}),
    isRecovery,
    otherWayHref: isRecovery ? here : `${here}&with=recovery`,
    rememberDays: as.settings.factors.rememberBrowser / 86_400,
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
