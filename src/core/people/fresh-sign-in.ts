// Whoever changes how an account is signed in to must have signed in just before: the session's cookie
// may be a stolen copy.
import type { AuthorizationServer } from '../authorization-server.ts'
import { isYounger } from '../server/age.ts'
import type { Session } from './storage.ts'

/** Seconds for which a sign-in is fresh. */
const freshFor = 300

/**
 * Returns whether the sign-in of a session is less than `seconds` old, with the second factor that it
 * counts for: in a browser that is remembered, a password alone must not take the factor away.
 */
export const isFresh = (
  as: AuthorizationServer,
  { authTime, secondFactorAt }: Session,
  seconds = freshFor,
): boolean =>
  isYounger(authTime, as.now, seconds) && isYounger(secondFactorAt ?? authTime, as.now, seconds)
