// KV: revocation lists. The key of a grant or token is written once, and its presence is the
// revocation; the value of a user's or client's key is the instant before which nothing that was issued
// is accepted. KV may be stale, slow or down: a miss proves nothing, a failure counts as a miss,
// "revoked" is final.
import type { RevocationLists } from '../core/tokens/storage.ts'
import type { Database } from './database.ts'
import { orMiss, placeOf } from './kv.ts'
import { revocationOutbox as outbox } from './schema/grants.ts'
import { type Selected, selection, sql, statement } from './sql.ts'

/** The shortest lifetime that KV accepts, in seconds. */
export const leastLifetime = 60

export function openRevocationLists(kv: KVNamespace, database: Database): RevocationLists {
  return {
    async isRevoked({ grantId, jti, clientId, grantClientId, subject, issuedAt }) {
      const ofGrant = grantId === null ? [] : [`rev:grant:${grantId}`, `rev:user:${subject}`]
      const ofClients = new Set([clientId, grantClientId].map((id) => `rev:client:${id}`))
      const keys = [`rev:token:${jti}`, ...ofClients, ...ofGrant]
      const found = await orMiss(kv.get(await Promise.all(keys.map(placeOf)), 'text'))
      return found !== null && [...found].some(([key, value]) => ends(key, value, issuedAt))
    },
    // A miss is an answer.
    answers: async () => (await orMiss(kv.get('health').then(() => true))) === true,
    drainOutbox: (now, most) => drainOutbox(kv, database, now, most),
  }
}

/** Returns whether the value of a key revokes a token that was issued at `issuedAt` (seconds). */
function ends(key: string, value: string | null, issuedAt: number): boolean {
  if (value === null) return false
  const hasInstant = key.startsWith('rev:client:') || key.startsWith('rev:user:')
  return !hasInstant || issuedAt < Number(value)
}

const revocationFields = {
  key: outbox.key,
  revokedAt: outbox.revokedAt,
  expiresAt: outbox.expiresAt,
}
const revocation = selection(revocationFields)

async function drainOutbox(
  kv: KVNamespace,
  database: Database,
  now: number,
  most: number,
): Promise<number> {
  const rows = await database.all(
    // The newest first: whatever waits, a request tells of its own revocation.
    statement(sql`SELECT ${revocation.columns} FROM ${outbox} ORDER BY rowid DESC LIMIT ${most}`),
  )
  const outcomes = await Promise.all(rows.map((row) => tell(kv, revocation.read(row), now)))
  const told = outcomes.filter((one) => one !== null)
  if (told.length > 0) {
    // A user or client that was revoked again meanwhile has a later instant, which KV must still hear.
    await database.all(
      statement(sql`
        DELETE FROM ${outbox} WHERE (${outbox.key}, ${outbox.revokedAt}) IN
          (SELECT value ->> 'key', value ->> 'revokedAt' FROM json_each(${JSON.stringify(told)}))`),
    )
  }
  return told.length
}

type Revocation = Selected<typeof revocationFields>
type Told = Pick<Revocation, 'key' | 'revokedAt'>

/**
 * Writes one revocation to KV unless every token of it has expired, or deletes the record of a grant; null if
 * that has to be retried.
 */
async function tell(
  kv: KVNamespace,
  { key, revokedAt, expiresAt }: Revocation,
  now: number,
): Promise<Told | null> {
  const told = { key, revokedAt }
  const lifetime = Math.ceil(expiresAt - now)
  if (lifetime <= 0) return told
  // A late put of the last rotation may bring the record back. It does no harm: the revocation of its
  // user or its grant is what decides, and lives as long.
  if (key.startsWith('grant:')) return orMiss(kv.delete(key).then(() => told))
  const expirationTtl = Math.max(leastLifetime, lifetime)
  // A put that is given up may still arrive: it is repeated, and says the same.
  return orMiss(kv.put(await placeOf(key), String(revokedAt), { expirationTtl }).then(() => told))
}
