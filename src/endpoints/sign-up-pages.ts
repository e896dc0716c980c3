// What the pages of signing up, and of signing in by mail, are told.
import { codeRequest } from '../core/authorization/steps/code-request.ts'
import { login } from '../core/authorization/steps/login.ts'
import { signUp } from '../core/authorization/steps/sign-up.ts'
import { shortestPassword } from '../core/people/chosen-password.ts'
import type { HumanAction } from '../core/people/sign-up/human.ts'
import { emptyInput } from '../core/people/sign-up/sign-up.ts'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { HumanWidget } from '../pages/human-check.tsx'
import { codeRequestPage, mailCodePage, newAccountPage, signUpPage } from '../pages/sign-up.tsx'
import { screenPath } from './screen.ts'
import type { Shown } from './step-pages.ts'
import { clientOf } from './step-client.ts'

export const signUpPages = {
  create: ({ as, frame, form, goal, screen, sent, refusal }: Shown): string => {
    const { signUp: mode, signUpUsername } = as.settings.people
    const hint = goal.kind === 'authorization' ? goal.request.loginHint : undefined
    return signUpPage(frame, {
      form,
      ...clientOf(goal),
      typed: { email: sent?.get('email') ?? hint, username: sent?.get('username') },
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
      ...clientOf(goal),
      typed: sent?.get('email') ?? (goal.kind === 'authorization' ? goal.request.loginHint : undefined),
      ...humanWidget(as, 'sign-in'),
      ...(refusal?.reason === 'sign-up' ? { refusal: refusal.fault } : {}),
      signInHref: screenPath(login.path, screen),
    }),

  mail_code: ({ frame, form, mailed, screen, refusal }: Shown): string | null => {
    if (mailed === undefined) return null
    const { purpose, address, needsCode } = mailed
    const again = purpose === 'sign-up' ? signUp.path : codeRequest.path
    return mailCodePage(frame, {
      form,
      address,
      isSecret: purpose === 'sign-in',
      needsCode,
      isRefused: refusal?.reason === 'code',
      againHref: screenPath(again, screen),
    })
  },

  new_account: ({ as, frame, form, goal, mailed, sent, refusal }: Shown): string | null => {
    if (mailed === undefined) return null
    const { terms, signUpUsername } = as.settings.people
    const username = sent?.get('username') ?? mailed.username ?? ''
    return newAccountPage(frame, {
      form,
      ...clientOf(goal),
      address: mailed.address,
      ...(signUpUsername ? { username } : {}),
      minimumLength: shortestPassword,
      ...(terms === null ? {} : { termsUrl: terms.url }),
      ...(refusal?.reason === 'new-account' ? { refusal: refusal.fault } : {}),
    })
  },
}

/** Returns what the page of an action needs to check that its visitor is a person, where that is on. */
const humanWidget = (as: AuthorizationServer, action: HumanAction): { human?: HumanWidget } => {
  const { humanCheck } = as.settings.people
  return humanCheck === null ? {} : { human: { siteKey: humanCheck.siteKey, action } }
}
