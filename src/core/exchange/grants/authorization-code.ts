// Redeeming an authorization code, once. Everything that can refuse is checked before the one
// statement that redeems: a thief without verifier or secret can neither burn nor revoke.
// RFC 6749 4.1.3, 7636 4.6, 9700 4.5 and 4.8, OpenID Connect Core 3.1.3.
import { isCodeVerifier, provesChallenge } from '../../../crypto/pkce.ts'
import { digestOf } from '../../../crypto/secret.ts'
import {
  type CodeReason,
  invalidDpopProof,
  invalidGrant,
  invalidRequest,
} from '../../../protocol/error.ts'
import { requireParameter } from '../../../protocol/parameters.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { type CodeFacts, readCode } from '../../authorization/code.ts'
import { consentResources } from '../../authorization/consent.ts'
import type { Client } from '../../clients/storage.ts'
import { auditOfClient } from '../../server/audit.ts'
import { requireLater } from '../../server/later.ts'
import { proves } from '../../tokens/confirmation.ts'
import { narrowedDetails, storedDetails } from '../../tokens/details.ts'
import { type Issued, issue, prepareGrant } from '../../tokens/issuance.ts'
import { keepGrant } from '../../tokens/kept-grant.ts'
import { narrowedTargets } from '../../tokens/resource.ts'
import { revokeGrant } from '../../tokens/revocation.ts'
import { requireProofAt, requireScopeAt } from '../../tokens/target.ts'
import type { TokenRequest } from '../token-request.ts'

/**
 * Redeems a code once. A replay that is valid in every other respect revokes the grant of the code.
 * @throws invalid_request (malformed verifier), invalid_target, invalid_scope,
 *   invalid_authorization_details, invalid_dpop_proof (the code is bound to another key, or the
 *   resource demands a proof), invalid_grant (unknown, expired, foreign, replayed, another redirect
 *   URI, wrong verifier), temporarily_unavailable (`requireLater`), the refusal of a replayed identifier
 */
export async function exchange(
  as: AuthorizationServer,
  client: Client,
  { parameters, confirmation, spends }: TokenRequest,
): Promise<Issued> {
  const code = requireParameter(parameters, 'code')
  const facts = await readCode(as, code)
  if (facts === null) throw refused('code_unknown')
  // "ensure that the authorization code was issued to the authenticated confidential client, or if
  // the client is public, ensure that the code was issued to client_id in the request"
  if (facts.clientId !== client.id) throw refused('code_foreign')
  if (facts.expiresAt <= as.now) throw refused('code_expired')
  checkRedirectUri(facts, parameters.get('redirect_uri'))
  await checkVerifier(facts, parameters.get('code_verifier'))
  checkKey(facts, confirmation)
  const targets = await narrowedTargets(as, client, facts.resource, parameters)
  requireProofAt(targets, confirmation)
  const scope = requireScopeAt(targets, facts.scope, client.metadata.scope)
  const granted = storedDetails(facts.authorizationDetails)
  const authorizationDetails = await narrowedDetails(as, client, granted, targets, parameters)

  await requireClock(as, client, facts)

  const { grant, refreshToken } = await prepareGrant(as, client, facts.userId, {
    ...facts,
    confirmation,
    withRefreshToken: client.metadata.grant_types.includes('refresh_token'),
  })
  const redemption = {
    ...grant,
    // Of the authorization and not of the text: it is redeemed once, however a code is written.
    codeDigest: await digestOf(facts.id),
    codeIssuedAt: facts.issuedAt,
    documentDigest: facts.documentDigest,
    consentResources: facts.needsConsent ? consentResources(facts.resource) : [],
    sessionRequired: facts.sessionId !== undefined,
  }
  const audit = auditOfClient(as, 'code.redeemed', { userId: facts.userId, clientId: client.id })
  const outcome = await as.store.grants.redeem(redemption, audit, spends)
  if (outcome.outcome === 'refused') throw refused('code_used')
  if (outcome.outcome === 'replayed') {
    // "If an authorization code is used more than once, the authorization server MUST deny the
    // request and SHOULD revoke all tokens previously issued based on that authorization code."
    const about = { userId: facts.userId, clientId: client.id }
    await revokeGrant(as, outcome.grantId, auditOfClient(as, 'code.replayed', about))
    throw refused('code_used')
  }
  const { user, sessionExpiresAt } = outcome
  const issued = await issue(as, {
    client,
    user,
    grantId: grant.id,
    scope,
    targets,
    authorizationDetails,
    signedIn: grant,
    confirmation,
    latest: grant.accessExpiresAt,
    refreshToken,
    signIn: { ...grant, nonce: facts.nonce },
  })
  const isNarrowed = targets.length < facts.resource.length
  const currentDigest = grant.refreshDigest
  keepGrant(as, { client, user, grant, currentDigest, sessionExpiresAt, targets, isNarrowed })
  return issued
}

/**
 * Demands that what a code gives counts already. Only a code from a clock that is ahead can be younger
 * than what was ended ahead of this one.
 * @throws temporarily_unavailable (`requireLater`)
 */
async function requireClock(
  as: AuthorizationServer,
  { notBefore }: Client,
  { issuedAt, userId }: CodeFacts,
): Promise<void> {
  if (issuedAt <= as.now) return
  const user = await as.store.users.find(userId)
  const ended = Math.max(notBefore, user?.notBefore ?? 0)
  if (ended < issuedAt) requireLater(as, ended)
}

// "redirect_uri: REQUIRED, if the redirect_uri parameter was included in the authorization request
// ..., and their values MUST be identical."
function checkRedirectUri(facts: CodeFacts, redirectUri: string | undefined): void {
  if (redirectUri === undefined && facts.redirectUriNamed) throw refused('redirect_uri_missing')
  if (redirectUri !== undefined && redirectUri !== facts.redirectUri) {
    throw refused('redirect_uri_different')
  }
}

// "the authorization server computes the JWK Thumbprint of the proof-of-possession public key in the
// DPoP proof and verifies that it matches the dpop_jkt parameter value" (RFC 9449 10). Checked before
// the redemption: whoever has stolen the code cannot burn it with a key of their own.
function checkKey({ keyThumbprint }: CodeFacts, confirmation: TokenRequest['confirmation']): void {
  if (keyThumbprint === undefined) return
  if (proves(confirmation, { jkt: keyThumbprint })) return
  throw invalidDpopProof('the code is bound to another key than the request proves')
}

async function checkVerifier(facts: CodeFacts, verifier: string | undefined): Promise<void> {
  if (facts.codeChallenge === undefined) {
    // "Authorization servers MUST ... only accept a code_verifier if a code_challenge was present
    // in the authorization request" (RFC 9700 2.1.1): the downgrade attack.
    if (verifier !== undefined) throw refused('verifier_wrong')
    return
  }
  if (verifier === undefined) throw refused('verifier_wrong')
  if (!isCodeVerifier(verifier)) throw invalidRequest('the code_verifier is malformed')
  if (!(await provesChallenge(verifier, facts.codeChallenge))) throw refused('verifier_wrong')
}

const refused = (reason: CodeReason) =>
  invalidGrant('the authorization code is not valid', { reason })
