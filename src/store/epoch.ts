// The epoch: one row, only ever raised.
import type { EpochStore } from '../core/store.ts'
import { auditStatement } from './audit.ts'
import { statement, type Database } from './database.ts'

export const openEpoch = (database: Database): EpochStore => ({
  async raise(now, audit) {
    await database.batch([
      statement(
        `INSERT INTO epoch (id, not_before) VALUES (1, ?1)
         ON CONFLICT (id) DO UPDATE SET not_before = MAX(not_before, ?1)`,
        now,
      ),
      auditStatement(audit),
    ])
  },
})
