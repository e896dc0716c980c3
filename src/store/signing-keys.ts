// Signing and encryption keys. UNIQUE (alg, generation) decides between two isolates that create one.
import { getTableColumns, type SQL } from 'drizzle-orm'
import type { SigningKeyStore, StoredKey } from '../core/server/storage.ts'
import { auditIfChanged } from './audit.ts'
import type { Database } from './database.ts'
import { withdrawalOfKey } from './revocations.ts'
import { signingKeys as keys } from './schema/server.ts'
import { type Statement, insertInto, selection, set, sql, statement } from './sql.ts'

/** A key as it is read. */
export const wholeKey = selection(getTableColumns(keys))

/** Selects the published and the withdrawn keys, the newest generation of an algorithm first. */
export const selectKeys = (now: number): Statement =>
  statement(sql`
    SELECT ${wholeKey.columns} FROM ${keys}
    WHERE ${keys.expiresAt} IS NULL OR ${keys.expiresAt} > ${now} OR ${keys.withdrawnAt} IS NOT NULL
    ORDER BY ${keys.alg}, ${keys.generation} DESC`)

/** Opens the signing and encryption keys. */
export function openSigningKeys(database: Database): SigningKeyStore {
  return {
    async list(now) {
      const rows = await database.all(selectKeys(now))
      return rows.map(wholeKey.read)
    },
    async add(added, audit) {
      const insertions = added.map((key) =>
        statement(sql`${insertInto(keys, key)} WHERE TRUE ON CONFLICT DO NOTHING`),
      )
      await database.batch([...insertions, ...(audit === undefined ? [] : [auditIfChanged(audit)])])
    },
    async withdraw(key, successor, audit) {
      await database.batch([
        statement(withdrawal(key, audit.at)),
        auditIfChanged(audit),
        withdrawalOfKey(key.kid, audit.at),
        ...(successor === null ? [] : [statement(succession(key, successor, audit.at))]),
      ])
    },
    async retire(kid, expiresAt) {
      await database.all(
        statement(sql`
          UPDATE ${keys} ${set(keys, { expiresAt })}
          WHERE ${keys.kid} = ${kid} AND ${keys.expiresAt} IS NULL`),
      )
    },
  }
}

const withdrawal = ({ kid }: StoredKey, now: number): SQL => sql`
  UPDATE ${keys} ${set(keys, {
    withdrawnAt: now,
    expiresAt: sql`MIN(COALESCE(${keys.expiresAt}, ${now}), ${now})`,
  })}
  WHERE ${keys.kid} = ${kid} AND ${keys.withdrawnAt} IS NULL`

/**
 * Inserts the successor of a key withdrawn at `now` if the key was in use: active, and the newest
 * active one. Only one of two withdrawals sets `withdrawn_at`, and only that one inserts the successor.
 */
function succession({ kid, alg, generation }: StoredKey, successor: StoredKey, now: number): SQL {
  const next = sql`(SELECT MAX(${keys.generation}) + 1 FROM ${keys} WHERE ${keys.alg} = ${alg})`
  return sql`
    ${insertInto(keys, { ...successor, generation: next })}
    WHERE EXISTS (SELECT 1 FROM ${keys}
        WHERE ${keys.kid} = ${kid} AND ${keys.activeAt} <= ${now} AND ${keys.withdrawnAt} = ${now})
      AND NOT EXISTS (SELECT 1 FROM ${keys}
        WHERE ${keys.alg} = ${alg} AND ${keys.generation} > ${generation}
          AND ${keys.activeAt} <= ${now} AND ${keys.expiresAt} IS NULL)`
}
