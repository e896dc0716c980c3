// Client authentication: from credentials to a client, or invalid_client. RFC 6749 2.3.
import {
  type ClientReason,
  invalidClient,
  invalidRequest,
  unauthorizedClient,
} from '../../protocol/error.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { mayDescribeClient } from './asking-client.ts'
import { spend } from '../server/spending.ts'
import type { GrantType, RegisteredMetadata } from './metadata.ts'
import {
  type ClientCredentials,
  type ClientMethod,
  type ClientProof,
  type CredentialSources,
  methodsOf,
} from './methods/method.ts'
import { clientMethods } from './methods/methods.ts'
import { none } from './methods/none.ts'
import type { Client } from './storage.ts'

/** What a face tolerates beyond the standard. */
export type ClientTolerance = {
  /** A header takes precedence over the body; otherwise two credentials at once are refused. */
  headerWins?: true
  /** Takes any method with a secret from any client with a secret, whichever it registered. */
  anySecretMethod?: true
  /** Ignores a secret that a public client sends. */
  ignoresSecretOfPublicClient?: true
}

/** The credentials of a request and the method that they are for. */
export type PresentedCredentials = ClientCredentials & { method: ClientMethod }

/**
 * Reads the credentials of a request; without any, the method is `none`.
 * @throws invalid_client (malformed header), invalid_request (more than one method: 6749 2.3)
 */
export function readCredentials(
  sources: CredentialSources,
  tolerance: ClientTolerance,
): PresentedCredentials {
  const presented = clientMethods.flatMap((method): PresentedCredentials[] => {
    const credentials = method.read(sources)
    return credentials === null ? [] : [{ ...credentials, method }]
  })
  const [first = unnamed, ...others] = presented
  if (tolerance.headerWins === true) return first
  // "The client MUST NOT use more than one authentication method in each request."
  if (others.some(({ method }) => method !== none)) {
    throw invalidRequest('more than one client credential was sent')
  }
  const named = sources.parameters.get('client_id')
  if (named !== undefined && named !== first.clientId) {
    throw invalidRequest('the client_id differs from the one in the Authorization header')
  }
  return first
}

const unnamed: PresentedCredentials = { clientId: undefined, clientSecret: undefined, method: none }

/**
 * Authenticates the client of a request, and spends its assertion at once: for faces without a batch
 * that the assertion could ride in.
 * @throws invalid_client, too_many_requests, temporarily_unavailable
 */
export async function authenticateClient(
  as: AuthorizationServer,
  credentials: PresentedCredentials,
  tolerance?: ClientTolerance,
): Promise<Client> {
  const { client, spends = [] } = await proveClient(as, credentials, tolerance)
  await spend(as, spends)
  return client
}

/** How an endpoint finds the client that a request names. */
export type FindClient = (as: AuthorizationServer, id: string) => Promise<Client | null>

const findRegistered: FindClient = (as, id) => as.clients.find(id, as.now)

type ProvedClient = ClientProof & { client: Client }

/**
 * Authenticates a client without spending its assertion. Returns the client and the secret that proved
 * it, undefined without one. The caller must spend what the proof spends (RFC 7523 3, `jti`). An
 * unknown client and a wrong secret get the same answer and cost the same time.
 * @throws invalid_client, too_many_requests, temporarily_unavailable
 */
export async function proveClient(
  as: AuthorizationServer,
  credentials: PresentedCredentials,
  tolerance: ClientTolerance = {},
  findClient: FindClient = findRegistered,
): Promise<ProvedClient> {
  const { clientId, clientSecret, assertion } = credentials
  if (clientId === undefined) throw refused('client_missing')
  const remembered = as.clients.remembers(clientId, as.now)
  const client = await findClient(as, clientId)
  const proof = await proofOf(as, client, credentials, tolerance)
  if (proof !== null) return proved(as, client, proof)
  // A secret or a key that was changed moments ago must work at once: once more, on a fresh read.
  if (remembered && (clientSecret !== undefined || assertion !== undefined)) {
    const fresh = await as.clients.read(clientId, as.now)
    const freshProof = await proofOf(as, fresh, credentials, tolerance)
    if (freshProof !== null) return proved(as, fresh, freshProof)
  }
  if (client === null) throw refused('client_unknown')
  if (assertion !== undefined) {
    throw invalidClient('the client_assertion is not signed by a registered key of the client', {
      reason: 'assertion_wrong',
    })
  }
  throw refused(clientSecret === undefined ? 'secret_missing' : 'secret_wrong')
}

async function proved(
  as: AuthorizationServer,
  client: Client | null,
  proof: ClientProof,
): Promise<ProvedClient> {
  const known = enabled(as, client)
  as.nameClient(known.id)
  // Anybody can name a public client: its limit would be theirs to use up.
  if (isConfidential(known)) await as.rateLimits.requireOfClient(known.id, as.now)
  return { client: known, ...proof }
}

/**
 * Returns whether the credentials prove a client that is not disabled, without reading or spending anything:
 * for the time when D1 does not answer. Credentials that have to be spent prove nothing here.
 */
export async function provesClient(
  as: AuthorizationServer,
  client: Client,
  credentials: PresentedCredentials,
): Promise<boolean> {
  const proof = await proofOf(as, client, credentials, {})
  return proof !== null && (proof.spends ?? []).length === 0 && isEnabled(as, client)
}

/** Returns what in the credentials proves the client, or null where nothing does. */
async function proofOf(
  as: AuthorizationServer,
  client: Client | null,
  credentials: PresentedCredentials,
  tolerance: ClientTolerance,
): Promise<ClientProof | null> {
  const { method, clientSecret, assertion } = credentials
  // A bad assertion never falls back to another method.
  if (client !== null && !isConfidential(client) && assertion === undefined) {
    if (tolerance.ignoresSecretOfPublicClient === true) return { clientSecret }
    return none.prove(client, credentials, as)
  }
  const used = method === none ? methodOfConnection(client) : method
  const proof = await used.prove(client, credentials, as)
  return client !== null && mayUse(client, used, tolerance) ? proof : null
}

/**
 * Returns the method of a request that only names its client: a certificate may prove it (RFC 8705 2),
 * and the methods that need more find nothing in the request.
 */
const methodOfConnection = (client: Client | null): ClientMethod =>
  clientMethods.find(({ name }) => name === client?.metadata.token_endpoint_auth_method) ?? none

function mayUse({ metadata }: Client, method: ClientMethod, tolerance: ClientTolerance): boolean {
  if (methodsOf(metadata).includes(method.name)) return true
  const isFree = !metadata.token_endpoint_auth_method_named || tolerance.anySecretMethod === true
  return isFree && method.sharesSecret
}

/**
 * Returns the client for requests without a client_id, for faces that have none; a setting names it.
 * @throws invalid_client where it is unset, unknown or disabled
 */
export async function requireOwningClient(
  as: AuthorizationServer,
  clientId: string | undefined,
): Promise<Client> {
  if (clientId === undefined) throw refused('client_missing')
  const client = enabled(as, await as.clients.find(clientId, as.now))
  as.nameClient(client.id)
  return client
}

function enabled(as: AuthorizationServer, client: Client | null): Client {
  if (client === null || !isEnabled(as, client)) throw refused('client_unknown')
  return client
}

/** The operator may have closed the door to the hosts of documents since. */
const isEnabled = (as: AuthorizationServer, client: Client): boolean =>
  client.disabledAt === null && (client.origin !== 'cimd' || mayDescribeClient(as, client.id))

const refused = (reason: ClientReason) => invalidClient('client authentication failed', { reason })

/** Returns whether the request names no client and brings nothing that could prove one. */
export const isUnnamed = ({ clientId, clientSecret, assertion }: ClientCredentials): boolean =>
  clientId === undefined && clientSecret === undefined && assertion === undefined

/**
 * @throws unauthorized_client where the client is not registered for the grant type, or is not trusted
 *   with the passwords of users.
 */
export function requireGrantType(client: Client, grantType: GrantType): void {
  if (!client.metadata.grant_types.includes(grantType)) {
    throw unauthorizedClient('the client is not registered for this grant type')
  }
  if (grantType === 'password' && !client.metadata.trusted) {
    throw unauthorizedClient('the password grant is for trusted clients only')
  }
}

/** Returns whether the client authenticates with a secret that it shares with the server. */
export const hasSecret = ({ token_endpoint_auth_method }: RegisteredMetadata): boolean =>
  clientMethods.some(
    ({ name, sharesSecret }) => sharesSecret && name === token_endpoint_auth_method,
  )

/** Returns whether the client can keep a secret (RFC 6749 2.1). */
export const isConfidential = (client: Client): boolean =>
  client.metadata.token_endpoint_auth_method !== none.name

/**
 * Returns whether the client is public and speaks for itself: it registered itself, or a document
 * describes it. These are the apps of agents, which run on many devices, in several processes, and
 * behind networks that come and go.
 */
export const isSelfDescribedApp = (client: Client): boolean =>
  (client.origin === 'dcr' || client.origin === 'cimd') && !isConfidential(client)
