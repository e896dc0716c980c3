// Registration management: a client reads, replaces or deletes its registration. RFC 7592.
import { digestOf, equalInConstantTime, randomSecret } from '../../crypto/secret.ts'
import { invalidClientMetadata, invalidToken } from '../../protocol/error.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { auditOf } from '../server/audit.ts'
import { tellKv } from '../server/revocation-outbox.ts'
import { hasSecret } from './authentication.ts'
import type { RegisteredMetadata } from './metadata.ts'
import { withMembersOfOperator } from './registration-metadata.ts'
import { type Described, type Registration, newRegistrationAccessToken } from './registration.ts'
import type { Client, ClientChange } from './storage.ts'

/**
 * Seconds for which a replaced registration access token still counts, unless its successor is used.
 */
const overlap = 86_400

/** Compared against where there is nothing: an unknown client costs the same work. */
const nobody = 'A'.repeat(43)

/**
 * Returns the client that a registration access token belongs to. An unknown client, one that did not
 * register itself, a disabled one and a wrong token get the same refusal.
 * @throws invalid_token
 */
export async function requireRegisteredClient(
  as: AuthorizationServer,
  clientId: string,
  token: string,
): Promise<Client> {
  const digest = await digestOf(token)
  // As the primary has it: a token that was replaced a moment ago must not count for ten seconds.
  const client = await as.store.clients.find(clientId)
  if (!proves(client, digest, as.now) || client === null) throw refused()
  as.nameClient(client.id)
  return client
}

const refused = () => invalidToken('the registration access token is not valid')

/**
 * Returns whether the digest is that of a registration access token of the client that still counts.
 */
function proves(client: Client | null, digest: string, now: number): boolean {
  const { previousRegistrationTokenExpiresAt: expiresAt = null } = client ?? {}
  const isCurrent = equalInConstantTime(digest, client?.registrationTokenDigest ?? nobody)
  const isPrevious = equalInConstantTime(digest, client?.previousRegistrationTokenDigest ?? nobody)
  if (client === null || client.disabledAt !== null) return false
  return isCurrent || (isPrevious && expiresAt !== null && now < expiresAt)
}

/**
 * Returns the registration of a client. The first use of a new registration access token ends the one
 * before it: its answer has arrived.
 * @throws invalid_token
 */
export async function showRegistration(
  as: AuthorizationServer,
  clientId: string,
  token: string,
): Promise<Registration> {
  const client = await requireRegisteredClient(as, clientId, token)
  const digest = await digestOf(token)
  const isFirstUse =
    client.previousRegistrationTokenDigest !== null && client.registrationTokenDigest === digest
  if (!isFirstUse) return { client, registrationToken: token }
  const audit = auditOf(as, 'client.registration-token-confirmed', { clientId })
  const confirmed = await as.store.clients.change(
    clientId,
    (before) => {
      if (!proves(before, digest, as.now)) throw refused()
      return before.registrationTokenDigest === digest ? withoutPrevious : {}
    },
    audit,
  )
  if (confirmed === null) throw refused()
  return { client: confirmed, registrationToken: token }
}

const withoutPrevious: ClientChange = {
  previousRegistrationTokenDigest: null,
  previousRegistrationTokenExpiresAt: null,
}

/** Members of an answer that no request may set. RFC 7592 2.2: "MUST NOT include". */
const answeredOnly = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

/**
 * Replaces what a client says of itself, and its registration access token. What the operator set
 * stays: a client could otherwise rid itself of its profile. The token that was presented stays good
 * until the new one is first used, so that a lost answer locks nobody out.
 * @throws invalid_client_metadata, invalid_token where another change ended the token meanwhile
 */
export async function replaceRegistration(
  as: AuthorizationServer,
  { id }: Client,
  token: string,
  document: Readonly<Record<string, unknown>>,
  { metadata, statement }: Described,
): Promise<Registration> {
  const forbidden = answeredOnly.find((name) => name in document)
  if (forbidden !== undefined) throw invalidClientMetadata(`${forbidden} must not be sent`)
  // "The updated client metadata fields request MUST include the "client_id" field" of the client.
  if (document['client_id'] !== id)
    throw invalidClientMetadata('client_id must be that of the client')
  const presented = await digestOf(token)
  const sentSecret = await secretIn(document)
  const registrationToken = newRegistrationAccessToken()
  const registrationTokenDigest = await digestOf(registrationToken)
  const fresh = randomSecret()
  const freshDigest = await digestOf(fresh)
  const replaced = await as.store.clients.change(
    id,
    (before) => {
      if (!proves(before, presented, as.now)) throw refused()
      if (sentSecret !== null && sentSecret.digest !== before.secretDigest) {
        throw invalidClientMetadata('client_secret must be the present one, or be left out')
      }
      const merged = withMembersOfOperator(metadata, before.metadata)
      if ('fault' in merged) throw invalidClientMetadata(`${merged.field} ${merged.fault}`)
      return {
        metadata: merged.metadata,
        softwareStatement: statement,
        registrationTokenDigest,
        previousRegistrationTokenDigest: presented,
        previousRegistrationTokenExpiresAt: expiryOf(before, presented, as.now),
        ...secretAfter(before, merged.metadata, freshDigest),
      }
    },
    auditOf(as, 'client.registration-changed', { clientId: id, detail: fieldsOf(document) }),
  )
  as.clients.forget(id)
  tellKv(as)
  if (replaced === null) throw refused()
  const secret = replaced.secretDigest === freshDigest ? fresh : sentSecret?.text
  return { client: replaced, secret, registrationToken }
}

const fieldsOf = (document: object) => ({ fields: Object.keys(document).slice(0, 50) })

async function secretIn({
  client_secret: text,
}: Readonly<Record<string, unknown>>): Promise<{ text: string; digest: string } | null> {
  if (text === undefined || text === null) return null
  if (typeof text === 'string') return { text, digest: await digestOf(text) }
  throw invalidClientMetadata('client_secret must be a string')
}

/** A token that was replaced before keeps its end: a client that never reads answers has 24 hours. */
const expiryOf = (before: Client, presented: string, now: number): number =>
  before.registrationTokenDigest === presented
    ? now + overlap
    : (before.previousRegistrationTokenExpiresAt ?? now)

/**
 * Returns what becomes of the secret. Another authentication method makes another secret: what a
 * client showed by one method may be known where the other one is not used.
 */
function secretAfter(
  before: Client,
  metadata: RegisteredMetadata,
  freshDigest: string,
): ClientChange {
  if (!hasSecret(metadata)) return { secretDigest: null, previousSecretDigest: null }
  const isSameMethod =
    before.metadata.token_endpoint_auth_method === metadata.token_endpoint_auth_method
  if (isSameMethod && before.secretDigest !== null) return {}
  return { secretDigest: freshDigest, previousSecretDigest: null }
}

/**
 * Deletes a client: its codes, grants and tokens end at once.
 * @throws invalid_token
 */
export async function deleteRegistration(
  as: AuthorizationServer,
  clientId: string,
  token: string,
): Promise<void> {
  await requireRegisteredClient(as, clientId, token)
  const audit = auditOf(as, 'client.registration-deleted', { clientId })
  const deleted = await as.store.clients.delete(clientId, audit)
  as.clients.forget(clientId)
  if (!deleted) throw refused()
  tellKv(as)
}
