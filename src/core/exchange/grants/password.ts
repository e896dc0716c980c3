// The resource owner password credentials grant, for trusted clients only. RFC 6749 4.3.
import { invalidGrant } from '../../../protocol/error.ts'
import { requireParameter } from '../../../protocol/parameters.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { scopeOf } from '../../clients/scope.ts'
import type { Client } from '../../clients/storage.ts'
import { signInWithPassword } from '../../people/sign-in.ts'
import { auditOfClient } from '../../server/audit.ts'
import { requireLater } from '../../server/later.ts'
import { acrOfOneFactor, requireOneFactor } from '../../tokens/acr.ts'
import { refuseDetails } from '../../tokens/details.ts'
import { type Issued, issue, prepareGrant } from '../../tokens/issuance.ts'
import { keepGrant } from '../../tokens/kept-grant.ts'
import { requestedTargets } from '../../tokens/resource.ts'
import { grantScopeAt, requireProofAt } from '../../tokens/target.ts'
import type { TokenRequest } from '../token-request.ts'

/**
 * Exchanges `username` (or e-mail address) and `password` for tokens.
 * @throws invalid_request, invalid_scope, invalid_target, invalid_authorization_details, invalid_grant
 *   (one answer for unknown, disabled, wrong and too little by itself), unauthorized_client, invalid_dpop_proof (the resource demands a proof),
 *   too_many_requests, temporarily_unavailable (`requireLater`), the refusal of a replayed identifier
 */
export async function exchange(
  as: AuthorizationServer,
  client: Client,
  { parameters, confirmation, spends }: TokenRequest,
): Promise<Issued> {
  const username = requireParameter(parameters, 'username')
  const password = requireParameter(parameters, 'password')
  requireOneFactor(client)
  // Nobody is shown them here.
  refuseDetails(parameters)
  const targets = await requestedTargets(as, client, parameters)
  requireProofAt(targets, confirmation)
  // Judged against the client first: what it may not have is refused without any hashing.
  grantScopeAt(targets, parameters.get('scope'), scopeOf(client), null)
  requireLater(as, client.notBefore)
  const proof = await signInWithPassword(as, username, password)
  const { user } = proof
  const scope = grantScopeAt(targets, parameters.get('scope'), scopeOf(client), user.scope)
  const { grant, refreshToken } = await prepareGrant(as, client, user.id, {
    scope,
    resource: targets.map(({ uri }) => uri),
    authTime: as.now,
    amr: ['pwd'],
    acr: acrOfOneFactor,
    confirmation,
    withRefreshToken: client.metadata.grant_types.includes('refresh_token'),
  })
  const about = { userId: user.id, clientId: client.id }
  const audit = auditOfClient(as, 'token.password-granted', about)
  // The user may have been disabled, or have a new password, while the password was being hashed, and
  // the client may no longer be trusted: the insert decides.
  if ((await as.store.grants.open(grant, proof, audit, spends)) === 'refused') {
    throw invalidGrant('the username or password is wrong', { reason: 'credentials_wrong' })
  }
  const issued = await issue(as, {
    client,
    user,
    grantId: grant.id,
    scope,
    targets,
    signedIn: grant,
    confirmation,
    latest: grant.accessExpiresAt,
    refreshToken,
  })
  keepGrant(as, { client, user, grant, currentDigest: grant.refreshDigest, targets })
  return issued
}
