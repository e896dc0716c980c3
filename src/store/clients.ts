// Clients: one row each, metadata as a document. `updated_at` only rises: it is the version by which
// D1 decides between changes that were made at once.
import type { SQL } from 'drizzle-orm'
import type { Client, ClientChange, ClientFilter, ClientStore } from '../core/clients/storage.ts'
import type { AuditEvent, Page } from '../core/server/storage.ts'
import { auditIfChanged, auditStatement } from './audit.ts'
import { allOf, listBounded, positionOf } from './bounded-list.ts'
import { changeRow, failUnless, nextVersion } from './changes.ts'
import { storedClient as stored } from './client-rows.ts'
import { clientNameKey, foldClientName } from './client-name.ts'
import { forgetOfClient } from './consents.ts'
import { Conflict, type Database } from './database.ts'
import { endingOfClient, outdatingClient, revocationOfClient } from './revocations.ts'
import { clients, logoutNotices } from './schema/grants.ts'
import {
  type Statement,
  insertInto,
  number,
  optional,
  prepared,
  selection,
  set,
  sql,
  statement,
} from './sql.ts'

const clientById = prepared<{ id: string }>(
  ({ id }) => sql`SELECT ${stored.columns} FROM ${clients} WHERE ${clients.id} = ${id}`,
)

const longest = selection({
  lifetime: optional(number(sql`MAX(${clients.accessTokenLifetime})`)),
})

export function openClients(database: Database): ClientStore {
  const find = async (id: string): Promise<Client | null> => {
    const row = await database.first(clientById({ id }))
    return row === null ? null : stored.read(row)
  }
  return {
    find,
    async create(client, audit) {
      try {
        await database.batch([insertion(client), auditStatement(audit)])
        return 'created'
      } catch (failure) {
        if (failure instanceof Conflict) return 'taken'
        // The outcome is unknown: a row with this very secret is the one that was to be made.
        const found = client.secretDigest === null ? null : await find(client.id)
        if (found !== null && found.secretDigest === client.secretDigest) return 'created'
        throw failure
      }
    },
    list: (filter, limit, cursor) => list(database, filter, limit, cursor),
    async listOfOwner(ownerId, most) {
      const rows = await database.all(
        statement(sql`
          SELECT ${stored.columns} FROM ${clients} WHERE ${clients.ownerId} = ${ownerId}
          ORDER BY ${clients.createdAt} DESC, ${clients.id} LIMIT ${most}`),
      )
      return rows.map(stored.read)
    },
    change: (id, decide, audit) =>
      changeRow(
        () => find(id),
        async (before) => {
          const change = decide(before)
          if (change === null) return before
          const statements = changeStatements(before, change, audit)
          const [row] = (await database.batch(statements)).at(-1) ?? []
          return row === undefined ? null : stored.read(row)
        },
      ),
    delete: (id, audit) => remove(database, id, audit),
    async longestAccessTokenLifetime() {
      const row = await database.first(statement(sql`SELECT ${longest.columns} FROM ${clients}`))
      return row === null ? 0 : (longest.read(row).lifetime ?? 0)
    },
  }
}

async function list(
  database: Database,
  { origin, prefix, ownerId, managedBy }: ClientFilter,
  limit: number,
  cursor: string | null,
): Promise<Page<Client>> {
  const ofOrigin = origin === undefined ? [] : [sql`${clients.origin} = ${origin}`]
  const ofOwner = ownerId === undefined ? [] : [sql`${clients.ownerId} = ${ownerId}`]
  const ofManager =
    managedBy === undefined ? [] : [sql`${clients.metadata} ->> '$.managed_by' = ${managedBy}`]
  // An owner has few clients, so that the index of owners leads.
  const [led, others] =
    prefix === undefined && ownerId === undefined
      ? [ofOrigin, ofManager]
      : [ofOwner, [...ofOrigin, ...ofManager]]
  const { value, conditions } =
    prefix === undefined ? afterId(cursor) : afterName(foldClientName(prefix), cursor)
  return listBounded(database, {
    limit,
    looked: sql`SELECT ${value} AS value, ${clients.id} AS key FROM ${clients}
      WHERE ${allOf([...led, ...conditions])} ORDER BY ${value}, ${clients.id}`,
    join: sql`JOIN ${clients} ON ${clients.id} = looked.key`,
    columns: stored.columns,
    read: stored.read,
    others,
  })
}

/** What orders clients before their identifiers, and the conditions that they come after a page. */
type Walk = { value: SQL; conditions: SQL[] }

const afterId = (cursor: string | null): Walk => ({
  value: sql`${clients.id}`,
  conditions: [sql`${clients.id} > ${cursor === null ? '' : positionOf(cursor)[1]}`],
})

/** The second bound is the first text, by code points, after all that begin with the prefix. */
function afterName(prefix: string, cursor: string | null): Walk {
  const key = clientNameKey(clients.metadata)
  const [name, id] = cursor === null ? [prefix, ''] : positionOf(cursor)
  return {
    value: key,
    conditions: [
      sql`${key} >= ${name} AND ${key} < ${`${prefix}\u{10ffff}`}`,
      sql`(${key} > ${name} OR ${clients.id} > ${id})`,
    ],
  }
}

const insertion = (client: Client): Statement =>
  statement(
    insertInto(clients, {
      ...client,
      accessTokenLifetime: client.metadata.access_token_ttl ?? null,
    }),
  )

/** What a client has, but for what never changes. A client's longest lifetime is kept. */
function update(client: Client): Statement {
  const { id, secretDigest, previousSecretDigest, metadata, disabledAt, updatedAt } = client
  const { registrationTokenDigest, previousRegistrationTokenDigest } = client
  const { previousRegistrationTokenExpiresAt, softwareStatement, documentDigest } = client
  const lifetime = metadata.access_token_ttl ?? 0
  const changes = set(clients, {
    ...{ secretDigest, previousSecretDigest, metadata, disabledAt, updatedAt },
    ...{ registrationTokenDigest, previousRegistrationTokenDigest },
    ...{ previousRegistrationTokenExpiresAt, softwareStatement, documentDigest },
    accessTokenLifetime: sql`NULLIF(MAX(${lifetime}, COALESCE(${clients.accessTokenLifetime}, 0)), 0)`,
    notBefore: sql`MAX(${clients.notBefore}, ${client.notBefore})`,
  })
  return statement(sql`UPDATE ${clients} ${changes} WHERE ${clients.id} = ${id}`)
}

function changeStatements(before: Client, change: ClientChange, audit: AuditEvent): Statement[] {
  const { id } = before
  const after = { ...before, ...change, updatedAt: nextVersion(before, audit.at) }
  return [
    failUnless(
      clients,
      sql`${clients.id} = ${id}`,
      sql`${clients.updatedAt} = ${before.updatedAt}`,
    ),
    update(after),
    auditIfChanged(audit),
    ...(keepsRedirects(before, after) ? [] : [endingOfCodes({ id, at: after.updatedAt })]),
    ...(after.notBefore > before.notBefore
      ? [revocationOfClient(id, after.notBefore, audit.at)]
      : []),
    outdatingClient(id, audit.at),
    clientById({ id }),
  ]
}

/** Whether codes that wait still have somewhere to be. */
const keepsRedirects = (before: Client, after: Client): boolean =>
  before.metadata.redirect_uris.every((uri) => after.metadata.redirect_uris.includes(uri))

const endingOfCodes = prepared<{ id: string; at: number }>(
  ({ id, at }) => sql`UPDATE ${clients} ${set(clients, { codesNotBefore: at })}
    WHERE ${clients.id} = ${id}`,
)

/** Grants stay as revoked tombstones: a client of the same name later inherits nothing. */
async function remove(database: Database, id: string, audit: AuditEvent): Promise<boolean> {
  const results = await database.batch([
    ...endingOfClient(id, audit.at, 'client.deleted'),
    ...forgetOfClient({ clientId: id }),
    statement(sql`DELETE FROM ${logoutNotices} WHERE ${logoutNotices.clientId} = ${id}`),
    statement(sql`DELETE FROM ${clients} WHERE ${clients.id} = ${id} RETURNING 1`),
    auditIfChanged(audit),
  ])
  return results.at(-2)?.length === 1
}
