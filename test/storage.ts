// Before each test file that runs in workerd: D1 with its tables and nothing in them but what migrations
// put there, and an empty KV.
import { env } from 'cloudflare:workers'
import { inject } from 'vitest'

/** What the first file of this isolate has found after the migrations. */
type Storage = { schema: string; tables: string[]; seeds: Map<string, Record<string, unknown>[]> }

declare global {
  var migratedStorage: Storage | undefined
}

const quoted = (name: string): string => `"${name}"`

/** In one batch, because one migration after the other takes a second. */
async function applyMigrations(): Promise<void> {
  // The table is the one that wrangler keeps.
  const record = env.DB.prepare('INSERT INTO d1_migrations (name) VALUES (?)')
  await env.DB.batch([
    env.DB.prepare(
      `CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE,
        applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`,
    ),
    ...inject('migrations').flatMap(({ name, queries }) => [
      ...queries.map((query) => env.DB.prepare(query)),
      record.bind(name),
    ]),
  ])
}

/** Returns the tables with the statements that made them, and their indexes. */
async function readSchema() {
  const { results } = await env.DB.prepare(
    `SELECT type, name, sql FROM sqlite_schema
      WHERE name NOT GLOB 'sqlite_*' AND name NOT GLOB '_cf*' ORDER BY name`,
  ).all<{ type: string; name: string; sql: string }>()
  const tables = results.filter(({ type }) => type === 'table').map(({ name }) => name)
  return { schema: JSON.stringify(results), tables }
}

async function first(): Promise<Storage> {
  await applyMigrations()
  const { schema, tables } = await readSchema()
  const seeds: Storage['seeds'] = new Map()
  for (const table of tables) {
    const { results } = await env.DB.prepare(`SELECT * FROM ${quoted(table)}`).all()
    if (results.length > 0) seeds.set(table, results)
  }
  return { schema, tables, seeds }
}

async function again({ schema, tables, seeds }: Storage): Promise<void> {
  const found = await readSchema()
  const deferring = env.DB.prepare('PRAGMA defer_foreign_keys = ON')
  if (found.schema === schema) {
    await env.DB.batch([
      deferring,
      ...tables.map((table) => env.DB.prepare(`DELETE FROM ${quoted(table)}`)),
      // So that numbers begin at 1 again.
      env.DB.prepare('DELETE FROM sqlite_sequence'),
      ...[...seeds].flatMap(([table, rows]) => rows.map((row) => inserted(table, row))),
    ])
  } else {
    const drop = (table: string) => env.DB.prepare(`DROP TABLE ${quoted(table)}`)
    await env.DB.batch([deferring, ...found.tables.map(drop)])
    await applyMigrations()
  }
  const { keys } = await env.KV.list()
  await Promise.all(keys.map(({ name }) => env.KV.delete(name)))
  if (keys.length === 1000) await again({ schema, tables, seeds })
}

function inserted(table: string, row: Record<string, unknown>): D1PreparedStatement {
  const columns = Object.keys(row)
  return env.DB.prepare(
    `INSERT INTO ${quoted(table)} (${columns.map(quoted).join(', ')})
      VALUES (${columns.map(() => '?').join(', ')})`,
  ).bind(...Object.values(row))
}

if (globalThis.migratedStorage === undefined) globalThis.migratedStorage = await first()
else await again(globalThis.migratedStorage)
