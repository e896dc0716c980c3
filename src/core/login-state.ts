// Is somebody signed in behind this token, and who: the login state of faces that carry a plain
// bearer token and no proof of possession.
import { findLiveToken, type LiveToken } from './access-token.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { auditOf } from './authorization-server.ts'
import { revokeLine, tellEdge } from './revocation.ts'
import type { User } from './records.ts'

/** Signed out is a state, not an error. */
export type LoginState = { signedIn: false } | { signedIn: true; user: User }

/** Who is signed in with this access token; a token of a client alone is nobody's. */
export async function loginState(
  as: AuthorizationServer,
  accessToken: string,
): Promise<LoginState> {
  const live = await findPlainToken(as, accessToken)
  const user = live?.line?.user
  return user === undefined ? { signedIn: false } : { signedIn: true, user }
}

/**
 * Signs out: ends the whole line of a live token, or the token itself where it has no line. A token
 * that does not count is no error.
 * @throws temporarily_unavailable
 */
export async function signOut(as: AuthorizationServer, accessToken: string): Promise<void> {
  const live = await findPlainToken(as, accessToken)
  if (live === null) return
  const { token, line } = live
  if (line !== null) return revokeLine(as, line.grant.id, 'signed out')
  const audit = auditOf(as, 'signed out', { clientId: token.clientId })
  await as.store.grants.revokeToken(token.jti, token.expiresAt, audit)
  tellEdge(as)
}

/**
 * The live token, if it is meant for us (whoever a token for another resource was sent to could
 * replay it here) and bound to no key (these faces cannot carry the proof).
 */
export async function findPlainToken(
  as: AuthorizationServer,
  accessToken: string,
): Promise<LiveToken | null> {
  const live = await findLiveToken(as, accessToken)
  if (live === null || !live.token.audience.some((name) => as.ownIssuers.includes(name)))
    return null
  const isBound = live.line !== null && live.line.grant.keyThumbprint !== null
  return isBound ? null : live
}
