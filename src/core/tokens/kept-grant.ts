// The records in KV of a grant with a refresh token, and of its client: what refreshing needs while D1 does
// not answer (core/exchange/outage.ts). They are put after the response, and decide nothing while D1 answers.
import { setNewest } from '../../protocol/bounded-map.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { methodsOf } from '../clients/methods/method.ts'
import { privateKeyJwt } from '../clients/methods/private-key-jwt.ts'
import type { Client } from '../clients/storage.ts'
import type { User } from '../people/storage.ts'
import {
  longestOutageRecord,
  putRecord,
  recordKeys,
  recordVersion,
} from '../server/outage-records.ts'
import { isYounger } from '../server/age.ts'
import { type StatedUser, statedUser } from './stated-user.ts'
import type { Grant } from './storage.ts'
import type { Target } from './target.ts'

/** The record of a grant. It has digests and no token, and of the user only what access tokens say. */
export type GrantRecord = Pick<
  Grant,
  'clientId' | 'scope' | 'resource' | 'keyThumbprint' | 'authTime' | 'amr' | 'acr' | 'createdAt'
> & {
  version: number
  currentDigest: string
  previousDigest: string | null
  user: Pick<User, 'sub' | 'scope' | 'updatedAt'> & { stated: StatedUser }
  /** The resources of the grant, as the operator described them when this was written. */
  targets: readonly Target[]
  /** Whether these are all that the client could name at that time: the request had not narrowed them. */
  isWhole: boolean
  /** When this was written (seconds). What it says of resources may be a few seconds older. */
  keptAt: number
  /** The earliest of the grant's idle and absolute expiry and of its session's expiry, in seconds. */
  expiresAt: number
}

/** The record of a client. */
export type ClientRecord = { version: number; client: Client }

type Kept = {
  client: Client
  user: User
  grant: Omit<Grant, 'generation' | 'resourceKeys' | 'lastUsedAt' | 'revokedAt'>
  currentDigest: string | null
  previousDigest?: string | null
  /** When the browser session expires that the grant lives by; null or absent = there is none. */
  sessionExpiresAt?: number | null
  /** The resources that the client may name now, or those that the request has narrowed them to. */
  targets: readonly Target[]
  /** Whether the request has narrowed the resources. */
  isNarrowed?: boolean
}

/**
 * Puts the records that refreshing the grant needs while D1 is away into KV, after the response. A grant
 * without a refresh token has no record. Nor has a grant that only D1 can judge: one that ends with another
 * grant, and one with authorization details, whose types the operator may have changed. Nor has a client
 * that authenticates by signed assertions alone, because only D1 knows which of them were used.
 *
 * KV takes one write of a key in a second, and puts may overtake each other. If the record of an older
 * generation stays, the current token does not fit it, and its holder gets 503 during an outage.
 */
export function keepGrant(as: AuthorizationServer, kept: Kept): void {
  if (!as.settings.outageRefresh || signsAlways(kept.client)) return
  as.waitUntil(Promise.all([putGrant(as, kept), putClient(as, kept)]))
}

const signsAlways = ({ metadata }: Client): boolean =>
  methodsOf(metadata).every((name) => name === privateKeyJwt.name)

async function putGrant(as: AuthorizationServer, kept: Kept): Promise<void> {
  const { client, user, grant, currentDigest, previousDigest = null, targets } = kept
  const { sessionExpiresAt = null } = kept
  if (currentDigest === null || grant.endsWith !== null || grant.authorizationDetails !== null)
    return
  const livesBySession = grant.sessionId !== null && !grant.offline
  const livesUntil = livesBySession ? sessionExpiresAt : grant.absoluteExpiresAt
  if (livesUntil === null) return
  const { clientId, scope, resource, keyThumbprint, authTime, amr, acr, createdAt } = grant
  const { idleExpiresAt, absoluteExpiresAt } = grant
  const record: GrantRecord = {
    version: recordVersion,
    ...{ currentDigest, previousDigest, targets, clientId, scope, resource, keyThumbprint },
    ...{ authTime, amr, acr, createdAt },
    user: {
      ...{ sub: user.sub, scope: user.scope, updatedAt: user.updatedAt },
      stated: await statedUser(client, user),
    },
    isWhole: kept.isNarrowed !== true,
    keptAt: as.now,
    expiresAt: Math.min(idleExpiresAt, absoluteExpiresAt, livesUntil),
  }
  await putRecord(as, recordKeys.grant(grant.id), record, record.expiresAt - as.now)
}

/** The version of a client that an isolate has put, and when (seconds). */
type PutClient = { updatedAt: number; at: number }

/** The clients that this isolate has put, by store. */
const putClients = new WeakMap<object, Map<string, PutClient>>()
const mostClients = 1_000

/** Seconds after which an isolate puts a client again. */
const clientInterval = 86_400

/** Puts the client, whose grants all share its record: once a day in each isolate, and when it has changed. */
async function putClient(as: AuthorizationServer, { client }: Kept): Promise<void> {
  const put = putClients.get(as.store) ?? new Map<string, PutClient>()
  putClients.set(as.store, put)
  const { id, updatedAt } = client
  const last = put.get(id)
  if (last?.updatedAt === updatedAt && isYounger(last.at, as.now, clientInterval)) return
  setNewest(put, id, { updatedAt, at: as.now }, mostClients)
  const record = { version: recordVersion, client: withoutWords(client) }
  const isPut = await putRecord(as, recordKeys.client(id), record, longestOutageRecord)
  if (!isPut) put.delete(id)
}

/**
 * Returns the client without the members that neither authenticate it, nor shape its tokens, nor say whose
 * pages may read the answer.
 */
const withoutWords = (client: Client) => ({
  ...client,
  softwareStatement: null,
  registrationLimits: null,
  registrationTokenDigest: null,
  previousRegistrationTokenDigest: null,
  metadata: {
    ...client.metadata,
    post_logout_redirect_uris: [],
    client_description: undefined,
    logo_uri: undefined,
    policy_uri: undefined,
    tos_uri: undefined,
    contacts: undefined,
    plugin_source: undefined,
  },
})
