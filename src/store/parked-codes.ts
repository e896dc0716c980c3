// Sealed authorization codes and pushed requests that are too long for a URL.
import type { ParkedCodeStore } from '../core/authorization/storage.ts'
import type { Database } from './database.ts'
import { decide } from './decision.ts'
import { parkedCodes as codes } from './schema/grants.ts'
import { insertInto, prepared, selection, sql, statement } from './sql.ts'

const parked = selection({ sealed: codes.sealed })

const parkedCode = prepared<{ digest: string; now: number }>(
  ({ digest, now }) => sql`
    SELECT ${parked.columns} FROM ${codes}
    WHERE ${codes.digest} = ${digest} AND ${codes.expiresAt} > ${now}`,
)

/** Opens the parked codes. */
export const openParkedCodes = (database: Database): ParkedCodeStore => ({
  async park(digest, sealed, expiresAt, spends = []) {
    const parking = statement(insertInto(codes, { digest, sealed, expiresAt }))
    await decide(database, spends, [parking])
  },
  async find(digest, now) {
    const row = await database.first(parkedCode({ digest, now }))
    return row === null ? null : parked.read(row).sealed
  },
})
