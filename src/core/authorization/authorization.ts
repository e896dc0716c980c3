// The authorization response: a code, once every step is done. RFC 6749 4.1.2.
import { randomSecret } from '../../crypto/secret.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { storeDetails } from '../clients/asking-client.ts'
import { isFapi2, longestCodeLifetime } from '../clients/profile.ts'
import type { Client } from '../clients/storage.ts'
import type { SessionStanding } from '../people/storage.ts'
import { requireLater } from '../server/later.ts'
import { statedAcr } from '../tokens/acr.ts'
import { keptDetails } from '../tokens/details.ts'
import { type CodeFacts, issueCode } from './code.ts'
import { grantableScope, skipsConsent } from './consent.ts'
import type { AuthorizationGoal } from './goal.ts'
import { useUp } from './pushed-request.ts'
import type { AuthorizationRequest } from './request.ts'
import type { ResponseTarget } from './response-target.ts'

/**
 * Issues the code for a request that the user who is signed in has authorized, and uses the request up
 * if it was pushed. `screenId` is the screen that the browser has just answered.
 * @throws invalid_scope; invalid_request_uri, for our own page; temporarily_unavailable if the code would
 *   count for nothing yet (`requireLater`)
 */
export async function authorize(
  as: AuthorizationServer,
  goal: AuthorizationGoal,
  standing: SessionStanding,
  screenId?: string,
): Promise<string> {
  const { session, user } = standing
  requireLater(as, Math.max(user.notBefore, goal.target.client.notBefore))
  const scope = grantableScope(as, goal, standing)
  // The redemption demands the document that the code was issued for.
  if (goal.target.documentChange !== 'none') await storeDetails(as, goal.target.client)
  const code = await issueCodeFor(as, goal.target, goal.request, scope, {
    userId: user.id,
    sessionId: session.id,
    authTime: session.authTime,
    amr: session.amr.split(' '),
    acr: statedAcr(goal.request.acr, session, as.now),
    // A withdrawn consent must take codes on their way with it.
    needsConsent: !skipsConsent(goal),
  })
  // Last: whatever fails before it leaves the pushed request to be answered by the retry. A code that
  // was parked for nothing is known to nobody.
  await useUp(as, goal.target, screenId)
  return code
}

/** The sign-in that authorizes a request, and what the code depends on. */
type Authorizer = Pick<
  CodeFacts,
  'userId' | 'sessionId' | 'endsWith' | 'authTime' | 'amr' | 'acr' | 'needsConsent'
>

/** Issues a code that answers an authorization request with this scope. */
export const issueCodeFor = (
  as: AuthorizationServer,
  target: Pick<ResponseTarget, 'client' | 'redirectUri' | 'redirectUriNamed' | 'pushed'>,
  request: AuthorizationRequest,
  scope: readonly string[],
  authorizer: Authorizer,
): Promise<string> =>
  issueCode(
    as,
    {
      id: target.pushed?.id ?? randomSecret(16),
      clientId: target.client.id,
      documentDigest: target.client.documentDigest,
      redirectUri: target.redirectUri,
      redirectUriNamed: target.redirectUriNamed,
      scope: [...scope],
      resource: request.resource,
      nonce: request.nonce,
      codeChallenge: request.codeChallenge,
      keyThumbprint: request.keyThumbprint,
      claimsRequest: request.claimsText,
      authorizationDetails: keptDetails(request.details),
      ...authorizer,
    },
    codeLifetimeOf(as, target.client),
  )

// The setting; for fapi2 "a maximum lifetime of 60 seconds" (FAPI 2.0 5.3.2.2).
function codeLifetimeOf({ settings }: AuthorizationServer, client: Client): number {
  const { authorizationCode } = settings.lifetimes
  return isFapi2(client) ? Math.min(authorizationCode, longestCodeLifetime) : authorizationCode
}
