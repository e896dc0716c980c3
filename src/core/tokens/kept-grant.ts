// The records that KV keeps of a grant with a refresh token, and of its client: what refreshing needs while
// D1 does not answer (core/exchange/outage.ts). They are put after the response, and decide nothing while
// D1 answers.
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

/** What is kept of a grant. It holds digests alone, and of the user what access tokens say. */
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
  /** Whether these are all that the client could then name, because the request had not narrowed them. */
  isWhole: boolean
  /** When this was written (seconds). What it says of resources may be a few seconds older. */
  keptAt: number
  /**
   * The earliest of the idle and the absolute expiry, and that of the session that the grant lives by
   * (seconds).
   */
  expiresAt: number
}

/** What is kept of a client. */
export type ClientRecord = { version: number; client: Client }

type Kept = {
  client: Client
  user: User
  grant: Omit<Grant, 'generation' | 'resourceKeys' | 'lastUsedAt' | 'revokedAt'>
  currentDigest: string | null
  previousDigest?: string | null
  /** That of the browser session that the grant lives by. */
  sessionExpiresAt?: number | null
  /** The resources that the client may name now, or those that the request has narrowed them to. */
  targets: readonly Target[]
  /** Whether the request has narrowed the resources. */
  isNarrowed?: boolean
}

/**
 * Puts into KV, after the response, what refreshing the grant needs while D1 is away. There is no record
 * of a grant without a refresh token, nor of one whose standing only D1 can judge: one that ends with
 * another grant, and one with authorization details, whose types the operator may have changed. Nor does
 * a client have records that proves itself by signed assertions alone: only D1 knows which were used.
 *
 * KV takes one write of a key in a second, and puts may overtake each other. The loser is an older
 * generation's record, under which the current token is nobody's: its holder gets 503 during an outage.
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
  if (livesBySession && sessionExpiresAt === null) return
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
    expiresAt: Math.min(
      idleExpiresAt,
      absoluteExpiresAt,
      livesBySession ? (sessionExpiresAt ?? 0) : absoluteExpiresAt,
    ),
  }
  await putRecord(as, recordKeys.grant(grant.id), record, record.expiresAt - as.now)
}

/** When this isolate put which version of a client. */
const putClients = new WeakMap<object, Map<string, { updatedAt: number; at: number }>>()
const mostClients = 1_000

/** Seconds after which an isolate puts a client again. */
const clientInterval = 86_400

/** Puts the client, once a day and isolate: all its grants share one key. */
async function putClient(as: AuthorizationServer, { client }: Kept): Promise<void> {
  const put = putClients.get(as.store) ?? new Map<string, { updatedAt: number; at: number }>()
  putClients.set(as.store, put)
  const { id, updatedAt } = client
  const last = put.get(id)
  if (last?.updatedAt === updatedAt && isYounger(last.at, as.now, clientInterval)) return
  setNewest(put, id, { updatedAt, at: as.now }, mostClients)
  const record = { version: recordVersion, client: withoutWords(client) }
  const isPut = await putRecord(as, recordKeys.client(id), record, longestOutageRecord)
  if (!isPut) put.delete(id)
}

/** Leaves out what neither authenticates a client nor shapes its tokens. */
const withoutWords = (client: Client) => ({
  ...client,
  softwareStatement: null,
  registrationLimits: null,
  registrationTokenDigest: null,
  previousRegistrationTokenDigest: null,
  metadata: {
    ...client.metadata,
    redirect_uris: [],
    post_logout_redirect_uris: [],
    client_description: undefined,
    logo_uri: undefined,
    policy_uri: undefined,
    tos_uri: undefined,
    contacts: undefined,
    plugin_source: undefined,
  },
})
