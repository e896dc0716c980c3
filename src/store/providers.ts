// Identity providers. `updated_at` only rises: D1 decides by it between changes made at the same time.
import { getTableColumns } from 'drizzle-orm'
import { providerConfiguration } from '../core/providers/configuration.ts'
import type { Provider, ProviderStore } from '../core/providers/storage.ts'
import { auditIfChanged, auditStatement } from './audit.ts'
import { changeRow, failUnless, isDone, nextVersion } from './changes.ts'
import type { Database } from './database.ts'
import { pageOf } from './page.ts'
import { providers } from './schema/people.ts'
import { type Row, insertInto, selection, set, sql, statement } from './sql.ts'
import * as v from '../protocol/schema.ts'

/** The most providers that a list of the enabled ones contains. */
const mostEnabled = 100

/** Opens the identity providers. */
export function openProviders(database: Database): ProviderStore {
  const find = async (id: string): Promise<Provider | null> => {
    const row = await database.first(
      statement(sql`SELECT ${stored.columns} FROM ${providers} WHERE ${providers.id} = ${id}`),
    )
    return row === null ? null : providerOf(row)
  }
  return {
    find,
    async create(provider, audit) {
      const { id, createdAt } = provider
      const insertion = insertInto(providers, { id, createdAt, ...changing(provider) })
      const batch = database.batch([statement(insertion), auditStatement(audit)])
      return (await isDone(batch)) ? 'created' : 'taken'
    },
    async listEnabled() {
      const rows = await database.all(
        statement(sql`
          SELECT ${stored.columns} FROM ${providers} WHERE ${providers.disabledAt} IS NULL
          ORDER BY ${providers.id} LIMIT ${mostEnabled}`),
      )
      return rows.map(providerOf)
    },
    async list(limit, cursor) {
      const rows = await database.all(
        statement(sql`
          SELECT ${stored.columns} FROM ${providers} WHERE ${providers.id} > ${cursor}
          ORDER BY ${providers.id} LIMIT ${limit + 1}`),
      )
      return pageOf(rows.map(providerOf), limit, (last) => last.id)
    },
    change: (id, decide, audit) =>
      changeRow(
        () => find(id),
        async (before) => {
          const after = { ...decide(before), id, updatedAt: nextVersion(before, audit.at) }
          const isThis = sql`${providers.id} = ${id}`
          await database.batch([
            failUnless(providers, isThis, sql`${providers.updatedAt} = ${before.updatedAt}`),
            statement(sql`UPDATE ${providers} ${set(providers, changing(after))} WHERE ${isThis}`),
            auditStatement(audit),
          ])
          return after
        },
      ),
    async delete(id, audit) {
      const [removed] = await database.batch([
        statement(sql`DELETE FROM ${providers} WHERE ${providers.id} = ${id} RETURNING 1`),
        auditIfChanged(audit),
      ])
      return removed?.length === 1
    },
  }
}

/** The columns that may change. The issuer has its own column, too: links find a provider by it. */
const changing = ({ configuration, wrappedClientSecret, disabledAt, updatedAt }: Provider) => ({
  issuer: configuration.issuer,
  configuration,
  wrappedClientSecret,
  disabledAt,
  updatedAt,
})

const stored = selection(getTableColumns(providers))

function providerOf(row: Row): Provider {
  const { issuer: _, configuration, ...provider } = stored.read(row)
  return { ...provider, configuration: v.parse(providerConfiguration(), configuration) }
}
