// Tokens of operators. Nothing caches them: a deleted token is refused at once.
import { getTableColumns } from 'drizzle-orm'
import type { AdminTokenStore } from '../core/server/storage.ts'
import { auditIfChanged, auditStatement } from './audit.ts'
import type { Database } from './database.ts'
import { pageOf } from './page.ts'
import { adminTokens } from './schema/server.ts'
import { insertInto, selection, set, sql, statement } from './sql.ts'

const stored = selection(getTableColumns(adminTokens))

/** Opens the tokens of operators. */
export const openAdminTokens = (database: Database): AdminTokenStore => ({
  async create(token, audit) {
    await database.batch([statement(insertInto(adminTokens, token)), auditStatement(audit)])
  },
  async find(id) {
    const row = await database.first(
      statement(sql`SELECT ${stored.columns} FROM ${adminTokens} WHERE ${adminTokens.id} = ${id}`),
    )
    return row === null ? null : stored.read(row)
  },
  async list(limit, cursor) {
    const rows = await database.all(
      statement(sql`SELECT ${stored.columns} FROM ${adminTokens}
        WHERE ${adminTokens.id} > ${cursor} ORDER BY ${adminTokens.id} LIMIT ${limit + 1}`),
    )
    return pageOf(rows.map(stored.read), limit, (last) => last.id)
  },
  async delete(id, audit) {
    const [deleted] = await database.batch([
      statement(sql`DELETE FROM ${adminTokens} WHERE ${adminTokens.id} = ${id} RETURNING 1`),
      auditIfChanged(audit),
    ])
    return deleted?.length === 1
  },
  async noteUse(id, now) {
    await database.all(
      statement(sql`UPDATE ${adminTokens} ${set(adminTokens, { lastUsedAt: now })}
        WHERE ${adminTokens.id} = ${id}`),
    )
  },
})
