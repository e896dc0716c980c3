// The epoch: one row, only ever raised.
import type { EpochStore } from '../core/server/storage.ts'
import { auditStatement } from './audit.ts'
import type { Database } from './database.ts'
import { revocationOfEpoch } from './revocations.ts'
import { epoch } from './schema/server.ts'
import { insertInto, prepared, selection, set, sql, statement } from './sql.ts'

/** Opens the epoch. */
export const openEpoch = (database: Database): EpochStore => ({
  async raise(now, audit) {
    await database.batch([
      statement(sql`
        ${insertInto(epoch, { id: 1, notBefore: now })} WHERE TRUE
        ON CONFLICT (id) DO UPDATE ${set(epoch, { notBefore: sql`MAX(${epoch.notBefore}, ${now})` })}`),
      revocationOfEpoch(now),
      auditStatement(audit),
    ])
  },
  async find() {
    const row = await database.first(finding({}))
    return row === null ? 0 : selected.read(row).notBefore
  },
})

const selected = selection({ notBefore: epoch.notBefore })

const finding = prepared<Record<string, never>>(
  () => sql`SELECT ${selected.columns} FROM ${epoch} WHERE ${epoch.id} = 1`,
)
