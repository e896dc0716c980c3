// A fresh sign-in: what changes who can get in is done only by somebody who has just proved who he
// is. The cookie of a session may be a copy; the proof is not in it.
import type { AuthorizationServer } from '../authorization-server.ts'
import { isYounger } from '../server/age.ts'
import type { Session } from './storage.ts'

/** Seconds for which a sign-in is fresh. */
const freshFor = 300

export const isFresh = (as: AuthorizationServer, { authTime }: Session): boolean =>
  isYounger(authTime, as.now, freshFor)
