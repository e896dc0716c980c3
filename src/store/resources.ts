// Protected resources: a document each, and a row for each of its spellings' keys. The primary key of
// those rows decides which of two resources gets a spelling.
import { getTableColumns } from 'drizzle-orm'
import { keysOf, resourceMetadata } from '../core/tokens/resource-metadata.ts'
import type { Resource, ResourceStore } from '../core/tokens/storage.ts'
import { auditIfChanged, auditStatement } from './audit.ts'
import { changeRow, failUnless, nextVersion } from './changes.ts'
import { Conflict, type Database } from './database.ts'
import { pageOf } from './page.ts'
import { outdatingResource, outdatingUnregistered } from './revocations.ts'
import { resourceKeys, resources } from './schema/grants.ts'
import {
  type Row,
  type Statement,
  insertInto,
  prepared,
  selection,
  set,
  sql,
  statement,
} from './sql.ts'
import * as v from '../protocol/schema.ts'

const stored = selection(getTableColumns(resources))

const withKey = selection({ key: resourceKeys.key }, 'of.')

const byKeys = prepared<{ keys: string }>(
  ({ keys }) => sql`
    SELECT ${withKey.columns}, ${stored.columns}
    FROM ${resourceKeys} JOIN ${resources} ON ${resources.id} = ${resourceKeys.resourceId}
    WHERE ${resourceKeys.key} IN (SELECT value FROM json_each(${keys}))`,
)

function resourceOf(row: Row): Resource {
  const { metadata, ...resource } = stored.read(row)
  return { ...resource, metadata: v.parse(resourceMetadata(), metadata) }
}

/** Inserts the keys of all spellings of a resource. */
const keyInsertion = ({ id, metadata }: Pick<Resource, 'id' | 'metadata'>): Statement =>
  statement(sql`${insertInto(resourceKeys, { key: sql`value`, resourceId: id })}
    FROM json_each(${JSON.stringify(keysOf(metadata))})`)

const keyDeletion = (id: string): Statement =>
  statement(sql`DELETE FROM ${resourceKeys} WHERE ${resourceKeys.resourceId} = ${id}`)

export function openResources(database: Database): ResourceStore {
  const find = async (id: string): Promise<Resource | null> => {
    const row = await database.first(
      statement(sql`SELECT ${stored.columns} FROM ${resources} WHERE ${resources.id} = ${id}`),
    )
    return row === null ? null : resourceOf(row)
  }
  return {
    find,
    async create(resource, audit) {
      try {
        const insertion = statement(insertInto(resources, resource))
        const outdating = outdatingUnregistered(audit.at)
        await database.batch([insertion, keyInsertion(resource), outdating, auditStatement(audit)])
        return 'created'
      } catch (failure) {
        if (failure instanceof Conflict) return 'taken'
        // The outcome is unknown: the identifier is random, so a row with it is this one.
        if ((await find(resource.id)) !== null) return 'created'
        throw failure
      }
    },
    async findByKeys(keys) {
      const rows = await database.all(byKeys({ keys: JSON.stringify(keys) }))
      return new Map(rows.map((row) => [withKey.read(row).key, resourceOf(row)]))
    },
    async list(limit, cursor) {
      const rows = await database.all(
        statement(sql`
          SELECT ${stored.columns} FROM ${resources} WHERE ${resources.id} > ${cursor}
          ORDER BY ${resources.id} LIMIT ${limit + 1}`),
      )
      return pageOf(rows.map(resourceOf), limit, (last) => last.id)
    },
    async change(id, decide, audit) {
      try {
        return await changeRow(
          () => find(id),
          async (before) => {
            const metadata = decide(before.metadata)
            const after = { ...before, metadata, updatedAt: nextVersion(before, audit.at) }
            const isThis = sql`${resources.id} = ${id}`
            const changes = set(resources, { metadata, updatedAt: after.updatedAt })
            await database.batch([
              failUnless(resources, isThis, sql`${resources.updatedAt} = ${before.updatedAt}`),
              outdatingResource(id, audit.at),
              outdatingUnregistered(audit.at),
              statement(sql`UPDATE ${resources} ${changes} WHERE ${isThis}`),
              keyDeletion(id),
              keyInsertion(after),
              auditStatement(audit),
            ])
            return after
          },
        )
      } catch (failure) {
        if (failure instanceof Conflict) return 'taken'
        throw failure
      }
    },
    async delete(id, audit) {
      const [, , removed] = await database.batch([
        outdatingResource(id, audit.at),
        keyDeletion(id),
        statement(sql`DELETE FROM ${resources} WHERE ${resources.id} = ${id} RETURNING 1`),
        auditIfChanged(audit),
      ])
      return removed?.length === 1
    },
  }
}
