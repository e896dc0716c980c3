// What `npm run migration` would write, after all that has been written: nothing.
import {
  generateSQLiteDrizzleJson,
  generateSQLiteMigration,
  type DrizzleSQLiteSnapshotJSON,
} from 'drizzle-kit/api'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const schema = import.meta.glob<Record<string, unknown>>('../../src/store/schema/*.ts', {
  eager: true,
})
const snapshots = join(import.meta.dirname, '..', '..', 'migrations', 'meta')

it('the schema asks for no migration that has not been written', async () => {
  const tables = Object.assign({}, ...Object.values(schema))
  const current = await generateSQLiteDrizzleJson(tables)
  expect(await generateSQLiteMigration(latestSnapshot(), current)).toEqual([])
})

function latestSnapshot(): DrizzleSQLiteSnapshotJSON {
  const latest = readdirSync(snapshots)
    .filter((file) => file.endsWith('_snapshot.json'))
    .sort()
    .at(-1)
  return JSON.parse(readFileSync(join(snapshots, latest ?? ''), 'utf8'))
}
