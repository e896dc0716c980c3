// The rows of every table, and whether a table grew by more than what requests have proved.

/** Rows by table. */
export type Rows = Record<string, number>

/** Counts the rows of every table of ours. */
export async function countRows(database: D1Database): Promise<Rows> {
  const { results } = await database
    .prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table'
      AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'
      AND name NOT LIKE 'd1\\_%' ESCAPE '\\' ORDER BY name`,
    )
    .all<{ name: string }>()
  const rows: Rows = {}
  for (const { name } of results) {
    const row = await database.prepare(`SELECT COUNT(*) AS rows FROM "${name}"`).first<{
      rows: number
    }>()
    rows[name] = row?.rows ?? 0
  }
  return rows
}

/** Bytes of the database. */
export async function sizeOf(database: D1Database): Promise<number> {
  const { meta } = await database.prepare('SELECT 1').run()
  return meta.size_after
}

/** A row for each table that grew or might have: by how much, and by how much it might have. */
export type Growth = { table: string; rows: number; grew: number; most: number }

/** Compares the growth of each table with what the visits have proved. */
export const growthOf = (before: Rows, after: Rows, proved: Rows): Growth[] =>
  Object.entries(after).flatMap(([table, rows]) => {
    const grew = rows - (before[table] ?? 0)
    const most = proved[table] ?? 0
    return grew === 0 && most === 0 ? [] : [{ table, rows, grew, most }]
  })
