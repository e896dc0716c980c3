// The login state of a bearer token: whether somebody is signed in with it, and who. For faces that
// cannot carry a proof of possession.
import type { AuthorizationServer } from '../authorization-server.ts'
import type { User } from '../people/storage.ts'
import { auditOf } from '../server/audit.ts'
import { tellKv } from '../server/revocation-outbox.ts'
import { type LiveToken, findLiveToken, isForUs, isPairwise } from '../tokens/access-token.ts'
import { revokeGrant } from '../tokens/revocation.ts'

/** Signed out is a state, not an error. */
type LoginState = { signedIn: false } | { signedIn: true; user: User }

/**
 * Returns who is signed in with this access token. Nobody is if the token has no user, if its scope
 * does not allow it to identify the user, or if its client knows users by pairwise subjects: the answer
 * would tell the holder more than the client may know (OpenID Connect Core 8.1).
 */
export async function loginState(
  as: AuthorizationServer,
  accessToken: string,
): Promise<LoginState> {
  const live = await findPlainToken(as, accessToken)
  if (live === null || live.userGrant === null || isPairwise(live)) return { signedIn: false }
  const mayTell = live.token.scope.some((name) => identifies(as, name))
  return mayTell ? { signedIn: true, user: live.userGrant.user } : { signedIn: false }
}

/**
 * Returns whether a token with this scope may identify its user: because of the scope itself, or
 * because every token of the dialect may. Any other token is not an identity document.
 */
const identifies = (as: AuthorizationServer, scope: string): boolean =>
  scope === 'openid' || scope === 'profile' || as.dialects.identifyingScopes.has(scope)

/**
 * Signs out: ends the whole grant of a live token, or the token itself where it has no grant. An
 * invalid token is not an error.
 * @throws temporarily_unavailable
 */
export async function signOut(as: AuthorizationServer, accessToken: string): Promise<void> {
  const live = await findPlainToken(as, accessToken)
  if (live === null) return
  const { token, userGrant } = live
  const userId = userGrant?.user.id
  const audit = auditOf(as, 'user.signed-out', { userId, clientId: token.clientId })
  if (userGrant !== null) return revokeGrant(as, userGrant.grant.id, audit)
  await as.store.grants.revokeToken(token.jti, token.expiresAt, audit)
  tellKv(as)
}

/**
 * Returns the live token, if it is meant for us (whoever a token for another resource was sent to
 * could replay it here) and bound to no key (these faces cannot carry the proof).
 */
export async function findPlainToken(
  as: AuthorizationServer,
  accessToken: string,
): Promise<LiveToken | null> {
  const live = await findLiveToken(as, accessToken)
  if (live === null || !isForUs(as, live.token)) return null
  return live.token.confirmation === null ? live : null
}
