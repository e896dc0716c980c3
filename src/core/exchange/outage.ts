// Refreshing while D1 does not answer, by the records of the grant and its client in KV
// (tokens/kept-grant.ts).
//
// Nothing rotates, because only D1 can decide between two requests with one refresh token: its holder gets
// the same refresh token back, and an access token of at most five minutes. A record may be older than D1,
// so that it can only prove a request, and never refute one: whatever does not fit the record is 503, and no
// answer says anything about credentials or a token that D1 might still accept. A request is refused only
// for what it proves wrong itself: its proof of possession, the key that its grant is bound to, a scope or
// a resource beyond its grant.
//
// The digest of the current refresh token, the expiry and the revocation lists in KV decide instead of D1.
// The lists may be a minute old, and a record may be older than the grant if KV refused the put after a
// rotation. Whoever has stolen the token that was current then gets access tokens of five minutes until D1
// is back, and no refresh token that they did not have.
import { type RefreshToken, readRefreshToken } from '../../crypto/refresh-token.ts'
import type { Signer } from '../../crypto/jwt.ts'
import { digestOf, equalInConstantTime } from '../../crypto/secret.ts'
import {
  invalidDpopProof,
  invalidScope,
  invalidTarget,
  temporarilyUnavailable,
} from '../../protocol/error.ts'
import { type Parameters, valuesOf } from '../../protocol/parameters.ts'
import { resourceKey } from '../../protocol/resource-key.ts'
import { isWithin, parseScope, storedScope } from '../../protocol/scope.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { type PresentedCredentials, provesClient } from '../clients/authentication.ts'
import type { Client } from '../clients/storage.ts'
import { isYounger } from '../server/age.ts'
import { openRecord, recordKeys } from '../server/outage-records.ts'
import { spendInMemory } from '../server/spending.ts'
import { thumbprintOf } from '../tokens/confirmation.ts'
import { lifetimesOf, signAccessToken } from '../tokens/issuance.ts'
import type { GrantRecord } from '../tokens/kept-grant.ts'
import { requireBinding, requireConfirmation } from '../tokens/proof.ts'
import { keysOf } from '../tokens/resource-metadata.ts'
import { mayName } from '../tokens/resource.ts'
import {
  type Target,
  expiryAt,
  grantScopeAt,
  requireProofAt,
  tokenKindOf,
} from '../tokens/target.ts'
import { noteAnswer } from './outage-answers.ts'
import type { OutageAnswer, OutageRequest } from './outage-request.ts'
import { readClientRecord, readGrantRecord, readKeysRecord } from './outage-formats.ts'

/** Seconds that an access token lives at most that was issued while D1 was away. */
const longestLifetime = 300

/** Seconds for which an isolate may put resources as they were before a change: it remembers some for ten. */
const resourceLateness = 60

/** The records and revocations that KV has of a request, by their keys. */
type Known = ReadonlyMap<string, string | null>

/** One refresh during an outage. */
type Refresh = {
  as: AuthorizationServer
  token: RefreshToken
  digest: string
  known: Known
  /** Creates the 503 that ends the request; `why` is for the log. */
  away: (why: string) => Error
}

/**
 * Answers a refresh while D1 is away.
 * @throws temporarily_unavailable for whatever only D1 can judge; invalid_dpop_proof, use_dpop_nonce,
 *   invalid_request (no certificate), invalid_scope and invalid_target
 */
export async function refreshWithoutDatabase(
  as: AuthorizationServer,
  { credentials, parameters, readSender, failure }: OutageRequest,
): Promise<OutageAnswer> {
  const away = (why: string): Error =>
    temporarilyUnavailable(new Error(`D1 does not answer, and ${why}`, { cause: failure }))
  const { clientId } = credentials
  const refreshToken = parameters.get('refresh_token') ?? ''
  const token = await readRefreshToken(as.keys, refreshToken)
  if (token === null || clientId === undefined)
    throw away('the request names no grant or no client')
  const known = await as.store.outageRecords.read(keysNamed(clientId, token))
  // A failure of KV is no miss: nothing else tells of revocations.
  if (known === null) throw away('KV does not answer either')
  const refresh = { as, token, digest: await digestOf(refreshToken), known, away }
  const client = await requireClient(refresh, clientId, credentials)
  const { confirmation, spends } = await readSender(client)
  requireConfirmation(client, confirmation)
  requireBinding(client, confirmation)

  const record = await requireGrant(refresh, client)
  if (record.keyThumbprint !== null && record.keyThumbprint !== thumbprintOf(confirmation)) {
    throw invalidDpopProof('the refresh token is bound to another key')
  }
  const targets = narrowedTargets(refresh, client, record, parameters)
  requireProofAt(targets, confirmation)
  const scope = narrowedScope(refresh, client, record, targets, parameters)
  const signer = await requireSigner(refresh, record, targets)
  const longest = Math.min(lifetimesOf(as, client).accessToken, longestLifetime)
  // Not beyond the record: KV knows of revocations until then, and D1 keeps the grant as long.
  const latest = Math.min(Math.floor(as.now) + longest, Math.floor(record.expiresAt))
  const expiresAt = expiryAt(as, targets, latest)
  if (expiresAt <= as.now) throw away('the grant has expired, or is about to')
  // Awaited: without it D1 could later take the holder of this very token for a thief.
  if (!(await noteAnswer(as, token.grantId, refresh.digest)))
    throw away('KV takes no note of the answer')
  // Last, so that a 503 can be retried as it was sent. A replayed proof of possession gives nobody a token
  // without the key that signed it.
  spendInMemory(as, spends)
  const accessToken = await signAccessToken(
    as,
    {
      ...{ client, scope, targets, confirmation, expiresAt },
      user: record.user.stated,
      grantId: token.grantId,
      signedIn: record,
    },
    signer,
  )
  as.log({ event: 'refreshed without the database', grant_id: token.grantId })
  const expiresIn = expiresAt - Math.floor(as.now)
  return { issued: { accessToken, expiresIn, scope, refreshToken }, confirmation }
}

/** The keys in KV of what a refresh is judged by. */
const keysNamed = (clientId: string, { grantId }: RefreshToken): string[] => [
  recordKeys.grant(grantId),
  recordKeys.client(clientId),
  recordKeys.signingKeys,
  `rev:grant:${grantId}`,
  `rev:client:${clientId}`,
  `rev:client-record:${clientId}`,
  'rev:epoch',
]

/** Returns the instant of a revocation in KV, before which nothing of its key counts; 0 = there is none. */
const instantAt = (known: Known, key: string): number => Number(known.get(key) ?? 0)

/**
 * Authenticates the client by its record in KV or by what this isolate remembers, whichever is newer, unless
 * the client has changed since.
 */
async function requireClient(
  { as, known, away }: Refresh,
  clientId: string,
  credentials: PresentedCredentials,
): Promise<Client> {
  const key = recordKeys.client(clientId)
  const kept = readClientRecord(await openRecord(as, key, known.get(key)))
  const remembered = as.clients.lastKnown(clientId)
  const isOlder = remembered !== null && remembered.updatedAt > (kept?.updatedAt ?? 0)
  const client = isOlder ? remembered : kept
  if (client === null) throw away('the client is not known')
  if (client.updatedAt < instantAt(known, `rev:client-record:${clientId}`)) {
    throw away('the client has changed since')
  }
  // A secret that is wrong here may be a new one, and only D1 knows which assertions were used.
  if (!(await provesClient(as, client, credentials))) throw away('the client is not proved')
  if (!client.metadata.grant_types.includes('refresh_token'))
    throw away('the client may not refresh')
  as.nameClient(client.id)
  return client
}

/** Returns the record of the grant, if the request presents its current token and it still counts. */
async function requireGrant(
  { as, token: { grantId }, digest, known, away }: Refresh,
  client: Client,
): Promise<GrantRecord> {
  const key = recordKeys.grant(grantId)
  const record = readGrantRecord(await openRecord(as, key, known.get(key)))
  if (record === null) throw away('the grant is not kept')
  if (record.clientId !== client.id) throw away('the grant is of another client')
  if (!equalInConstantTime(digest, record.currentDigest)) {
    const isPrevious = digest === record.previousDigest
    // D1 would answer this retry, and will not know of it when it is back.
    if (isPrevious && isYounger(record.keptAt, as.now, lifetimesOf(as, client).refreshTokenGrace))
      await noteAnswer(as, grantId, digest)
    throw away(isPrevious ? 'the token is superseded' : 'another token is current')
  }
  const notBefore = Math.max(
    client.notBefore,
    client.createdAt,
    instantAt(known, `rev:client:${client.id}`),
    instantAt(known, 'rev:epoch'),
  )
  const isRevoked = (known.get(`rev:grant:${grantId}`) ?? null) !== null
  if (isRevoked || record.createdAt < notBefore) throw away('the grant was revoked')
  return record
}

/**
 * Returns the resources that the request narrows the grant to, as they were described when the record was
 * written.
 * @throws invalid_target for a resource that was not granted
 */
function narrowedTargets(
  { as, away }: Refresh,
  client: Client,
  record: GrantRecord,
  parameters: Parameters,
): readonly Target[] {
  const named = valuesOf(parameters, 'resource')
  if (named.length === 0 && !record.isWhole) throw away('not all resources of the grant are kept')
  const granted = storedScope(record.resource ?? '').map(resourceKey)
  const targets = named.map((uri) => {
    const key = URL.canParse(uri) ? resourceKey(uri) : uri
    const target = record.targets.find((one) => keysOfTarget(one).includes(key))
    if (target !== undefined) return target
    // An alias of a resource that is not kept, or one that is closed to the client by now.
    if (!record.isWhole || granted.includes(key)) throw away('a resource is not kept')
    throw invalidTarget('the resource is not one that was granted')
  })
  const wanted = named.length === 0 ? record.targets : [...new Set(targets)]
  const left = wanted.filter((target) => mayName(as, client, target))
  if (left.length === 0 && granted.length > 0)
    throw away('the client may name none of the resources')
  return left
}

const keysOfTarget = ({ uri, metadata }: Target): string[] =>
  metadata === null ? [resourceKey(uri)] : keysOf(metadata)

/**
 * Returns the scope of the access token.
 * @throws invalid_scope for more than was granted, which no grant ever gains
 */
function narrowedScope(
  { away }: Refresh,
  client: Client,
  record: GrantRecord,
  targets: readonly Target[],
  parameters: Parameters,
): string[] {
  const granted = storedScope(record.scope)
  const asked = parameters.get('scope')
  const scope = asked === undefined ? granted : parseScope(asked)
  if (!isWithin(scope, granted)) {
    throw invalidScope('the scope is wider than what was granted', { reason: 'scope_wider' })
  }
  try {
    return grantScopeAt(targets, scope.join(' '), client.metadata.scope, record.user.scope)
  } catch {
    throw away('nothing of the scope is left')
  }
}

/**
 * Returns the key that signs: the newest that this isolate or KV knows and that KV does not list as
 * withdrawn. The same read of KV judges the grant's user and the resources.
 */
async function requireSigner(
  { as, known, away }: Refresh,
  { user, createdAt, keptAt }: GrantRecord,
  targets: readonly Target[],
): Promise<Signer> {
  const { alg } = tokenKindOf(targets)
  const key = recordKeys.signingKeys
  const kept = readKeysRecord(await openRecord(as, key, known.get(key)))
  const signers = as.signingKeys.lastSigners(kept, alg, as.now)
  const ofUser = `rev:user:${user.sub}`
  const changeOfUser = `rev:user-record:${user.sub}`
  const changes = targets.map(({ uri, metadata }) =>
    metadata === null ? 'rev:unregistered' : `rev:resource:${uri}`,
  )
  const withdrawals = signers.map(({ kid }) => `rev:key:${kid}`)
  const heard = await as.store.outageRecords.read([
    ofUser,
    changeOfUser,
    ...changes,
    ...withdrawals,
  ])
  if (heard === null) throw away('KV does not answer either')
  if (createdAt < instantAt(heard, ofUser)) throw away('the grant was revoked')
  if (user.updatedAt < instantAt(heard, changeOfUser)) throw away('the user has changed since')
  if (changes.some((one) => keptAt < instantAt(heard, one) + resourceLateness))
    throw away('a resource has changed since')
  const left = signers.filter(({ kid }) => (heard.get(`rev:key:${kid}`) ?? null) === null)
  if (left.length === 0) throw away('no signing key is known')
  return as.signingKeys.firstSigner(left, alg)
}
