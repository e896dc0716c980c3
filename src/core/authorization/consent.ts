// Consent: whether a person must be asked before a client gets access, and what their answer is worth.
// Consents are kept by user, client, resource and scope. OpenID Connect Core 3.1.2.4, RFC 9700 4.
import { provesItsHost } from '../../protocol/redirect-uri.ts'
import { isWithin, storedScope } from '../../protocol/scope.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { isConfidential } from '../clients/authentication.ts'
import { scopeOfSignIn } from '../clients/first-party.ts'
import { scopeOf } from '../clients/scope.ts'
import type { ConsentQuery } from '../clients/storage.ts'
import type { SessionStanding } from '../people/storage.ts'
import { scopesOfClaims } from '../tokens/claims-request.ts'
import { grantScopeAt, scopeAt } from '../tokens/target.ts'
import type { AuthorizationGoal } from './goal.ts'
import type { ResponseTarget } from './response-target.ts'
import type { NewConsent } from './storage.ts'

/** The request, and the client that asks. */
type Asked = Pick<AuthorizationGoal, 'target' | 'request'>

/**
 * Returns the resources that a consent must cover (RFC 8707 2); '' is this server itself, where the
 * request names none.
 */
export const consentResources = (resource: readonly string[]): readonly string[] =>
  resource.length === 0 ? [''] : resource

/** Returns which consents concern a request. */
export const consentQuery = ({ target, request }: Asked): ConsentQuery => ({
  clientId: target.client.id,
  resources: consentResources(request.resource),
})

/**
 * Returns the scope that a request may be granted: what is asked for, within what client, resources and
 * user may have. RFC 6749 3.3.
 * @throws invalid_scope
 */
export function grantableScope(
  as: AuthorizationServer,
  { target, request }: Asked,
  { user }: SessionStanding,
): readonly string[] {
  const { client } = target
  const allowed = grantScopeAt(request.targets, request.scope, scopeOf(client), user.scope)
  return scopeOfSignIn(as, client, allowed)
}

/**
 * Returns the scope that a consent is asked for. Single claims are asked for as the scopes that they
 * belong to (OpenID Connect Core 5.5).
 * @throws invalid_scope
 */
export function askedScope(
  as: AuthorizationServer,
  asked: Asked,
  standing: SessionStanding,
): readonly string[] {
  const { userinfo, idToken } = asked.request.claims
  const { client } = asked.target
  const ofClaims = scopesOfClaims([...userinfo, ...idToken], client, standing.user)
  return [...new Set([...grantableScope(as, asked, standing), ...ofClaims])]
}

/** Returns whether the client needs a consent to this scope that does not stand yet. */
export function mustConsent(
  { target, request }: Asked,
  { consents }: SessionStanding,
  scope: readonly string[],
): boolean {
  // Another name or other redirects make it a client that nobody has agreed to.
  if (target.documentChange === 'identity') return true
  if (skipsConsent({ target, request })) return false
  // What exactly is asked for differs each time: it is always shown and never remembered (RFC 9396 2).
  if (request.details.length > 0 || !isAssured(target)) return true
  return !partsOf({ target, request }, scope).every((part) =>
    consents.some(
      (one) => one.resource === part.resource && isWithin(part.scope, storedScope(one.scope)),
    ),
  )
}

/**
 * Returns what a consent is about: each resource with the part of the scope that belongs to it. Scopes
 * of two resources may share a name, and a yes for one of them is none for the other.
 */
const partsOf = (
  { target: { client }, request: { targets } }: Asked,
  scope: readonly string[],
): readonly { resource: string; scope: readonly string[] }[] =>
  targets.length === 0
    ? [{ resource: '', scope }]
    : targets.map((one) => ({
        resource: one.uri,
        scope: scopeAt([one], scope, client.metadata.scope),
      }))

/**
 * Returns whether nobody is asked: the operator trusts the client, it is assured who gets the answer,
 * and the request has no authorization details.
 */
export const skipsConsent = ({ target, request }: Asked): boolean =>
  target.client.metadata.trusted && isAssured(target) && request.details.length === 0

/**
 * Returns whether it is assured who will get the answer: the client has a secret, or TLS proves the
 * host. Otherwise anyone on the device can take the client's name, so a consent is neither skipped nor
 * remembered (RFC 8252 8.6, ASVS 10.7.1).
 */
const isAssured = ({ client, redirectUri }: ResponseTarget): boolean =>
  isConfidential(client) || provesItsHost(redirectUri)

/**
 * Returns what a yes to this scope allows; storage adds it to what stands. Where it is not assured who
 * gets the answer, the yes lets one code through and adds nothing that is remembered.
 */
export function consentGiven(
  as: AuthorizationServer,
  { target, request }: Asked,
  scope: readonly string[],
): NewConsent {
  const isRemembered = isAssured(target)
  const covered = partsOf({ target, request }, scope).map((part) => ({
    resource: part.resource,
    scope: isRemembered ? part.scope.join(' ') : '',
  }))
  const { id: clientId } = target.client
  const described = target.documentChange === 'none' ? null : target.client
  return { clientId, covered, grantedAt: as.now, described }
}
