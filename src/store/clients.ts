// Clients: one row each, metadata as a document.
import type { AuditEvent, Client, ClientStore } from '../core/store.ts'
import { auditStatement } from './audit.ts'
import { Conflict, statement, type Database } from './database.ts'
import { linesOfClient, revocationStatements } from './revocations.ts'
import { clientColumns, clientOf } from './rows.ts'

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
    async change(id, change, endsEverything, audit) {
      const before = await find(id)
      if (before === null) return null
      const endings = endsEverything
        ? revocationStatements(linesOfClient(id), audit.at, audit.kind)
        : []
      const results = await database.batch([
        update({ ...before, ...change, updatedAt: audit.at }),
        ...endings,
        auditStatement(audit),
        statement(byId, id),
      ])
      const [row] = results.at(-1) ?? []
      return row === undefined ? null : clientOf(row)
    },
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
       access_token_lifetime = MAX(COALESCE(?5, 0), COALESCE(access_token_lifetime, 0)),
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

/** Grants stay as revoked tombstones: a client of the same name later inherits nothing. */
async function remove(database: Database, id: string, audit: AuditEvent): Promise<boolean> {
  const results = await database.batch([
    ...revocationStatements(linesOfClient(id), audit.at, 'client deleted'),
    statement('DELETE FROM consents WHERE client_id = ?1', id),
    auditStatement(audit),
    statement('DELETE FROM clients WHERE id = ?1 RETURNING id', id),
  ])
  return results.at(-1)?.length === 1
}
