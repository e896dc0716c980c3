// What readiness asks of D1, in one read.
import { sealedKinds } from '../core/server/sealed-rows.ts'
import type { ReadinessStore } from '../core/server/storage.ts'
import type { Database } from './database.ts'
import { migrationNames } from './migration-names.ts'
import { selectStranded } from './passkeys.ts'
import { selectKeyIds } from './sealed-rows.ts'
import { selectKeys, wholeKey } from './signing-keys.ts'
import { type Row, selection, sql, statement, text } from './sql.ts'

// The table of wrangler, which applies the migrations.
const applied = selection({ name: text(sql`d1_migrations.name`) })
const selectApplied = () => statement(sql`SELECT ${applied.columns} FROM d1_migrations`)

/** Opens what readiness asks. */
export const openReadiness = (database: Database): ReadinessStore => ({
  async look(now, rpId) {
    const kinds = sealedKinds.map((kind) => selectKeyIds(kind, now))
    const keys = selectKeys(now)
    let results: Row[][]
    try {
      results = await database.batch([
        selectApplied(),
        keys,
        ...kinds.map((one) => one.statement),
        ...(rpId === null ? [] : [selectStranded(rpId)]),
      ])
    } catch (failure) {
      if (!lacksSchema(failure)) throw failure
      const missingMigrations = missingOf(await appliedTo(database))
      if (missingMigrations.length === 0) throw failure
      return { missingMigrations, keyIds: [], signingKeys: [], hasStrandedPasskeys: false }
    }
    const [migrations = [], signingKeys = [], ...ofKinds] = results
    return {
      hasStrandedPasskeys: (ofKinds[kinds.length] ?? []).length > 0,
      missingMigrations: missingOf(migrations),
      keyIds: kinds.flatMap((one, index) =>
        (ofKinds[index] ?? []).map((row) => ({ kind: one.kind, id: one.read(row) })),
      ),
      signingKeys: signingKeys.map(wholeKey.read),
    }
  },
})

/** Returns the rows of the migrations; none if nothing has ever been migrated. */
async function appliedTo(database: Database): Promise<Row[]> {
  try {
    return await database.all(selectApplied())
  } catch (failure) {
    if (lacksSchema(failure)) return []
    throw failure
  }
}

function missingOf(rows: readonly Row[]): string[] {
  const names = new Set(rows.map((row) => applied.read(row).name))
  return migrationNames.filter((name) => !names.has(`${name}.sql`))
}

/** Whether a statement failed because the database has an older schema than this release. */
const lacksSchema = (failure: unknown): boolean =>
  failure instanceof Error && /no such (table|column)/.test(String(failure.cause))
