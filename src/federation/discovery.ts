// Provider metadata (OpenID Connect Discovery 1.0), cached by an isolate for ten minutes. Only the
// document at the issuer's own address counts.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { ProviderConfiguration } from '../core/providers/configuration.ts'
import { isYounger } from '../core/server/age.ts'
import { setNewest } from '../protocol/bounded-map.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { gitHubEndpoints, requireGitHub } from './github.ts'
import { publishedIssuer } from './microsoft.ts'
import { OutboundError, guardedFetch, jsonObjectOf, outboundFault } from './outbound.ts'
import { FailureLimit } from './fetch-limit.ts'
import { providerPorts } from './provider-ports.ts'
import { SharedReads } from './shared-reads.ts'

/** Seconds for which a document is cached. */
const lifetime = 600

/** Maximum number of cached documents. The oldest is removed first. */
const mostDocuments = 50

const url = once(() => v.pipe(v.string(), v.maxLength(2000)))

const metadata = once(() =>
  v.object({
    issuer: url(),
    authorization_endpoint: url(),
    token_endpoint: url(),
    jwks_uri: url(),
    userinfo_endpoint: v.optional(url()),
    authorization_response_iss_parameter_supported: v.optional(v.boolean()),
  }),
)
export type ProviderMetadata = v.InferOutput<ReturnType<typeof metadata>>

const kept = new Map<string, { document: ProviderMetadata; readAt: number }>()

/** By issuer: anybody can press the button of a provider, as often as they like. */
const failures = new FailureLimit()

const reads = new SharedReads<ProviderMetadata>()

/**
 * Returns the metadata of a provider (OpenID Connect Discovery 4).
 * @throws OutboundError if the document is unavailable or belongs to another issuer, or if it has failed
 *   too often in this minute
 */
export async function discover(
  as: AuthorizationServer,
  configuration: ProviderConfiguration,
): Promise<ProviderMetadata> {
  const { issuer } = configuration
  const known = kept.get(issuer)
  if (known !== undefined && isYounger(known.readAt, as.now, lifetime)) return known.document
  return reads.read(as, issuer, async () => {
    const document = await failures.run(issuer, as.now, () => fetched(as, configuration))
    setNewest(kept, issuer, { document, readAt: as.now }, mostDocuments)
    return document
  })
}

async function fetched(
  as: AuthorizationServer,
  configuration: ProviderConfiguration,
): Promise<ProviderMetadata> {
  const { issuer } = configuration
  const allow = { ports: providerPorts(configuration) }
  // "the Issuer with any terminating / removed before appending": Discovery 4.1.
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const headers = { Accept: 'application/json' }
  const parsed = v.safeParse(
    metadata(),
    jsonObjectOf(await guardedFetch(as, address, { headers }, allow)),
  )
  // "The issuer value returned MUST be identical to the Issuer URL that was used as the prefix."
  if (!parsed.success || parsed.output.issuer !== publishedIssuer(configuration)) {
    throw new OutboundError('malformed', 'the response is not the metadata of the issuer')
  }
  // Browsers are redirected there, so other schemes and our own addresses are rejected.
  if (outboundFault(as, parsed.output.authorization_endpoint, allow) !== null) {
    throw new OutboundError('malformed', 'the authorization endpoint is not acceptable')
  }
  return parsed.output
}

/** What a sign-in needs to know before anybody leaves for the provider. */
type Endpoints = Pick<ProviderMetadata, 'authorization_endpoint' | 'token_endpoint'> &
  Partial<ProviderMetadata>

/**
 * Returns the endpoints of a provider: those of its metadata, or those that its preset knows.
 * @throws OutboundError
 */
export async function endpointsOf(
  as: AuthorizationServer,
  configuration: ProviderConfiguration,
): Promise<Endpoints> {
  return configuration.preset === 'github'
    ? gitHubEndpoints(configuration)
    : discover(as, configuration)
}

/** Asks whether a provider answers. @throws OutboundError */
export async function requireAnswering(
  as: AuthorizationServer,
  configuration: ProviderConfiguration,
): Promise<void> {
  await (configuration.preset === 'github' ? requireGitHub : discover)(as, configuration)
}
