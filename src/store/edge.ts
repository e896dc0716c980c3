// KV: revocation lists. A key of one line or token is written once, and its
// presence is the fact; that of a user or client says before which instant nothing counts. KV may be
// stale, slow or down: a miss means nothing, a failure is a miss, "revoked" is final.
import type { EdgeRecords } from '../core/tokens/storage.ts'
import type { Database } from './database.ts'
import { revocationOutbox as outbox } from './schema/grants.ts'
import { type Selected, selection, sql, statement } from './sql.ts'

/** The least that KV takes as a lifetime, in seconds. */
const leastLifetime = 60

/** Milliseconds until KV counts as down for this request. */
const deadline = 1_000

export function openEdge(kv: KVNamespace, database: Database): EdgeRecords {
  return {
    async isRevoked({ grantId, jti, clientId, subject, issuedAt }) {
      const ofLine = grantId === null ? [] : [`rev:grant:${grantId}`, `rev:user:${subject}`]
      const keys = [`rev:token:${jti}`, `rev:client:${clientId}`, ...ofLine]
      const found = await orMiss(kv.get(keys, 'text'))
      return found !== null && [...found].some(([key, value]) => ends(key, value, issuedAt))
    },
    // A miss is an answer, too.
    answers: async () => (await orMiss(kv.get('health').then(() => true))) === true,
    drainOutbox: (now, most) => drainOutbox(kv, database, now, most),
  }
}

/** Whether what KV has under the key speaks against a token issued then. */
function ends(key: string, value: string | null, issuedAt: number): boolean {
  if (value === null) return false
  const hasInstant = key.startsWith('rev:client:') || key.startsWith('rev:user:')
  return !hasInstant || issuedAt < Number(value)
}

async function orMiss<Result>(read: Promise<Result>): Promise<Result | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), deadline)
  })
  try {
    return await Promise.race([read, late])
  } catch {
    return null
  } finally {
    clearTimeout(timer)
  }
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
    statement(
      sql`SELECT ${revocation.columns} FROM ${outbox} ORDER BY ${outbox.key} LIMIT ${most}`,
    ),
  )
  const outcomes = await Promise.all(rows.map((row) => tell(kv, revocation.read(row), now)))
  const told = outcomes.filter((one) => one !== null)
  if (told.length > 0) {
    // A user or client that was ended once more meanwhile has a later instant: that stays to be told.
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

/** What KV took, or need not be told because no token is left; null if it must be told again. */
async function tell(
  kv: KVNamespace,
  { key, revokedAt, expiresAt }: Revocation,
  now: number,
): Promise<Told | null> {
  const told = { key, revokedAt }
  const lifetime = Math.ceil(expiresAt - now)
  if (lifetime <= 0) return told
  try {
    const expirationTtl = Math.max(leastLifetime, lifetime)
    await kv.put(key, String(revokedAt), { expirationTtl })
    return told
  } catch {
    return null
  }
}
