// What an authorization request still needs: a sign-in, a choice, a consent, or nothing: then a
// code. RFC 6749 4.1.1, OpenID Connect Core 3.1.2.3 to 3.1.2.6.
import { OAuthError, accessDenied, invalidRequest } from '../../protocol/error.ts'
import { grantScope } from '../../protocol/scope.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { scopeOfSignIn } from '../clients/first-party.ts'
import { scopeOf } from '../clients/scope.ts'
import type { Client } from '../clients/storage.ts'
import type { SessionStanding } from '../people/storage.ts'
import { scopesOfClaims } from '../tokens/claims-request.ts'
import { acr, readIdTokenHint } from '../tokens/id-token.ts'
import { subjectFor } from '../tokens/subject.ts'
import { type CodeFacts, issueCode } from './code.ts'
import { mustConsent, skipsConsent } from './consent.ts'
import type { AuthorizationRequest, ResponseTarget } from './request.ts'

/** What has been done for this request since it was made, and need not be asked for again. */
export type Done = { login: boolean; selection: boolean; consent: boolean }

export const nothingDone: Done = { login: false, selection: false, consent: false }

/** The next step; `scope` is what a consent is asked for. */
export type NextStep =
  | { step: 'login'; confirms: boolean }
  | { step: 'select_account'; standing: SessionStanding }
  | { step: 'consent'; standing: SessionStanding; scope: readonly string[] }
  | { step: 'code'; code: string }

/**
 * Decides the next step; issues the code where none is missing (nothing is written).
 * @throws login_required, consent_required, account_selection_required (prompt=none),
 *   invalid_scope, access_denied, invalid_request (a hint that is not ours)
 */
export async function nextStep(
  as: AuthorizationServer,
  target: ResponseTarget,
  request: AuthorizationRequest,
  standing: SessionStanding | null,
  done: Done,
): Promise<NextStep> {
  // "If this is an Essential Claim and the requirement cannot be met, then the Authorization Server
  // MUST treat that outcome as a failed authentication attempt." OpenID Connect Core 5.5.1.1
  if (request.claims.acr?.includes(acr) === false) {
    throw accessDenied('the required authentication context cannot be reached')
  }
  const silent = request.prompt.includes('none')
  const expected = await expectedSubjects(as, request)
  if (
    standing === null ||
    (await mustSignIn(as, target.client, request, standing, done, expected))
  ) {
    if (silent) throw new OAuthError('login_required', 'a sign-in is needed')
    return { step: 'login', confirms: standing !== null }
  }
  if (request.prompt.includes('select_account') && !done.selection && !done.login) {
    return { step: 'select_account', standing }
  }
  const { client } = target
  const allowed = grantScope(request.scope, scopeOf(client), standing.user.scope)
  const scope = scopeOfSignIn(as, client, allowed)
  // Single claims are asked for as the scopes that they belong to.
  const { userinfo, idToken } = request.claims
  const ofClaims = scopesOfClaims([...userinfo, ...idToken], client, standing.user)
  const asked = [...new Set([...scope, ...ofClaims])]
  if (!done.consent && mustConsent(target, request, standing, asked)) {
    if (silent) throw new OAuthError('consent_required', 'a consent is needed')
    return { step: 'consent', standing, scope: asked }
  }
  const { session, user } = standing
  const code = await issueCodeFor(as, target, request, scope, {
    userId: user.id,
    sessionId: session.id,
    authTime: session.authTime,
    amr: session.amr.split(' '),
    // A withdrawn consent must take codes on their way with it.
    needsConsent: !skipsConsent(target),
  })
  return { step: 'code', code }
}

/** What a hint and the claims parameter bind the request to: of each, one must be the user's. */
async function expectedSubjects(
  as: AuthorizationServer,
  request: AuthorizationRequest,
): Promise<readonly (readonly string[])[]> {
  const claimed = request.claims.subjects
  if (request.idTokenHint === undefined) return claimed
  const hint = await readIdTokenHint(as, request.idTokenHint)
  if (hint === null) throw invalidRequest('the id_token_hint is not an ID token of this server')
  return [[hint.subject], ...claimed]
}

async function mustSignIn(
  as: AuthorizationServer,
  client: Client,
  request: AuthorizationRequest,
  { session, user }: SessionStanding,
  done: Done,
  expected: readonly (readonly string[])[],
): Promise<boolean> {
  const subject = expected.length === 0 ? '' : await subjectFor(client, user)
  if (!expected.every((subjects) => subjects.includes(subject))) {
    // Somebody else has just signed in: asking again would go round in circles.
    if (done.login) throw accessDenied('another user was expected')
    return true
  }
  if (done.login) return false
  if (request.prompt.includes('login')) return true
  return request.maxAge !== undefined && as.now - session.authTime > request.maxAge
}

/** Whose sign-in authorizes a request, and what the code given for it lives by. */
type Authorizer = Pick<
  CodeFacts,
  'userId' | 'sessionId' | 'lineId' | 'authTime' | 'amr' | 'needsConsent'
>

/** Issues the code that answers an authorization request. */
export const issueCodeFor = (
  as: AuthorizationServer,
  target: Pick<ResponseTarget, 'client' | 'redirectUri' | 'redirectUriNamed'>,
  request: AuthorizationRequest,
  scope: readonly string[],
  authorizer: Authorizer,
): Promise<string> =>
  issueCode(as, {
    clientId: target.client.id,
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
