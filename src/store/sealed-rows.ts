// Sealed values by the master key that sealed them. ?1 is now in every statement.
import type { SealedKind, SealedRowStore } from '../core/sealed-rows.ts'
import { auditIfChanged } from './audit.ts'
import { numberOf, statement, textOf, type Database } from './database.ts'
import { passwordKeyId } from './password-key.ts'

type SealedColumn = {
  table: string
  key: string
  column: string
  /** SQL for the id of the master key. */
  keyId: string
  /** SQL for the rows that count. */
  needed: string
}

// Users by an index; keys and providers are a handful.
const columns: Record<SealedKind, SealedColumn> = {
  password_hashes: {
    table: 'users',
    key: 'id',
    column: 'password_hash',
    keyId: passwordKeyId,
    needed: '1',
  },
  signing_keys: {
    table: 'signing_keys',
    key: 'kid',
    column: 'wrapped_private_key',
    keyId: beforeDot('wrapped_private_key'),
    // A retired signing key only verifies; a retired encryption key still opens what it was sent.
    needed: `(expires_at IS NULL OR (use = 'enc' AND expires_at > ?1))`,
  },
  provider_secrets: {
    table: 'providers',
    key: 'id',
    column: 'wrapped_client_secret',
    keyId: beforeDot('wrapped_client_secret'),
    needed: '1',
  },
}

function beforeDot(column: string): string {
  return `substr(${column}, 1, instr(${column}, '.') - 1)`
}

export const openSealedRows = (database: Database): SealedRowStore => ({
  async keyIds(kind, now) {
    const { table, keyId, needed } = columns[kind]
    const next = (after: string): string =>
      `(SELECT MIN(${keyId}) FROM ${table} WHERE ${keyId} > ${after} AND ${needed})`
    // From one id to the next by the index: never through the rows that share one.
    const rows = await database.all(
      statement(
        `WITH RECURSIVE sealed_under (key_id) AS (
           SELECT ${next(`''`)}
           UNION ALL
           SELECT ${next('sealed_under.key_id')} FROM sealed_under WHERE key_id IS NOT NULL)
         SELECT key_id FROM sealed_under WHERE key_id IS NOT NULL AND ?1 IS NOT NULL`,
        now,
      ),
    )
    return rows.map((row) => textOf(row, 'key_id'))
  },
  async list(kind, keyIds, now, most) {
    const { table, key, column, keyId, needed } = columns[kind]
    const rows = await database.all(
      statement(
        `SELECT CAST(${key} AS TEXT) AS id, ${column} AS sealed FROM ${table}
         WHERE ${keyId} IN (SELECT value FROM json_each(?2)) AND ${needed}
           AND ?1 IS NOT NULL LIMIT ?3`,
        now,
        JSON.stringify(keyIds),
        most,
      ),
    )
    return rows.map((row) => ({ id: textOf(row, 'id'), sealed: textOf(row, 'sealed') }))
  },
  async replace(kind, rows, audit) {
    const { table, key, column } = columns[kind]
    if (rows.length === 0) return 0
    const [replaced = []] = await database.batch([
      statement(
        `UPDATE ${table} SET ${column} = one.value ->> 'resealed' FROM json_each(?1) AS one
         WHERE ${table}.${key} = one.value ->> 'id' AND ${table}.${column} = one.value ->> 'sealed'
         RETURNING 1`,
        JSON.stringify(rows),
      ),
      auditIfChanged(audit),
    ])
    return replaced.length
  },
  async countOthers(kind, current, now) {
    const { table, keyId, needed } = columns[kind]
    const rowsWith = (comparison: '<' | '>'): string =>
      `(SELECT COUNT(*) FROM ${table} WHERE ${keyId} ${comparison} ?2 AND ${needed})`
    const row = await database.first(
      statement(
        `SELECT ${rowsWith('<')} + ${rowsWith('>')} AS others WHERE ?1 IS NOT NULL`,
        now,
        current,
      ),
    )
    return row === null ? 0 : numberOf(row, 'others')
  },
})
