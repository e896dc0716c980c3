// What is stored, table by table, before and after: what a step has left, and the way back.
import { env } from 'cloudflare:workers'

type Row = Record<string, unknown>

/** All rows of all tables by their texts, and the keys of KV. */
export type Snapshot = Map<string, string[]>

/** How many rows of a table came and went; a changed row has done both. */
export type Difference = Record<string, { came: number; went: number }>

let tables: string[] = []

async function tablesOf(): Promise<string[]> {
  const query = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
    AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name <> 'd1_migrations' ORDER BY name`
  const { results } = await env.DB.prepare(query).all<{ name: string }>()
  return results.map(({ name }) => name)
}

/** The name under which the keys of KV stand among the tables. */
const kv = 'KV'

export async function takeSnapshot(): Promise<Snapshot> {
  if (tables.length === 0) tables = await tablesOf()
  const selections = tables.map((table) => env.DB.prepare(`SELECT * FROM "${table}"`))
  const [results, keys] = await Promise.all([env.DB.batch<Row>(selections), keysOfKv()])
  const snapshot: Snapshot = new Map(
    results.map((result, index) => [
      tables[index] ?? '',
      result.results.map((row) => JSON.stringify(row)).sort(),
    ]),
  )
  return snapshot.set(kv, keys)
}

async function keysOfKv(): Promise<string[]> {
  const { keys } = await env.KV.list()
  return Promise.all(
    keys.map(async ({ name }) => JSON.stringify([name, await env.KV.get(name)])),
  ).then((entries) => entries.sort())
}

/** What is in one list and not in the other; both are sorted. */
function missingFrom(others: readonly string[], all: readonly string[]): string[] {
  const left = new Map<string, number>()
  for (const text of others) left.set(text, (left.get(text) ?? 0) + 1)
  return all.filter((text) => {
    const count = left.get(text) ?? 0
    left.set(text, count - 1)
    return count <= 0
  })
}

const changesOf = (before: Snapshot, after: Snapshot, table: string) => {
  const [old, current] = [before.get(table) ?? [], after.get(table) ?? []]
  return { came: missingFrom(old, current), went: missingFrom(current, old) }
}

export function differenceOf(before: Snapshot, after: Snapshot): Difference {
  const all = [...after.keys()].map((table) => {
    const { came, went } = changesOf(before, after, table)
    return [table, { came: came.length, went: went.length }] as const
  })
  return Object.fromEntries(all.filter(([, { came, went }]) => came + went > 0))
}

/** Brings back what was stored in D1 and KV, from what is stored now. */
export async function restore(before: Snapshot, after: Snapshot): Promise<void> {
  await restoreDatabase(before, after)
  const { came, went } = changesOf(before, after, kv)
  const nameOf = (text: string): string => String(JSON.parse(text)[0])
  await Promise.all(came.map((text) => env.KV.delete(nameOf(text))))
  await Promise.all(went.map((text) => env.KV.put(nameOf(text), String(JSON.parse(text)[1]))))
}

/** Brings back what was stored in D1, and leaves KV as it is. */
export async function restoreDatabase(before: Snapshot, after: Snapshot): Promise<void> {
  const statements: D1PreparedStatement[] = []
  for (const table of tables) {
    const { came, went } = changesOf(before, after, table)
    if (came.length + went.length === 0) continue
    statements.push(env.DB.prepare(`DELETE FROM "${table}"`))
    statements.push(...(before.get(table) ?? []).map((text) => insertion(table, text)))
  }
  if (statements.length > 0) await env.DB.batch(statements)
}

function insertion(table: string, text: string): D1PreparedStatement {
  const row: Row = JSON.parse(text)
  const names = Object.keys(row).map((name) => `"${name}"`)
  const values = Object.values(row).map((value) =>
    Array.isArray(value) ? Uint8Array.from(value) : value,
  )
  const marks = values.map(() => '?').join(', ')
  return env.DB.prepare(`INSERT INTO "${table}" (${names.join(', ')}) VALUES (${marks})`).bind(
    ...values,
  )
}
