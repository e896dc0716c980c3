// Sealed values, found by the master key that sealed them.
import type { SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { SealedKind } from '../core/server/sealed-rows.ts'
import type { SealedRow, SealedRowStore } from '../core/server/storage.ts'
import { auditIfChanged } from './audit.ts'
import type { Database } from './database.ts'
import { passwordKeyId } from './password-key.ts'
import { imports } from './schema/imports.ts'
import { mailActions, mails } from './schema/mail.ts'
import { providers, users } from './schema/people.ts'
import { signingKeys } from './schema/server.ts'
import { sealedKeyId } from './sealed-key.ts'
import { type Row, type Statement, number, selection, set, sql, statement, text } from './sql.ts'

type SealedColumn = {
  key: SQLiteColumn
  column: SQLiteColumn
  replace: (value: SQL) => SQL
  /** The id of the master key that sealed the value. */
  keyId: SQL
  /** The condition that the value may still be needed. */
  needed: (now: number) => SQL
}

const all = () => sql`1`

// Users are found by an index; there are only a few keys, providers and imports, and mails and links live
// for minutes.
const columns: Record<SealedKind, SealedColumn> = {
  password_hashes: {
    key: users.id,
    column: users.passwordHash,
    replace: (passwordHash) => set(users, { passwordHash }),
    keyId: passwordKeyId(users.passwordHash),
    needed: all,
  },
  signing_keys: {
    key: signingKeys.kid,
    column: signingKeys.wrappedPrivateKey,
    replace: (wrappedPrivateKey) => set(signingKeys, { wrappedPrivateKey }),
    keyId: sealedKeyId(signingKeys.wrappedPrivateKey),
    // A retired signing key only verifies, which needs no private half. A retired encryption key still
    // decrypts.
    needed: (now) => sql`(${signingKeys.expiresAt} IS NULL
      OR (${signingKeys.use} = 'enc' AND ${signingKeys.expiresAt} > ${now}))`,
  },
  provider_secrets: {
    key: providers.id,
    column: providers.wrappedClientSecret,
    replace: (wrappedClientSecret) => set(providers, { wrappedClientSecret }),
    keyId: sealedKeyId(providers.wrappedClientSecret),
    needed: all,
  },
  totp_secrets: {
    key: users.sub,
    column: users.sealedTotp,
    replace: (sealedTotp) => set(users, { sealedTotp }),
    keyId: sealedKeyId(users.sealedTotp),
    needed: () => sql`${users.sealedTotp} IS NOT NULL`,
  },
  import_keys: {
    key: imports.id,
    column: imports.sealedAskKey,
    replace: (sealedAskKey) => set(imports, { sealedAskKey }),
    keyId: sealedKeyId(imports.sealedAskKey),
    needed: all,
  },
  mails: {
    key: mails.id,
    column: mails.sealed,
    replace: (sealed) => set(mails, { sealed }),
    keyId: sealedKeyId(mails.sealed),
    needed: all,
  },
  mail_actions: {
    key: mailActions.digest,
    column: mailActions.sealed,
    replace: (sealed) => set(mailActions, { sealed }),
    keyId: sealedKeyId(mailActions.sealed),
    needed: (now) => sql`(${mailActions.sealed} IS NOT NULL AND ${mailActions.expiresAt} > ${now})`,
  },
}

const sealedUnder = selection({ keyId: text(sql`key_id`) })

type Selecting<Read> = { statement: Statement; read: (row: Row) => Read }

/** Selects the ids of the master keys that seal values of a kind, each once. */
export function selectKeyIds(
  kind: SealedKind,
  now: number,
): Selecting<string> & { kind: SealedKind } {
  const { key, keyId, needed } = columns[kind]
  const next = (after: SQL): SQL => sql`(
    SELECT MIN(${keyId}) FROM ${key.table} WHERE ${keyId} > ${after} AND ${needed(now)})`
  // Goes from one id to the next by the index, and never through the rows that share an id.
  return {
    kind,
    statement: statement(sql`
      WITH RECURSIVE sealed_under (key_id) AS (
        SELECT ${next(sql`''`)}
        UNION ALL
        SELECT ${next(sql`sealed_under.key_id`)} FROM sealed_under WHERE key_id IS NOT NULL)
      SELECT ${sealedUnder.columns} FROM sealed_under WHERE key_id IS NOT NULL`),
    read: (row) => sealedUnder.read(row).keyId,
  }
}

/** Selects the values of a kind that a condition admits. */
export function selectSealed(
  kind: SealedKind,
  now: number,
  condition = (_keyId: SQL): SQL => sql`TRUE`,
  most = 100,
): Selecting<SealedRow> {
  const { key, column, keyId, needed } = columns[kind]
  const sealedRow = selection({
    id: text(sql`CAST(${key} AS TEXT)`),
    sealed: text(sql`${column}`),
  })
  return {
    statement: statement(sql`
      SELECT ${sealedRow.columns} FROM ${key.table}
      WHERE ${condition(keyId)} AND ${needed(now)} LIMIT ${most}`),
    read: sealedRow.read,
  }
}

/** Opens the sealed values of all tables. */
export const openSealedRows = (database: Database): SealedRowStore => ({
  async list(kind, keyIds, now, most) {
    const isListed = (keyId: SQL) =>
      sql`${keyId} IN (SELECT value FROM json_each(${JSON.stringify(keyIds)}))`
    const selected = selectSealed(kind, now, isListed, most)
    const rows = await database.all(selected.statement)
    return rows.map(selected.read)
  },
  async replace(kind, rows, audit) {
    const { key, column, replace } = columns[kind]
    if (rows.length === 0) return 0
    const [replaced = []] = await database.batch([
      statement(sql`
        UPDATE ${key.table} ${replace(sql`one.value ->> 'resealed'`)}
        FROM json_each(${JSON.stringify(rows)}) AS one
        WHERE ${key} = one.value ->> 'id' AND ${column} = one.value ->> 'sealed'
        RETURNING 1`),
      auditIfChanged(audit),
    ])
    return replaced.length
  },
  async countOthers(kind, current, now) {
    const { key, keyId, needed } = columns[kind]
    const countWhere = (range: SQL) =>
      sql`(SELECT COUNT(*) FROM ${key.table} WHERE ${range} AND ${needed(now)})`
    // Two ranges of the index; `<>` would scan the whole table.
    const below = countWhere(sql`${keyId} < ${current}`)
    const above = countWhere(sql`${keyId} > ${current}`)
    const found = selection({ others: number(sql`${below} + ${above}`) })
    const row = await database.first(statement(sql`SELECT ${found.columns}`))
    return row === null ? 0 : found.read(row).others
  },
})
