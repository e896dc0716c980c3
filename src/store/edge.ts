// KV: refresh-token records and revocation lists, each key written once (presence is the fact). KV
// may be stale, slow or down: a miss means nothing, a failure is a miss, "revoked" is final.
import * as z from 'zod/mini'
import type { RefreshRecord } from '../core/records.ts'
import type { EdgeRecords } from '../core/store.ts'
import { once } from '../protocol/once.ts'
import { numberOf, statement, textOf, type Database, type Row } from './database.ts'

/** The least that KV takes as a lifetime, in seconds. */
const leastLifetime = 60

/** Milliseconds until KV counts as down for this request. */
const deadline = 1_000

const refreshRecord = once(() =>
  z.object({
    clientId: z.string(),
    scope: z.string(),
    resource: z.nullable(z.string()),
    keyThumbprint: z.nullable(z.string()),
  }),
)

export function openEdge(kv: KVNamespace, database: Database): EdgeRecords {
  return {
    async putRefreshRecord(grantId, record, lifetime) {
      const text = JSON.stringify(record satisfies RefreshRecord)
      const expirationTtl = Math.max(leastLifetime, Math.ceil(lifetime))
      await kv.put(`rt:${grantId}`, text, { expirationTtl }).catch(() => undefined)
    },
    async findRefreshRecord(grantId) {
      const found = await orMiss(kv.get(`rt:${grantId}`, 'json'))
      const parsed = refreshRecord().safeParse(found)
      return parsed.success ? parsed.data : null
    },
    async isRevoked(grantId, jti) {
      const keys = [`rev:token:${jti}`, ...(grantId === null ? [] : [`rev:grant:${grantId}`])]
      const found = await orMiss(kv.get(keys, 'text'))
      return found !== null && [...found.values()].some((value) => value !== null)
    },
    // A miss is an answer, too.
    answers: async () => (await orMiss(kv.get('health').then(() => true))) === true,
    drainOutbox: (now, most) => drainOutbox(kv, database, now, most),
  }
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

async function drainOutbox(
  kv: KVNamespace,
  database: Database,
  now: number,
  most: number,
): Promise<number> {
  const rows = await database.all(
    statement(
      'SELECT key, revoked_at, expires_at FROM revocation_outbox ORDER BY key LIMIT ?1',
      most,
    ),
  )
  const told = await Promise.all(rows.map((row) => tell(kv, row, now)))
  const keys = told.filter((key) => key !== null)
  if (keys.length > 0) {
    await database.all(
      statement(
        'DELETE FROM revocation_outbox WHERE key IN (SELECT value FROM json_each(?1))',
        JSON.stringify(keys),
      ),
    )
  }
  return keys.length
}

/** The key if KV took it (or nothing is left to tell), null if it must be told again. */
async function tell(kv: KVNamespace, row: Row, now: number): Promise<string | null> {
  const key = textOf(row, 'key')
  const expirationTtl = Math.max(leastLifetime, Math.ceil(numberOf(row, 'expires_at') - now))
  try {
    await kv.put(key, String(numberOf(row, 'revoked_at')), { expirationTtl })
    return key
  } catch {
    return null
  }
}
