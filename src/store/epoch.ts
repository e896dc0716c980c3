// The epoch: one row, only ever raised.
import type { EpochStore } from '../core/server/storage.ts'
import { auditStatement } from './audit.ts'
import type { Database } from './database.ts'
import { epoch } from './schema/server.ts'
import { insertInto, set, sql, statement } from './sql.ts'

/** Opens the epoch. */
export const openEpoch = (database: Database): EpochStore => ({
  async raise(now, audit) {
    await database.batch([
      statement(sql`
        ${insertInto(epoch, { id: 1, notBefore: now })} WHERE TRUE
        ON CONFLICT (id) DO UPDATE ${set(epoch, { notBefore: sql`MAX(${epoch.notBefore}, ${now})` })}`),
      auditStatement(audit),
    ])
  },
})
