// Clients: one row each, metadata as a document. `updated_at` only rises: it is the version by which
// D1 decides between changes that were made at once.
import type { AuditEvent, Client, ClientChange } from '../core/records.ts'
import type { ClientStore } from '../core/store.ts'
import { temporarilyUnavailable } from '../protocol/error.ts'
import { auditIfChanged, auditStatement } from './audit.ts'
import { forgetConsents } from './consents.ts'
import { Conflict, statement, type Database, type Statement } from './database.ts'
import { endingOfClient, revocationOfClient } from './revocations.ts'
import { clientColumns, clientOf } from './rows.ts'
import { sql } from './sql.ts'

const byId = `SELECT ${clientColumns} FROM clients WHERE id = ?1`

export function openClients(database: Database): ClientStore {
  const find = async (id: string): Promise<Client | null> => {
    const row = await database.first(statement(byId, id))
    return row === null ? null : clientOf(row)
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
    async list(limit, cursor) {
      const rows = await database.all(
        statement(
          `SELECT ${clientColumns} FROM clients WHERE id > ?1 ORDER BY id LIMIT ?2`,
          cursor,
          limit + 1,
        ),
      )
      const items = rows.slice(0, limit).map(clientOf)
      const last = items.at(-1)
      return { items, nextCursor: rows.length > limit && last !== undefined ? last.id : null }
    },
    change: (id, decide, audit) => changeClient(database, id, decide, audit),
    delete: (id, audit) => remove(database, id, audit),
  }
}

const insertion = (client: Client) =>
  statement(
    `INSERT INTO clients (id, secret_digest, previous_secret_digest, metadata,
       access_token_lifetime, disabled_at, not_before, created_at, updated_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
    ...columnsOf(client),
    client.createdAt,
    client.updatedAt,
  )

const update = (client: Client) =>
  statement(
    `UPDATE clients SET secret_digest = ?2, previous_secret_digest = ?3, metadata = ?4,
       access_token_lifetime = NULLIF(MAX(COALESCE(?5, 0), COALESCE(access_token_lifetime, 0)), 0),
       disabled_at = ?6, not_before = MAX(not_before, ?7), updated_at = ?8
     WHERE id = ?1`,
    ...columnsOf(client),
    client.updatedAt,
  )

const columnsOf = (client: Client) =>
  [
    client.id,
    client.secretDigest,
    client.previousSecretDigest,
    JSON.stringify(client.metadata),
    client.metadata.access_token_ttl ?? null,
    client.disabledAt,
    client.notBefore,
  ] as const

/** How often a change is tried anew where others come first. */
const mostRounds = 20

async function changeClient(
  database: Database,
  id: string,
  decide: (client: Client) => ClientChange,
  audit: AuditEvent,
): Promise<Client | null> {
  for (let round = 0; round < mostRounds; round++) {
    const read = await database.first(statement(byId, id))
    if (read === null) return null
    const before = clientOf(read)
    try {
      const change = changeStatements(before, decide(before), audit)
      const [row] = (await database.batch(change)).at(-1) ?? []
      return row === undefined ? null : clientOf(row)
    } catch (failure) {
      if (!(failure instanceof Conflict)) throw failure
    }
  }
  throw temporarilyUnavailable(new Error('too many changes of one client at once'))
}

function changeStatements(before: Client, change: ClientChange, audit: AuditEvent): Statement[] {
  const { id, updatedAt } = before
  const after = { ...before, ...change, updatedAt: Math.max(audit.at, updatedAt + 0.001) }
  return [
    // An UPDATE that matches nothing would not stop the batch; this fails it (the id exists) where
    // the row is no longer the one that was read.
    statement(
      'INSERT INTO clients SELECT * FROM clients WHERE id = ?1 AND updated_at <> ?2',
      id,
      updatedAt,
    ),
    update(after),
    ...(after.notBefore > before.notBefore
      ? [revocationOfClient(id, after.notBefore, audit.at)]
      : []),
    auditStatement(audit),
    statement(byId, id),
  ]
}

/** Grants stay as revoked tombstones: a client of the same name later inherits nothing. */
async function remove(database: Database, id: string, audit: AuditEvent): Promise<boolean> {
  const results = await database.batch([
    ...endingOfClient(id, audit.at, 'client deleted'),
    ...forgetConsents((consent) => sql`${consent.clientId} = ${id}`),
    statement('DELETE FROM logout_notices WHERE client_id = ?1', id),
    statement('DELETE FROM clients WHERE id = ?1 RETURNING id', id),
    auditIfChanged(audit),
  ])
  return results.at(-2)?.length === 1
}
