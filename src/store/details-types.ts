// Types of authorization details (RFC 9396): a row each, by the name of the type.
import { getTableColumns } from 'drizzle-orm'
import { detailsTypeMetadata } from '../core/tokens/details-type.ts'
import type { DetailsType, DetailsTypeStore } from '../core/tokens/storage.ts'
import { auditIfChanged, auditStatement } from './audit.ts'
import { changeRow, failUnless, nextVersion } from './changes.ts'
import * as v from '../protocol/schema.ts'
import { Conflict, type Database } from './database.ts'
import { pageOf } from './page.ts'
import { detailsTypes } from './schema/grants.ts'
import { type Row, insertInto, selection, set, sql, statement } from './sql.ts'

const stored = selection(getTableColumns(detailsTypes))

function typeOf(row: Row): DetailsType {
  const { createdAt, updatedAt, summary, managedBy, ...metadata } = stored.read(row)
  const whole = {
    ...metadata,
    ...(summary === null ? {} : { summary }),
    ...(managedBy === null ? {} : { managed_by: managedBy }),
  }
  return { metadata: v.parse(detailsTypeMetadata(), whole), createdAt, updatedAt }
}

/** Returns the columns that a type's metadata fill. */
const columnsOf = ({ schema, title, summary, managed_by }: DetailsType['metadata']) => ({
  schema,
  title,
  summary: summary ?? null,
  managedBy: managed_by ?? null,
})

/** Opens the types of authorization details. */
export function openDetailsTypes(database: Database): DetailsTypeStore {
  const find = async (type: string): Promise<DetailsType | null> => {
    const row = await database.first(
      statement(
        sql`SELECT ${stored.columns} FROM ${detailsTypes} WHERE ${detailsTypes.type} = ${type}`,
      ),
    )
    return row === null ? null : typeOf(row)
  }
  return {
    find,
    async all() {
      const rows = await database.all(
        statement(sql`SELECT ${stored.columns} FROM ${detailsTypes} ORDER BY ${detailsTypes.type}`),
      )
      return rows.map(typeOf)
    },
    async create({ metadata, createdAt, updatedAt }, audit) {
      const row = { type: metadata.type, ...columnsOf(metadata), createdAt, updatedAt }
      try {
        await database.batch([statement(insertInto(detailsTypes, row)), auditStatement(audit)])
        return 'created'
      } catch (failure) {
        if (failure instanceof Conflict) return 'taken'
        // The outcome is unknown: a row of this very instant is this one.
        if ((await find(metadata.type))?.createdAt === createdAt) return 'created'
        throw failure
      }
    },
    async list(limit, cursor) {
      const rows = await database.all(
        statement(sql`
          SELECT ${stored.columns} FROM ${detailsTypes} WHERE ${detailsTypes.type} > ${cursor}
          ORDER BY ${detailsTypes.type} LIMIT ${limit + 1}`),
      )
      return pageOf(rows.map(typeOf), limit, (last) => last.metadata.type)
    },
    change: (type, decide, audit) =>
      changeRow(
        () => find(type),
        async (before) => {
          const metadata = decide(before.metadata)
          const updatedAt = nextVersion(before, audit.at)
          const isThis = sql`${detailsTypes.type} = ${type}`
          const changes = set(detailsTypes, { ...columnsOf(metadata), updatedAt })
          await database.batch([
            failUnless(detailsTypes, isThis, sql`${detailsTypes.updatedAt} = ${before.updatedAt}`),
            statement(sql`UPDATE ${detailsTypes} ${changes} WHERE ${isThis}`),
            auditStatement(audit),
          ])
          return { ...before, metadata, updatedAt }
        },
      ),
    async delete(type, audit) {
      const [removed] = await database.batch([
        statement(
          sql`DELETE FROM ${detailsTypes} WHERE ${detailsTypes.type} = ${type} RETURNING 1`,
        ),
        auditIfChanged(audit),
      ])
      return removed?.length === 1
    },
  }
}
