// Whoever changes how an account is signed in to must have signed in just before: the session's cookie
// may be a stolen copy.
import type { AuthorizationServer } from '../authorization-server.ts'
import { isYounger } from '../server/age.ts'
import { hasSecondFactor } from './factors/second-factor.ts'
import type { Session, User } from './storage.ts'

/** Seconds for which a sign-in is fresh. */
const freshFor = 300

/**
 * Returns whether the sign-in of a session is less than `seconds` old, with the second factor that it
 * counts for. A password alone must not take the factor away: not in a browser that is remembered, and not in
 * a session that is older than the factor. A provider asks for the factors of its own accounts.
 */
export function isFresh(
  as: AuthorizationServer,
  { session, user }: { session: Session; user: User },
  seconds = freshFor,
): boolean {
  const { amr, authTime, secondFactorAt } = session
  const isHalf = secondFactorAt === null && !amr.split(' ').includes('fed')
  if (isHalf && as.settings.factors.mfa !== 'off' && hasSecondFactor(user)) return false
  return (
    isYounger(authTime, as.now, seconds) && isYounger(secondFactorAt ?? authTime, as.now, seconds)
  )
}
