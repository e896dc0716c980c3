// The schema of src/store/schema against the two who must agree with it: the database that the
// migrations make, and the compiler.
import { env } from 'cloudflare:workers'
import { is } from 'drizzle-orm'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { describe, expect, it } from 'vitest'
import { loginNames, users } from '../../src/store/schema/people.ts'
import { insertInto, selection, set, sql } from '../../src/store/sql.ts'

const schema = import.meta.glob<Record<string, unknown>>('../../src/store/schema/*.ts', {
  eager: true,
})

const tables = Object.values(schema)
  .flatMap((file) => Object.values(file))
  .flatMap((one) => (is(one, SQLiteTable) ? [getTableConfig(one)] : []))

describe('the migrated database', () => {
  it('has the tables of the schema and no others', async () => {
    const { results } = await env.DB.prepare(
      `SELECT name FROM sqlite_schema WHERE type = 'table'
         AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_cf_%' AND name <> 'd1_migrations'
       ORDER BY name`,
    ).all<{ name: string }>()
    expect(results.map(({ name }) => name)).toEqual(tables.map(({ name }) => name).sort())
  })

  it.each(tables)('has the columns of $name', async ({ name, columns }) => {
    const { results } = await env.DB.prepare(
      `SELECT name, type, "notnull" AS required FROM pragma_table_info(?1) ORDER BY cid`,
    )
      .bind(name)
      .all<{ name: string; type: string; required: number }>()
    const byName = (rows: { name: string }[]) => Object.groupBy(rows, (row) => row.name)
    expect(byName(results.map((row) => ({ ...row, type: row.type.toLowerCase() })))).toEqual(
      byName(
        columns.map((column) => ({
          name: column.name,
          type: column.getSQLType(),
          required: column.notNull ? 1 : 0,
        })),
      ),
    )
  })

  it.each(tables)('has the indexes of $name', async ({ name, indexes }) => {
    const { results } = await env.DB.prepare(
      `SELECT name, "unique" AS isUnique, partial FROM pragma_index_list(?1)
       WHERE origin = 'c' AND name NOT LIKE '%\\_unique' ESCAPE '\\' ORDER BY name`,
    )
      .bind(name)
      .all()
    const expected = indexes.map(({ config }) => ({
      name: config.name,
      isUnique: config.unique ? 1 : 0,
      partial: config.where === undefined ? 0 : 1,
    }))
    expect(results).toEqual(expected.sort((a, b) => (a.name < b.name ? -1 : 1)))
  })

  it('R1: keeps short-lived rows WITHOUT ROWID: each insertion would write one row more', async () => {
    const { results } = await env.DB.prepare(
      "SELECT name FROM pragma_table_list WHERE wr = 1 AND schema = 'main' ORDER BY name",
    ).all()
    expect(results).toEqual([
      { name: 'daily_users' },
      { name: 'device_codes' },
      { name: 'import_claims' },
      { name: 'sign_in_attempts' },
      { name: 'used_identifiers' },
    ])
  })
})

it('the compiler refuses what the schema does not have or the database would not take', () => {
  // Never called: tsc fails (`npm run check`) as soon as one of them compiles.
  const refused = [
    // @ts-expect-error a column that is not in the schema, wherever a statement names it
    () => sql`SELECT ${users.nickname} FROM ${users}`,
    // @ts-expect-error
    () => selection({ nickname: users.nickname }),
    // @ts-expect-error
    () => set(users, { nickname: 'x' }),
    // @ts-expect-error an insertion without a column that must not be NULL
    () => insertInto(loginNames, { foldedName: 'x' }),
    // @ts-expect-error a value of another type than its column
    () => set(users, { name: 1 }),
    // @ts-expect-error a value that D1 cannot bind
    () => sql`SELECT ${undefined}`,
  ]
  expect(refused).toHaveLength(6)
})
