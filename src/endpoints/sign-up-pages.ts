// What the pages of signing up, and of signing in by mail, are told.
import type { Goal } from '../core/authorization/goal.ts'
import { login } from '../core/authorization/steps/login.ts'
import type { HumanAction } from '../core/people/sign-up/human.ts'
import { emptyInput } from '../core/people/sign-up/sign-up.ts'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { HumanWidget } from '../pages/human-check.tsx'
import { codeRequestPage, signUpPage } from '../pages/sign-up.tsx'
import { clientOf } from './client-facts.ts'
import { screenPath } from './screen.ts'
import type { Shown } from './step-pages.ts'

export const signUpPages = {
  create: ({ as, frame, form, goal, screen, sent, refusal }: Shown): string => {
    const { signUp: mode, signUpUsername } = as.settings.people
    return signUpPage(frame, {
      form,
      ...clientOf({ as, goal }),
      typed: { email: sent?.get('email') ?? loginHintOf(goal), username: sent?.get('username') },
      asksUsername: signUpUsername,
      domains: mode.mode === 'domains' ? mode.domains : [],
      emptyInput,
      ...humanWidget(as, 'sign-up'),
      ...(refusal?.reason === 'sign-up' ? { refusal: refusal.fault } : {}),
      signInHref: screenPath(login.path, screen),
    })
  },

  code_request: ({ as, frame, form, goal, screen, sent, refusal }: Shown): string =>
    codeRequestPage(frame, {
      form,
      ...clientOf({ as, goal }),
      typed: sent?.get('email') ?? loginHintOf(goal),
      ...humanWidget(as, 'sign-in'),
      ...(refusal?.reason === 'sign-up' ? { refusal: refusal.fault } : {}),
      signInHref: screenPath(login.path, screen),
    }),
}

const loginHintOf = (goal: Goal): string | undefined =>
  goal.kind === 'authorization' ? goal.request.loginHint : undefined

/** Returns what the page of an action needs to check that its visitor is a person, where that is on. */
const humanWidget = (as: AuthorizationServer, action: HumanAction): { human?: HumanWidget } => {
  const { humanCheck } = as.settings.people
  return humanCheck === null ? {} : { human: { siteKey: humanCheck.siteKey, action } }
}
