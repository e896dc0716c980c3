// In place of test/apply-migrations.ts: makes the tables once, and empties them before each further run
// of the same file, so that every mutant begins with the storage that the first run began with.
import { env } from 'cloudflare:workers'

type State = { tables: string[]; seeds: Map<string, Record<string, unknown>[]> }

declare global {
  var mutantsStorage: State | undefined
}

const quoted = (name: string): string => `"${name}"`

async function first(): Promise<State> {
  await import('../apply-migrations.ts')
  const { results } = await env.DB.prepare(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'
      AND name NOT GLOB '_cf*'`,
  ).all<{ name: string }>()
  const tables = results.map(({ name }) => name)
  const seeds = new Map<string, Record<string, unknown>[]>()
  for (const table of tables) {
    const rows = await env.DB.prepare(`SELECT * FROM ${quoted(table)}`).all()
    if (rows.results.length > 0) seeds.set(table, rows.results)
  }
  return { tables, seeds }
}

async function again({ tables, seeds }: State): Promise<void> {
  await env.DB.batch([
    env.DB.prepare('PRAGMA defer_foreign_keys = ON'),
    ...tables.map((table) => env.DB.prepare(`DELETE FROM ${quoted(table)}`)),
    ...[...seeds].flatMap(([table, rows]) =>
      rows.map((row) =>
        env.DB.prepare(
          `INSERT INTO ${quoted(table)} (${Object.keys(row).map(quoted).join(', ')})
            VALUES (${Object.keys(row)
              .map(() => '?')
              .join(', ')})`,
        ).bind(...Object.values(row)),
      ),
    ),
  ])
  const { keys } = await env.KV.list()
  for (const { name } of keys) await env.KV.delete(name)
}

if (globalThis.mutantsStorage === undefined) globalThis.mutantsStorage = await first()
else await again(globalThis.mutantsStorage)
