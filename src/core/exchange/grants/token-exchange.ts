// Token exchange: an access token of ours becomes one for another resource. RFC 8693.
import { instantOfId } from '../../../crypto/secret.ts'
import { type OAuthError, invalidRequest, invalidTarget } from '../../../protocol/error.ts'
import { type Parameters, requireParameter, valuesOf } from '../../../protocol/parameters.ts'
import { resourceKey } from '../../../protocol/resource-key.ts'
import { storedScope } from '../../../protocol/scope.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { scopeOfSignIn } from '../../clients/first-party.ts'
import type { Client } from '../../clients/storage.ts'
import { requireLater } from '../../server/later.ts'
import { demandOfClient, isReached } from '../../tokens/acr.ts'
import { type AccessToken, isForUs, liveToken, readAccessToken } from '../../tokens/access-token.ts'
import { proves } from '../../tokens/confirmation.ts'
import { claimedDetails, narrowedDetails } from '../../tokens/details.ts'
import { type Issued, accessTokenExpiry, issue } from '../../tokens/issuance.ts'
import { namedTargets, remainingTargets } from '../../tokens/resource.ts'
import { type Target, grantScopeAt, requireProofAt } from '../../tokens/target.ts'
import { actorOf, requireActor } from '../delegation.ts'
import { requireExchangeable } from '../exchange-policy.ts'
import type { TokenRequest } from '../token-request.ts'

/** Our access tokens are JWTs, and either name stands for them (3). */
const tokenTypes = [
  'urn:ietf:params:oauth:token-type:access_token',
  'urn:ietf:params:oauth:token-type:jwt',
] as const

/**
 * Exchanges a valid access token of this server. The new token allows no more than the subject token,
 * expires no later, and ends with the same grant. There is no refresh token, and nothing is stored. RFC
 * 8693 2.
 * @throws invalid_request ("If either the subject_token or actor_token are invalid for any reason, or
 *   are unacceptable based on policy", 2.2.2), invalid_target, invalid_scope,
 *   invalid_authorization_details, invalid_dpop_proof (the resource demands a proof),
 *   temporarily_unavailable (`requireLater`), the refusal of a replayed identifier
 */
export async function exchange(
  as: AuthorizationServer,
  client: Client,
  { parameters, confirmation, spends }: TokenRequest,
): Promise<Issued> {
  const { subject, actor, issuedTokenType } = await readExchange(as, client, parameters)
  for (const token of actor === null ? [subject] : [subject, actor]) {
    requireKey(token, confirmation)
  }
  const targets = await targetsFor(as, client, subject, parameters)
  requireProofAt(targets, confirmation)
  requireExchangeable(as, client, subject, targets)
  requireActor(subject, actor ?? { subject: client.id, clientId: client.id })
  const act = actorOf(subject, actor)
  // The new token is bounded as the subject token is: without these it could be taken for one without
  // bounds.
  const granted = claimedDetails(subject.claims['authorization_details'])
  const authorizationDetails = await narrowedDetails(as, client, granted, targets, parameters)
  const issuedAfter = instantOfId(subject.jti) ?? subject.issuedAt
  if (issuedAfter < client.notBefore) requireLater(as, client.notBefore)

  const [live, liveActor] = await Promise.all([
    liveToken(as, subject, spends),
    actor === null ? null : liveToken(as, actor),
  ])
  if (live === null) throw unusable('subject')
  // `require_acr` is the least of every token of the client, so a sign-in elsewhere that is less is none.
  if (live.userGrant !== null && !isReached(demandOfClient(client), live.userGrant.grant)) {
    throw unusable('subject')
  }
  if (actor !== null && liveActor === null) throw unusable('actor')

  const user = live.userGrant?.user
  const asked = parameters.get('scope')
  const scope = scopeOf(as, client, subject, targets, asked, user?.scope ?? null)
  const latest = Math.min(accessTokenExpiry(as, client), subject.expiresAt)
  const issued = await issue(as, {
    client,
    grantId: subject.grantId ?? undefined,
    scope,
    targets,
    authorizationDetails,
    confirmation,
    issuedAfter,
    latest,
    more: { ...inherited(client, subject), act },
  })
  return { ...issued, issuedTokenType, user }
}

type Exchange = { subject: AccessToken; actor: AccessToken | null; issuedTokenType: string }

/** Reads the tokens of a request. A token that cannot be read is rejected, never ignored. */
async function readExchange(
  as: AuthorizationServer,
  client: Client,
  parameters: Parameters,
): Promise<Exchange> {
  const subjectToken = requireParameter(parameters, 'subject_token')
  requireTokenType('subject_token_type', requireParameter(parameters, 'subject_token_type'))
  const [issuedTokenType] = tokenTypes
  const requested = parameters.get('requested_token_type') ?? issuedTokenType
  requireTokenType('requested_token_type', requested)
  const subject = await readAccessToken(as, subjectToken)
  if (subject === null) throw unusable('subject')
  const actor = await readActor(as, client, parameters)
  return { subject, actor, issuedTokenType: requested }
}

/**
 * "REQUIRED when the actor_token parameter is present in the request but MUST NOT be included
 * otherwise."
 */
async function readActor(
  as: AuthorizationServer,
  client: Client,
  parameters: Parameters,
): Promise<AccessToken | null> {
  const text = parameters.get('actor_token')
  const type = parameters.get('actor_token_type')
  if (text === undefined && type === undefined) return null
  if (text === undefined || type === undefined) {
    throw invalidRequest('actor_token and actor_token_type belong together')
  }
  requireTokenType('actor_token_type', type)
  const actor = await readAccessToken(as, text)
  // Whoever was sent the token of another could otherwise act in that one's name.
  if (actor === null || actor.clientId !== client.id) throw unusable('actor')
  return actor
}

function requireTokenType(parameter: string, type: string): void {
  if (tokenTypes.some((known) => known === type)) return
  throw invalidRequest(`the ${parameter} is not supported`)
}

const unusable = (which: 'subject' | 'actor'): OAuthError =>
  invalidRequest(`the ${which} token is not acceptable`)

/** Requires the key of a bound token, so that a thief cannot exchange it for a bearer token. */
function requireKey({ confirmation }: AccessToken, proved: TokenRequest['confirmation']): void {
  if (confirmation === null) return
  if (proves(proved, confirmation)) return
  throw invalidRequest('a token is bound to a key that the request does not prove')
}

/**
 * Returns what the new token is for: the registered resources that `resource` and `audience` name, or
 * those of the subject token. One that is not registered is known only by the subject token.
 * @throws invalid_target
 */
async function targetsFor(
  as: AuthorizationServer,
  client: Client,
  subject: AccessToken,
  parameters: Parameters,
): Promise<readonly Target[]> {
  const isResource = (name: string): boolean => !as.ownIssuers.includes(name) && URL.canParse(name)
  const ofSubject = subject.audience.filter(isResource)
  // A token without a resource is one for this server.
  if (ofSubject.length === 0 && !isForUs(as, subject)) throw unusable('subject')
  const named = [...valuesOf(parameters, 'resource'), ...valuesOf(parameters, 'audience')]
  if (named.length === 0) return remainingTargets(as, client, ofSubject)
  const targets = await namedTargets(as, client, named)
  const keys = ofSubject.map(resourceKey)
  const isKnown = ({ uri, metadata }: Target): boolean =>
    metadata !== null || keys.includes(resourceKey(uri))
  if (!targets.every(isKnown)) throw invalidTarget('the resource or audience is unknown')
  return targets
}

/**
 * Returns the scope of the new token: no name that the subject token, the client or the user lacks, nor
 * one that the client could not be given by a sign-in.
 */
function scopeOf(
  as: AuthorizationServer,
  client: Client,
  subject: AccessToken,
  targets: readonly Target[],
  requested: string | undefined,
  userScope: string | null,
): readonly string[] {
  if (requested === undefined && subject.scope.length === 0) return []
  const ofUser = userScope === null ? null : storedScope(userScope)
  const allowed = subject.scope.filter((name) => ofUser === null || ofUser.includes(name))
  const asked = requested ?? allowed.join(' ')
  const granted = grantScopeAt(targets, asked, client.metadata.scope, allowed.join(' '))
  return scopeOfSignIn(as, client, granted)
}

/**
 * Returns what the new token inherits: its subject, their sign-in, and the grant with which it ends.
 */
function inherited(client: Client, { claims, subject, grantClientId }: AccessToken) {
  const { auth_time, acr, amr } = claims
  return {
    ...{ sub: subject, auth_time, acr, amr },
    ...(grantClientId === client.id ? {} : { grant_client_id: grantClientId }),
  }
}
