// Who is at the console: a user with the role `admin`, who may do everything, or `admin-read`, who may
// look. The role is read with the session at every request, so that whoever loses it is out at once.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { type PagePath, consolePath } from '../core/authorization/screen.ts'
import { hasPasskey, hasSecondFactor } from '../core/people/factors/second-factor.ts'
import { isFresh } from '../core/people/fresh-sign-in.ts'
import type { SessionStanding, User } from '../core/people/storage.ts'
import { acrOfTwoFactors, levelOf } from '../core/tokens/acr.ts'
import { keptFrom } from '../endpoints/kept-from.ts'
import { refuse } from '../endpoints/page.ts'
import { visitorOf } from '../endpoints/own-form.ts'
import { proceed } from '../endpoints/progress.ts'
import type { FaceContext } from '../http/app.ts'
import { levelOfAcr } from '../protocol/acr.ts'
import { type ConsoleTexts, en } from './texts/en.ts'

/** A request of somebody who may see the console. */
export type Visit = {
  context: FaceContext
  /** With the administrator as its operator: whatever is done is on record as theirs. */
  as: AuthorizationServer
  standing: SessionStanding
  /** Whether they may change things, not just look. */
  mayChange: boolean
  texts: ConsoleTexts
}

const mayChange = ({ role }: User): boolean | undefined =>
  role === 'admin' ? true : role === 'admin-read' ? false : undefined

/**
 * Returns the visit that a request is; or the sign-in that leads to `path`, or the refusal of somebody
 * without a role: it does not say what would be here.
 */
export async function visitOf(context: FaceContext, path: PagePath): Promise<Visit | Response> {
  const standing = await visitorOf(context, path)
  if (standing instanceof Response) return standing
  const may = mayChange(standing.user)
  if (may === undefined) return refuse(context, 'denied', 403, { startAgainHref: '/' })
  const kept = await keptFromConsole(context, path, standing)
  if (kept !== null) return kept
  const actor = `user:${standing.user.id}` as const
  const as = { ...context.env.as, operator: { actor, scope: null, expiresAt: null } }
  return { context, as, standing, mayChange: may, texts: en }
}

/**
 * Whoever has a second factor has proved it; whoever has none is refused where administrators must have
 * one, and not led to add it: whoever has guessed the password must not get one, too.
 */
async function keptFromConsole(
  context: FaceContext,
  path: PagePath,
  standing: SessionStanding,
): Promise<Response | null> {
  const { as } = context.env
  const { mfa, adminMfa } = as.settings.factors
  const { user } = standing
  if (mfa === 'off' || levelOf(standing.session, as.now) >= twoFactors) return null
  if (hasSecondFactor(user) || (await hasPasskey(as, user)))
    return keptFrom(context, path, standing, twoFactors)
  return adminMfa === 'optional'
    ? null
    : refuse(context, 'factorMissing', 403, { startAgainHref: '/account' })
}

const twoFactors = levelOfAcr(acrOfTwoFactors)

/** Returns the address of the console that the request asked for. */
export function ownPath({ req }: FaceContext): PagePath {
  const { pathname, search } = new URL(req.url)
  return consolePath(pathname + search)
}

/** The oldest sign-in, in seconds, with which something may be destroyed or made powerful. */
const freshFor = 900

/** Returns the sign-in that must come first and leads back to `path`; null = the last one is fresh. */
export function needsFreshSignIn(
  { context, as, standing }: Visit,
  path: PagePath,
): Promise<Response> | null {
  if (isFresh(as, standing, freshFor)) return null
  return proceed(context, { goal: { kind: 'page', path, confirms: true }, standing, done: [] })
}
