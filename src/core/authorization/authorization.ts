// The code that answers an authorization request once no step is needed any more. RFC 6749 4.1.2.
import type { AuthorizationServer } from '../authorization-server.ts'
import { storeDetails } from '../clients/asking-client.ts'
import type { SessionStanding } from '../people/storage.ts'
import { type CodeFacts, issueCode } from './code.ts'
import { grantableScope, skipsConsent } from './consent.ts'
import type { AuthorizationGoal } from './goal.ts'
import type { AuthorizationRequest, ResponseTarget } from './request.ts'

/**
 * Issues the code for a request that the user who is signed in has authorized.
 * @throws invalid_scope
 */
export async function authorize(
  as: AuthorizationServer,
  goal: AuthorizationGoal,
  standing: SessionStanding,
): Promise<string> {
  const { session, user } = standing
  // The redemption demands the document that the code was issued for.
  if (goal.target.documentChange !== 'none') await storeDetails(as, goal.target.client)
  return issueCodeFor(as, goal.target, goal.request, grantableScope(as, goal, standing), {
    userId: user.id,
    sessionId: session.id,
    authTime: session.authTime,
    amr: session.amr.split(' '),
    // A withdrawn consent must take codes on their way with it.
    needsConsent: !skipsConsent(goal.target),
  })
}

/** The sign-in that authorizes a request, and what its code depends on. */
type Authorizer = Pick<
  CodeFacts,
  'userId' | 'sessionId' | 'lineId' | 'authTime' | 'amr' | 'needsConsent'
>

/** Issues a code that answers an authorization request with this scope. */
export const issueCodeFor = (
  as: AuthorizationServer,
  target: Pick<ResponseTarget, 'client' | 'redirectUri' | 'redirectUriNamed'>,
  request: AuthorizationRequest,
  scope: readonly string[],
  authorizer: Authorizer,
): Promise<string> =>
  issueCode(as, {
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
    ...authorizer,
  })
