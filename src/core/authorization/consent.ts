// Consent: whether a person must be asked before a client gets access, and what an answer is worth.
// It is kept per user, client, resource and scope. OpenID Connect Core 3.1.2.4, RFC 9700 4.
import { provesItsHost } from '../../protocol/redirect-uri.ts'
import { isWithin, storedScope } from '../../protocol/scope.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { isConfidential } from '../clients/authentication.ts'
import type { ConsentQuery } from '../clients/storage.ts'
import type { SessionStanding } from '../people/storage.ts'
import { scopeAt } from '../tokens/target.ts'
import type { AuthorizationRequest, ResponseTarget } from './request.ts'
import type { NewConsent } from './storage.ts'

/** The resources that a consent must cover; '' is this server itself, where none was named. */
export const consentResources = (resource: readonly string[]): readonly string[] =>
  resource.length === 0 ? [''] : resource

/** Which consents concern a request. */
export const consentQuery = (
  { client }: ResponseTarget,
  { resource }: AuthorizationRequest,
): ConsentQuery => ({ clientId: client.id, resources: consentResources(resource) })

/** Whether the consent page must be shown before the client gets this scope. */
export function mustConsent(
  target: ResponseTarget,
  request: AuthorizationRequest,
  { consents }: SessionStanding,
  scope: readonly string[],
): boolean {
  if (request.prompt.includes('consent')) return true
  if (skipsConsent(target)) return false
  if (!isAssured(target)) return true
  return !partsOf(target, request, scope).every((part) =>
    consents.some(
      (one) => one.resource === part.resource && isWithin(part.scope, storedScope(one.scope)),
    ),
  )
}

/**
 * What a consent is about: each resource with the part of the scope that belongs to it. Scopes of two
 * resources may share a name, and a yes for one of them is none for the other.
 */
const partsOf = (
  { client }: ResponseTarget,
  { targets }: AuthorizationRequest,
  scope: readonly string[],
): readonly { resource: string; scope: readonly string[] }[] =>
  targets.length === 0
    ? [{ resource: '', scope }]
    : targets.map((one) => ({
        resource: one.uri,
        scope: scopeAt([one], scope, client.metadata.scope),
      }))

/** Whether nobody is asked: the operator trusts the client, and it is assured who gets the answer. */
export const skipsConsent = (target: ResponseTarget): boolean =>
  target.client.metadata.trusted && isAssured(target)

/**
 * Whether it is assured who will get the answer: the client has a secret, or TLS proves the host.
 * Otherwise anyone on the device can take the client's name, so a consent is neither skipped nor
 * remembered (RFC 8252 8.6, ASVS 10.7.1).
 */
const isAssured = ({ client, redirectUri }: ResponseTarget): boolean =>
  isConfidential(client) || provesItsHost(redirectUri)

/**
 * What a yes to this scope makes of the consents that stand. Where it is not assured who gets the
 * answer, it lets one code through and adds nothing to what is remembered.
 */
export function consentGiven(
  as: AuthorizationServer,
  target: ResponseTarget,
  request: AuthorizationRequest,
  { consents }: SessionStanding,
  scope: readonly string[],
): NewConsent {
  const isRemembered = isAssured(target)
  const covered = partsOf(target, request, scope).map((part) => {
    const { resource } = part
    const before = storedScope(consents.find((one) => one.resource === resource)?.scope ?? '')
    const remembered = isRemembered ? new Set([...before, ...part.scope]) : before
    return { resource, scope: [...remembered].join(' ') }
  })
  return { clientId: target.client.id, covered, grantedAt: as.now }
}
