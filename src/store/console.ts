// What screens of the console show, each read in one call whatever the number of its rows.
import type { SQL } from 'drizzle-orm'
import type { AccessCount, ConsoleStore } from '../core/authorization/storage.ts'
import { countedGrants, grantPage, listedGrants, newestUses } from './access.ts'
import { eventPage, listedEvents } from './audit-events.ts'
import { storedClient } from './client-rows.ts'
import type { Database } from './database.ts'
import { importById, storedImport } from './import-rows.ts'
import { pageOf } from './page.ts'
import { linksOfUser, wholeLink } from './provider-links.ts'
import { clients } from './schema/grants.ts'
import { importChunks } from './schema/imports.ts'
import { sessions, users } from './schema/people.ts'
import { isAlive, selectedSession, sessionsOfUser } from './session-rows.ts'
import { signingKeys } from './schema/server.ts'
import {
  type Row,
  type Statement,
  number,
  optional,
  selectedAs,
  selection,
  sql,
  statement,
  text,
} from './sql.ts'
import { wholeUser } from './user-rows.ts'

/** Opens what the console reads. */
export const openConsole = (database: Database): ConsoleStore => ({
  async readOverview(most) {
    const [keys, ...looked] = await database.batch([oldestKey(), ...listedEvents({}, most, null)])
    const [row] = keys ?? []
    const keysSince = row === undefined ? null : selectedSince.read(row).since
    return { events: eventPage(looked, most).items, keysSince }
  },
  async findUser(id, now, { most, sessionsAfter, grantsAfter }) {
    const [found, live, granted, linked, ...looked] = await database.batch([
      countedAccess(id, now),
      sessionsOfUser(id, now, most, sessionsAfter),
      listedGrants({ userId: id }, now, most, grantsAfter),
      linksOfUser(id),
      ...listedEvents({ userId: id }, most, null),
    ])
    const counted = countOf(found)
    if (counted === null) return null
    return {
      ...counted,
      sessions: pageOf((live ?? []).map(selectedSession.read), most, () => sessionsAfter + most),
      grants: grantPage(granted ?? [], most),
      links: (linked ?? []).map(wholeLink.read),
      events: eventPage(looked, most),
    }
  },
  async countAccess(id, now) {
    return countOf(await database.all(countedAccess(id, now)))
  },
  async findClient(id, now, { most, mostCounted, grantsAfter }) {
    const [found, granted, ...looked] = await database.batch([
      countedUses(id, now, mostCounted),
      listedGrants({ clientId: id }, now, most, grantsAfter),
      ...listedEvents({ clientId: id }, most, null),
    ])
    const counted = usesOf(found)
    if (counted === null) return null
    return {
      ...counted,
      grants: grantPage(granted ?? [], most),
      events: eventPage(looked, most),
    }
  },
  async countGrants(id, now, most) {
    return usesOf(await database.all(countedUses(id, now, most)))
  },
  async findImport(id, most) {
    const [[found] = [], faults = []] = await database.batch([
      importById(id),
      // The ids of chunks are `<import id>/<number>`, and "0" is the character after "/".
      statement(sql`SELECT ${fault.columns}
        FROM ${importChunks}, json_each(${importChunks.answer}, '$.errors') error
        WHERE ${importChunks.id} > ${`${id}/`} AND ${importChunks.id} < ${`${id}0`}
        ORDER BY ${importChunks.id} LIMIT ${most + 1}`),
    ])
    if (found === undefined) return null
    return {
      run: storedImport.read(found),
      errors: faults.map(fault.read).toSorted((one, other) => one.line - other.line),
    }
  },
})

const { activeAt, alg, withdrawnAt } = signingKeys
const selectedSince = selection({ since: optional(number(sql`MIN(newest.since)`)) })

const oldestKey = (): Statement =>
  statement(sql`SELECT ${selectedSince.columns} FROM (
  SELECT MAX(${activeAt}) AS since FROM ${signingKeys} WHERE ${withdrawnAt} IS NULL
  GROUP BY ${alg}) newest`)

const liveSessions = (id: number, now: SQL): SQL => sql`SELECT COUNT(*) FROM ${sessions}
  WHERE ${sessions.userId} = ${id} AND ${isAlive(now)}`

const sessionCount = selectedAs('sessions', 'number')
const grantCount = selectedAs('grants', 'number')

const countedAccess = (id: number, now: number): Statement =>
  statement(sql`SELECT ${wholeUser.columns},
      ${sessionCount.column(sql`(${liveSessions(id, sql`${now}`)})`)},
      ${grantCount.column(sql`(${countedGrants({ userId: id }, now)})`)}
    FROM ${users} WHERE ${users.id} = ${id}`)

function countOf(rows: readonly Row[] = []) {
  const [row] = rows
  if (row === undefined) return null
  const access: AccessCount = { sessions: sessionCount.read(row), grants: grantCount.read(row) }
  return { user: wholeUser.read(row), access }
}

const uses = selection({
  grantCount: number(sql`COUNT(used)`),
  lastUsedAt: optional(number(sql`MAX(used)`)),
})

const owner = selection({ ownerName: optional(text(sql`${users.username}`)) })

const countedUses = (id: string, now: number, most: number): Statement =>
  statement(sql`SELECT ${storedClient.columns}, ${owner.columns}, looked.* FROM ${clients}
    LEFT JOIN ${users} ON ${users.id} = ${clients.ownerId}
    JOIN (SELECT ${uses.columns} FROM (${newestUses(id, now, most + 1)}) latest) looked
    WHERE ${clients.id} = ${id}`)

function usesOf(rows: readonly Row[] = []) {
  const [row] = rows
  if (row === undefined) return null
  return { client: storedClient.read(row), ...owner.read(row), ...uses.read(row) }
}

const fault = selection({
  line: number(sql`json_extract(error.value, '$.line')`),
  field: text(sql`json_extract(error.value, '$.field')`),
  detail: text(sql`json_extract(error.value, '$.detail')`),
})
