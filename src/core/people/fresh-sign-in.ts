// Whoever changes how an account is signed in to must have signed in just before: the session's cookie
// may be a stolen copy.
import type { AuthorizationServer } from '../authorization-server.ts'
import { isYounger } from '../server/age.ts'
import type { Session } from './storage.ts'

/** Seconds for which a sign-in is fresh. */
const freshFor = 300

/** Returns whether the sign-in of a session is less than `seconds` old. */
export const isFresh = (
  as: AuthorizationServer,
  { authTime }: Session,
  seconds = freshFor,
): boolean => isYounger(authTime, as.now, seconds)
