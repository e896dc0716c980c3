// Imports of users: begun, listed, ended and undone. import-chunks.ts takes in their chunks.
import type { ImportStore } from '../core/people/import/storage.ts'
import { auditIfChanged, auditStatement } from './audit.ts'
import type { Database } from './database.ts'
import { readChunk, writeChunk } from './import-chunks.ts'
import { importById, storedImport } from './import-rows.ts'
import { pageOf } from './page.ts'
import { imports } from './schema/imports.ts'
import { credentials } from './schema/factors.ts'
import { mailActions, mails } from './schema/mail.ts'
import { loginNames, providerLinks, users } from './schema/people.ts'
import { hasSignedIn } from './signed-in.ts'
import { insertInto, selection, set, sql, statement, text } from './sql.ts'

/** Opens the imports of users. */
export const openImports = (database: Database): ImportStore => ({
  async create(run, audit) {
    await database.batch([statement(insertInto(imports, run)), auditStatement(audit)])
  },
  async find(id) {
    const row = await database.first(importById(id))
    return row === null ? null : storedImport.read(row)
  },
  async list(limit, cursor) {
    const rows = await database.all(
      statement(sql`SELECT ${storedImport.columns} FROM ${imports}
        WHERE ${imports.id} < ${cursor ?? afterAll} ORDER BY ${imports.id} DESC LIMIT ${limit + 1}`),
    )
    return pageOf(rows.map(storedImport.read), limit, ({ id }) => id)
  },
  readChunk: (id, number, keys) => readChunk(database, id, number, keys),
  writeChunk: (id, chunk, writes, audit) => writeChunk(database, id, chunk, writes, audit),
  async finish(id, audit) {
    const [ended] = await database.batch([
      statement(sql`UPDATE ${imports} ${set(imports, { finishedAt: audit.at })}
        WHERE ${imports.id} = ${id} AND ${imports.finishedAt} IS NULL RETURNING 1`),
      auditIfChanged(audit),
    ])
    return ended?.length === 1
  },
  async beginUndo(id, audit) {
    await database.batch([
      statement(
        sql`UPDATE ${imports} ${set(imports, {
          finishedAt: sql`COALESCE(${imports.finishedAt}, ${audit.at})`,
          undoneAt: audit.at,
        })} WHERE ${imports.id} = ${id} AND ${imports.undoneAt} IS NULL`,
      ),
      auditIfChanged(audit),
    ])
  },
  undo: (id, after, most) => undo(database, id, after, most),
  async findAsking({ importId, sourceId, isAdministrator }) {
    const isOwn = sql`${imports.id} IS ${importId}`
    // Whoever may begin an import must not get to see the password of an administrator.
    const mayChange = isAdministrator ? sql`${imports.adminRoles}` : sql`TRUE`
    const row = await database.first(
      statement(sql`SELECT ${asking.columns} FROM ${imports}
        WHERE ${imports.askUrl} IS NOT NULL AND NOT ${imports.dryRun}
          AND (${isOwn} OR (${imports.sourceId} IS ${sourceId} AND ${imports.onExisting} = 'update'
            AND ${mayChange}))
        ORDER BY ${isOwn} DESC, ${imports.id} DESC LIMIT 1`),
    )
    return row === null ? null : asking.read(row)
  },
})

/** The ids are hexadecimal. */
const afterAll = '~'

/** An import with an address to ask at has a key, too. */
const asking = selection({
  id: imports.id,
  url: text(sql`${imports.askUrl}`),
  sealedKey: text(sql`${imports.sealedAskKey}`),
})

const made = selection({ id: users.id, username: users.username })

async function undo(
  database: Database,
  id: string,
  after: number,
  most: number,
): ReturnType<ImportStore['undo']> {
  const rows = await database.all(
    statement(sql`SELECT ${made.columns} FROM ${users}
      WHERE ${users.importId} = ${id} AND ${users.id} > ${after} ORDER BY ${users.id} LIMIT ${most}`),
  )
  const found = rows.map(made.read)
  const ids = JSON.stringify(found.map((user) => user.id))
  // The batch decides who has signed in: somebody may do so after the SELECT. A user who has never signed
  // in has no consents and no clients of their own.
  const which = sql`SELECT ${users.id} FROM ${users}
    WHERE ${users.id} IN (SELECT value FROM json_each(${ids})) AND NOT ${hasSignedIn}`
  const results = await database.batch([
    ...[providerLinks, loginNames, mailActions, mails, credentials].map((table) =>
      statement(sql`DELETE FROM ${table} WHERE ${table.userId} IN (${which})`),
    ),
    statement(sql`DELETE FROM ${users} WHERE ${users.id} IN (${which}) RETURNING ${users.id}`),
  ])
  const removed = new Set(results.at(-1)?.map((row) => row.id))
  return {
    removed: removed.size,
    kept: found
      .filter((user) => !removed.has(user.id))
      .map(({ id, username }) => ({ id, username })),
    next: rows.length < most ? null : (found.at(-1)?.id ?? null),
  }
}
