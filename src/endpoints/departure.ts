// A browser that leaves for a provider, and what its person is told where that leads nowhere.
import { login } from '../core/authorization/steps/login.ts'
import {
  type Refused,
  type SignInRefusal,
  beginProviderSignIn,
} from '../federation/provider-sign-in.ts'
import { type Purpose, journeyLifetime } from '../federation/journey.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf } from '../http/browser.ts'
import { writeCarried } from '../http/cookies.ts'
import { providerRefusedPage } from '../pages/error.tsx'
import { frameOf, page, refuse, seeOther } from './page.ts'

/** Sends the browser to a provider; `maxAge` (in seconds) is the age that the sign-in may have. */
export async function leave(
  context: FaceContext,
  providerId: string,
  purpose: Purpose,
  wish: { loginHint?: string | undefined; maxAge: number | null },
): Promise<Response> {
  const begun = await beginProviderSignIn(context.env.as, {
    providerId,
    browserSecret: browserOf(context).ensureSecret(),
    purpose,
    ...wish,
  })
  if (begun === null)
    return refuse(context, 'notFound', 404, { startAgainHref: backFrom(purpose).href })
  if (begun.outcome === 'sent') {
    writeCarried(context, journeyOf(begun.state), begun.journey, journeyLifetime)
    return seeOther(context, begun.location)
  }
  return refusedPage(context, begun, purpose)
}

/** Returns the name by which a browser carries the journey of this state. */
export const journeyOf = (state: string) =>
  `journey_${state.replaceAll(/[^\w-]/g, '').slice(0, 12)}` as const

const backFrom = (purpose: Purpose) =>
  purpose.kind === 'link'
    ? ({ to: 'account', href: '/account' } as const)
    : ({ to: 'login', href: `${login.path}?screen=${purpose.screen}` } as const)

const statusOf = {
  denied: 400,
  expired: 400,
  unavailable: 503,
  noAccount: 403,
  notAllowed: 403,
  alreadyLinked: 403,
  emailTaken: 403,
} as const satisfies Record<SignInRefusal, number>

/** Says why nobody was signed in or linked, with the way back. */
export async function refusedPage(
  context: FaceContext,
  { reason, label }: Refused,
  purpose: Purpose,
): Promise<Response> {
  const { requestId } = context.env.as
  const back = backFrom(purpose)
  const frame = await frameOf(context, undefined, back.href)
  const shown = { provider: label, reason, requestId, back }
  return page(context, providerRefusedPage(frame, shown), statusOf[reason])
}
