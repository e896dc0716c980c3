// A chunk of an import: one batch reads what its rows depend on, and one batch writes all of them. The
// second is refused as a whole if anything that the first has read is no longer so; then nothing of the
// chunk is written, and its rows are judged anew.
import type { SQL } from 'drizzle-orm'
import type {
  ChunkAnswer,
  ChunkFindings,
  ChunkKeys,
  ChunkWrites,
  ImportedChange,
} from '../core/people/import/storage.ts'
import { linkText } from '../core/people/import/chunk-keys.ts'
import { loginNamesOf } from '../core/people/login-name.ts'
import type { AuditEvent } from '../core/server/storage.ts'
import { auditStatement } from './audit.ts'
import { failUnless, isDone, nextVersion } from './changes.ts'
import type { Database } from './database.ts'
import { importById, storedImport } from './import-rows.ts'
import { importChunks, importClaims, imports } from './schema/imports.ts'
import { loginNames, providerLinks, users } from './schema/people.ts'
import { hasOwnPassword } from './signed-in.ts'
import {
  type Statement,
  flag,
  insertInto,
  selection,
  set,
  sql,
  statement,
  verbatim,
} from './sql.ts'
import { outdatingUsers } from './revocations.ts'
import { endings } from './user-changes.ts'

const storedChunk = selection({ digest: importChunks.digest, answer: importChunks.answer })
const storedName = selection({ foldedName: loginNames.foldedName, userId: loginNames.userId })
const storedClaim = selection({ id: importClaims.id })
const storedLink = selection({
  issuer: providerLinks.issuer,
  subject: providerLinks.subject,
  userId: providerLinks.userId,
})
const knownUser = selection({
  id: users.id,
  sub: users.sub,
  username: users.username,
  email: users.email,
  emailVerified: users.emailVerified,
  name: users.name,
  role: users.role,
  scope: users.scope,
  claims: users.claims,
  disabledAt: users.disabledAt,
  updatedAt: users.updatedAt,
  sourceId: users.sourceId,
  externalId: users.externalId,
  importId: users.importId,
  hasOwnPassword: flag(hasOwnPassword),
})

const chunkId = (id: string, number: number): string => `${id}/${number}`

/** The elements of a JSON array as rows, whose members `member` selects. */
const rowsOf = (values: readonly unknown[]): SQL => sql`json_each(${JSON.stringify(values)}) AS one`
const value = verbatim('one.value')
const member = (name: string): SQL => sql`${value} ->> ${name}`

/** Implements `readChunk` of the port `ImportStore`. */
export async function readChunk(
  database: Database,
  id: string,
  number: number,
  keys: ChunkKeys,
): Promise<ChunkFindings> {
  const names = sql`SELECT ${value} FROM ${rowsOf(keys.names)}`
  const ofChunk = sql`FROM ${importChunks} WHERE ${importChunks.id} = ${chunkId(id, number)}`
  // A chunk that was taken in before has its answer.
  const isNew = sql`NOT EXISTS (SELECT 1 ${ofChunk})`
  const [run = [], chunk = [], found = [], named = [], linked = [], claimed = []] =
    await database.batch([
      importById(id),
      ...[
        sql`SELECT ${storedChunk.columns} ${ofChunk}`,
        sql`SELECT ${knownUser.columns} FROM ${users} WHERE ${isNew} AND ${users.id} IN (
          SELECT ${users.id} FROM ${users}
            WHERE ${users.externalId} IN (SELECT ${value} FROM ${rowsOf(keys.externalIds)})
              AND ${users.sourceId} = (
                SELECT ${imports.sourceId} FROM ${imports} WHERE ${imports.id} = ${id})
          UNION SELECT ${users.id} FROM ${users}
            WHERE ${users.sub} IN (SELECT ${value} FROM ${rowsOf(keys.subjects)})
          UNION SELECT ${loginNames.userId} FROM ${loginNames}
            WHERE ${loginNames.foldedName} IN (${names}))`,
        sql`SELECT ${storedName.columns} FROM ${loginNames}
          WHERE ${isNew} AND ${loginNames.foldedName} IN (${names})`,
        sql`SELECT ${storedLink.columns} FROM ${rowsOf(keys.links)} JOIN ${providerLinks}
          ON ${providerLinks.issuer} = ${member('issuer')}
            AND ${providerLinks.subject} = ${member('subject')}`,
        sql`SELECT ${storedClaim.columns} FROM ${importClaims}
          WHERE ${importClaims.id} IN (SELECT ${`${id}/`} || ${value} FROM ${rowsOf(keys.claims)})`,
      ].map(statement),
    ])
  const links = linked.map(storedLink.read)
  return {
    run: run.map(storedImport.read)[0] ?? null,
    stored: chunk.map(storedChunk.read)[0] ?? null,
    users: found.map(knownUser.read),
    names: new Map(named.map(storedName.read).map((name) => [name.foldedName, name.userId])),
    links: new Map(links.map((link) => [linkText(link), link.userId])),
    claims: new Set(claimed.map((row) => storedClaim.read(row).id.slice(id.length + 1))),
  }
}

/** Implements `writeChunk` of the port `ImportStore`. */
export const writeChunk = (
  database: Database,
  id: string,
  chunk: { number: number; digest: string; answer: ChunkAnswer },
  { create, change, links, claims }: ChunkWrites,
  audit: AuditEvent,
): Promise<boolean> => {
  const stored = chunkId(id, chunk.number)
  const isOpen = sql`(SELECT ${imports.finishedAt} IS NULL FROM ${imports} WHERE ${imports.id} = ${id})`
  return isDone(
    database.batch([
      // The same chunk at the same time: the second is refused by the key.
      statement(
        insertInto(importChunks, {
          id: stored,
          digest: chunk.digest,
          answer: chunk.answer,
          createdAt: audit.at,
        }),
      ),
      failUnless(
        importChunks,
        sql`${importChunks.id} = ${stored}`,
        sql`${isOpen} AND ${areAsRead(change)}`,
      ),
      ...(create.length === 0 ? [] : [creation(create)]),
      ...changes(change, audit),
      ...naming([...create, ...change]),
      ...(links.length === 0 ? [] : [linking(links)]),
      ...(claims.length === 0 ? [] : [claiming(id, claims)]),
      counting(id, chunk.answer),
    ]),
  )
}

/** What an import sets, of a user who is new or not. */
const sentMembers = () => ({
  username: member('username'),
  email: member('email'),
  emailVerified: member('emailVerified'),
  name: member('name'),
  role: member('role'),
  scope: member('scope'),
  claims: sql`${value} -> 'claims'`,
  disabledAt: member('disabledAt'),
  sourceId: member('sourceId'),
  externalId: member('externalId'),
})

const creation = (created: ChunkWrites['create']): Statement =>
  statement(
    sql`${insertInto(users, {
      sub: member('sub'),
      pairwiseSalt: member('pairwiseSalt'),
      ...sentMembers(),
      passwordHash: member('passwordHash'),
      passwordState: member('passwordState'),
      createdAt: member('createdAt'),
      updatedAt: member('updatedAt'),
      importId: member('importId'),
      sealedTotp: member('sealedTotp'),
    })} FROM ${rowsOf(created)}`,
  )

/**
 * Whether the users are as they were read. A sign-in leaves `updated_at` alone, so a new password or
 * factor also demands that its user has still none of their own. SQLite reads a number of JSON to within
 * a rounding; versions are a thousandth apart.
 */
function areAsRead(changed: readonly ImportedChange[]): SQL {
  const rows = changed.map(({ id, updatedAt, password, sealedTotp }) => ({
    id,
    updatedAt,
    isNew: password !== null || sealedTotp !== null,
  }))
  return sql`NOT EXISTS (SELECT 1 FROM ${rowsOf(rows)}
    WHERE NOT EXISTS (SELECT 1 FROM ${users} WHERE ${users.id} = ${member('id')}
      AND ABS(${users.updatedAt} - ${member('updatedAt')}) < 0.0005
      AND NOT (${member('isNew')} AND ${hasOwnPassword})))`
}

function changes(changed: readonly ImportedChange[], audit: AuditEvent): Statement[] {
  if (changed.length === 0) return []
  const rows = changed.map((one) => ({ ...one, updatedAt: nextVersion(one, audit.at) }))
  const kept = (column: SQL | typeof users.passwordHash, name: string): SQL =>
    sql`CASE WHEN ${value} -> 'password' = 'null' THEN ${column}
      ELSE ${value} -> 'password' ->> ${name} END`
  const ended = changed.filter(({ endsEverything }) => endsEverything)
  return [
    statement(
      sql`UPDATE ${users} ${set(users, {
        ...sentMembers(),
        updatedAt: member('updatedAt'),
        passwordHash: kept(users.passwordHash, 'passwordHash'),
        passwordState: kept(sql`${users.passwordState}`, 'passwordState'),
        sealedTotp: sql`COALESCE(${member('sealedTotp')}, ${users.sealedTotp})`,
        notBefore: sql`CASE WHEN ${member('endsEverything')} THEN MAX(${users.notBefore}, ${audit.at})
        ELSE ${users.notBefore} END`,
      })} FROM ${rowsOf(rows)} WHERE ${users.id} = ${member('id')}`,
    ),
    statement(sql`DELETE FROM ${loginNames}
      WHERE ${loginNames.userId} IN (SELECT ${member('id')} FROM ${rowsOf(rows)})`),
    outdatingUsers(
      changed.map(({ id }) => id),
      audit.at,
    ),
    ...ended.flatMap(({ id }) => {
      const ofUser = { ...audit, userId: id }
      return [...endings(id, ofUser), auditStatement(ofUser)]
    }),
  ]
}

function naming(named: readonly { sub: string; username: string; email: string | null }[]) {
  if (named.length === 0) return []
  const rows = named.flatMap((user) =>
    loginNamesOf(user).map((foldedName) => ({ sub: user.sub, foldedName })),
  )
  return [
    statement(sql`${insertInto(loginNames, { foldedName: member('foldedName'), userId: users.id })}
      FROM ${rowsOf(rows)} JOIN ${users} ON ${users.sub} = ${member('sub')}`),
  ]
}

/**
 * A link that comes with an account is as old as the account: a new password does not end it, as it ends
 * what an intruder may have added to an account in use.
 */
const linking = (links: ChunkWrites['links']): Statement =>
  statement(
    sql`${insertInto(providerLinks, {
      issuer: member('issuer'),
      subject: member('subject'),
      userId: users.id,
      email: member('email'),
      createdAt: sql`COALESCE(${member('addedAt')}, ${users.createdAt})`,
    })} FROM ${rowsOf(links)} JOIN ${users} ON ${users.sub} = ${member('sub')}`,
  )

const claiming = (id: string, claims: readonly string[]): Statement =>
  statement(sql`${insertInto(importClaims, { id: sql`${`${id}/`} || ${value}` })}
    FROM ${rowsOf(claims)} WHERE TRUE ON CONFLICT DO NOTHING`)

const counting = (id: string, answer: ChunkAnswer): Statement =>
  statement(
    sql`UPDATE ${imports} ${set(imports, {
      created: sql`${imports.created} + ${answer.created}`,
      updated: sql`${imports.updated} + ${answer.updated}`,
      skipped: sql`${imports.skipped} + ${answer.skipped}`,
      failed: sql`${imports.failed} + ${answer.failed}`,
      reset: sql`${imports.reset} + ${answer.reset}`,
      links: sql`${imports.links} + ${answer.links.made}`,
      totp: sql`${imports.totp} + ${answer.totp}`,
    })} WHERE ${imports.id} = ${id}`,
  )
