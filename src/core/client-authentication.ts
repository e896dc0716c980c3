// Who is asking: credentials -> client, or invalid_client. RFC 6749 2.3.
import { invalidClient, unauthorizedClient, type Reason } from '../protocol/error.ts'
import type { grantTypes } from '../protocol/client-metadata.ts'
import { digestOf, equalInConstantTime } from '../crypto/secret.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import type { Client } from './records.ts'

/** What a request brought along to authenticate its client. */
export type ClientCredentials = {
  clientId: string | undefined
  clientSecret: string | undefined
  /**
   * The secret before it was form-decoded, where that is another text: "the client password is
   * encoded using the same algorithm" (RFC 6749 2.3.1), but curl and many libraries do not.
   */
  clientSecretAsSent?: string
  /** Where the secret stood; `none` = there was none. */
  method: 'none' | 'client_secret_basic' | 'client_secret_post'
}

/** What a face tolerates beyond the standard. */
export type AuthenticationTolerance = {
  /** Takes Basic and post from any client with a secret, whichever method it registered. */
  anySecretMethod?: boolean
  /** Ignores a secret that a public client sends. */
  ignoresSecretOfPublicClient?: boolean
}

// Compared against where there is no client, so that an unknown client costs the same work.
const nobody = 'A'.repeat(43)

/** The client that the credentials prove. @throws invalid_client */
export async function authenticateClient(
  as: AuthorizationServer,
  credentials: ClientCredentials,
  tolerance?: AuthenticationTolerance,
): Promise<Client> {
  return (await proveClient(as, credentials, tolerance)).client
}

type Proof = Pick<ClientCredentials, 'clientSecret'>
type ProvedClient = Proof & { client: Client }

/**
 * The client that the credentials prove, and the secret that did: undefined where there was none.
 * Unknown client and wrong secret give one and the same answer and the same work.
 * @throws invalid_client
 */
export async function proveClient(
  as: AuthorizationServer,
  credentials: ClientCredentials,
  tolerance: AuthenticationTolerance = {},
): Promise<ProvedClient> {
  const { clientId, clientSecret } = credentials
  if (clientId === undefined) throw refused('client_missing')
  const remembered = as.clients.remembers(clientId, as.now)
  const client = await as.clients.find(clientId, as.now)
  const proof = await proofOf(client, credentials, tolerance)
  if (proof !== null) return proved(as, client, proof)
  // A secret that was rotated moments ago must work at once: once more, on a fresh read.
  if (remembered && clientSecret !== undefined) {
    const fresh = await as.clients.read(clientId, as.now)
    const freshProof = await proofOf(fresh, credentials, tolerance)
    if (freshProof !== null) return proved(as, fresh, freshProof)
  }
  if (client === null) throw refused('client_unknown')
  throw refused(clientSecret === undefined ? 'secret_missing' : 'secret_wrong')
}

function proved(as: AuthorizationServer, client: Client | null, proof: Proof): ProvedClient {
  const known = enabled(client)
  as.nameClient(known.id)
  return { client: known, ...proof }
}

/** The secret by which the credentials prove the client, or null where they do not. */
async function proofOf(
  client: Client | null,
  credentials: ClientCredentials,
  tolerance: AuthenticationTolerance,
): Promise<Proof | null> {
  const { clientSecret, clientSecretAsSent, method } = credentials
  const registered = client?.metadata.token_endpoint_auth_method
  if (registered === 'none') {
    const isRight = clientSecret === undefined || tolerance.ignoresSecretOfPublicClient === true
    return isRight ? { clientSecret } : null
  }
  const methodIsRight =
    method === registered ||
    tolerance.anySecretMethod === true ||
    client?.metadata.token_endpoint_auth_method_named === false
  let proof: { clientSecret: string } | null = null
  // Every reading is compared, whichever matches: the time says nothing about the secret.
  for (const secret of [clientSecret, clientSecretAsSent]) {
    if (secret === undefined) continue
    const digest = await digestOf(secret)
    const matchesCurrent = equalInConstantTime(digest, client?.secretDigest ?? nobody)
    const matchesPrevious = equalInConstantTime(digest, client?.previousSecretDigest ?? nobody)
    if (matchesCurrent || matchesPrevious) proof = { clientSecret: secret }
  }
  return client !== null && methodIsRight ? proof : null
}

/**
 * The client in whose name a face logs people in that names none itself; its id is a setting.
 * @throws invalid_client where it is unset, unknown or disabled
 */
export async function requireOwningClient(
  as: AuthorizationServer,
  clientId: string | undefined,
): Promise<Client> {
  if (clientId === undefined) throw refused('client_missing')
  const client = enabled(await as.clients.find(clientId, as.now))
  as.nameClient(client.id)
  return client
}

function enabled(client: Client | null): Client {
  if (client === null || client.disabledAt !== null) throw refused('client_unknown')
  return client
}

const refused = (reason: Reason) => invalidClient('client authentication failed', { reason })

/**
 * @throws unauthorized_client where the client is not registered for the grant type, or is not
 *   trusted with the passwords of users.
 */
export function requireGrantType(client: Client, grantType: (typeof grantTypes)[number]): void {
  if (!client.metadata.grant_types.includes(grantType)) {
    throw unauthorizedClient('the client is not registered for this grant type')
  }
  if (grantType === 'password' && !client.metadata.trusted) {
    throw unauthorizedClient('the password grant is for trusted clients only', {
      reason: 'client_not_trusted',
    })
  }
}

/** Whether the client can keep a secret (RFC 6749 2.1). */
export const isConfidential = (client: Client): boolean =>
  client.metadata.token_endpoint_auth_method !== 'none'
