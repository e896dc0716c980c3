// Providers elsewhere. `updated_at` only rises: by it D1 decides between changes made at once.
import { providerConfiguration, type Provider, type ProviderStore } from '../core/provider.ts'
import type { AuditEvent } from '../core/records.ts'
import { temporarilyUnavailable } from '../protocol/error.ts'
import { auditIfChanged, auditStatement } from './audit.ts'
import {
  Conflict,
  numberOf,
  optionalNumberOf,
  optionalTextOf,
  statement,
  textOf,
  type Database,
  type Row,
  type Statement,
} from './database.ts'

const columns = `id, configuration, wrapped_client_secret, disabled_at, created_at, updated_at`

/** Providers of one deployment at most that anything looks through. */
const mostEnabled = 100

export const openProviders = (database: Database): ProviderStore => ({
  async create(provider, audit) {
    try {
      await database.batch([insertion(provider), auditStatement(audit)])
      return 'created'
    } catch (failure) {
      if (failure instanceof Conflict) return 'taken'
      throw failure
    }
  },
  find: (id) => find(database, id),
  async listEnabled() {
    const rows = await database.all(
      statement(
        `SELECT ${columns} FROM providers WHERE disabled_at IS NULL ORDER BY id LIMIT ?1`,
        mostEnabled,
      ),
    )
    return rows.map(providerOf)
  },
  async list(limit, cursor) {
    const rows = await database.all(
      statement(
        `SELECT ${columns} FROM providers WHERE id > ?1 ORDER BY id LIMIT ?2`,
        cursor,
        limit + 1,
      ),
    )
    const items = rows.slice(0, limit).map(providerOf)
    const last = items.at(-1)
    return { items, nextCursor: rows.length > limit && last !== undefined ? last.id : null }
  },
  change: (id, decide, audit) => change(database, id, decide, audit),
  async delete(id, audit) {
    const [removed] = await database.batch([
      statement('DELETE FROM providers WHERE id = ?1 RETURNING id', id),
      auditIfChanged(audit),
    ])
    return removed?.length === 1
  },
})

async function find(database: Database, id: string): Promise<Provider | null> {
  const row = await database.first(statement(`SELECT ${columns} FROM providers WHERE id = ?1`, id))
  return row === null ? null : providerOf(row)
}

/** How often a change is tried anew where others come first. */
const mostRounds = 20

async function change(
  database: Database,
  id: string,
  decide: (provider: Provider) => Provider,
  audit: AuditEvent,
): Promise<Provider | null> {
  for (let round = 0; round < mostRounds; round++) {
    const before = await find(database, id)
    if (before === null) return null
    const updatedAt = Math.max(audit.at, before.updatedAt + 0.001)
    const after = { ...decide(before), id, updatedAt }
    try {
      await database.batch([...changeStatements(before, after), auditStatement(audit)])
      return after
    } catch (failure) {
      if (!(failure instanceof Conflict)) throw failure
    }
  }
  throw temporarilyUnavailable(new Error('too many changes of one provider at once'))
}

const changeStatements = (before: Provider, after: Provider): Statement[] => [
  // An UPDATE that matches nothing would not stop the batch; this fails it (the id exists) where
  // the row is no longer the one that was read.
  statement(
    'INSERT INTO providers SELECT * FROM providers WHERE id = ?1 AND updated_at <> ?2',
    before.id,
    before.updatedAt,
  ),
  statement(
    `UPDATE providers SET issuer = ?2, configuration = ?3, wrapped_client_secret = ?4,
       disabled_at = ?5, updated_at = ?6
     WHERE id = ?1`,
    ...valuesOf(after),
    after.updatedAt,
  ),
]

const insertion = (provider: Provider): Statement =>
  statement(
    `INSERT INTO providers (id, issuer, configuration, wrapped_client_secret, disabled_at,
       created_at, updated_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
    ...valuesOf(provider),
    provider.createdAt,
    provider.updatedAt,
  )

const valuesOf = (provider: Provider) =>
  [
    provider.id,
    provider.configuration.issuer,
    JSON.stringify(provider.configuration),
    provider.wrappedClientSecret,
    provider.disabledAt,
  ] as const

const providerOf = (row: Row): Provider => ({
  id: textOf(row, 'id'),
  configuration: providerConfiguration().parse(JSON.parse(textOf(row, 'configuration'))),
  wrappedClientSecret: optionalTextOf(row, 'wrapped_client_secret'),
  disabledAt: optionalNumberOf(row, 'disabled_at'),
  createdAt: numberOf(row, 'created_at'),
  updatedAt: numberOf(row, 'updated_at'),
})
