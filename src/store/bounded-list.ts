// One page of a list under filters. An index leads through the rows of one filter. The others have no
// index in this order: a page looks at a bounded number of rows, so that it may be short, or empty, and
// still say where to go on.
import type { SQL } from 'drizzle-orm'
import type { Page } from '../core/server/storage.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import type { Database } from './database.ts'
import { type Row, selection, sql, statement, text } from './sql.ts'

/** The most rows that one page looks at. */
const depth = 5_000

type BoundedList<Item> = {
  limit: number
  /** Selects `value` and `key` of the rows after the last page, in the order of an index. */
  looked: SQL
  /** Joins `looked`, the table of those rows, with that of the items. */
  join: SQL
  columns: SQL
  read: (row: Row) => Item
  /** What else an item must meet; none if the index answers the whole filter. */
  others: readonly SQL[]
}

const selectedPlace = selection({ place: text(sql`json_array(looked.value, looked.key)`) })

/** Reads one page. Its cursor is the place of the last row that it has, or else that it looked at. */
export async function listBounded<Item>(
  database: Database,
  { limit, looked, join, columns, read, others }: BoundedList<Item>,
): Promise<Page<Item>> {
  const most = others.length === 0 ? limit + 1 : depth
  const table = sql`(${looked} LIMIT ${most}) looked`
  const order = sql`ORDER BY looked.value, looked.key`
  const [rows = [], [end] = []] = await database.batch([
    statement(sql`SELECT ${selectedPlace.columns}, ${columns} FROM ${table} ${join}
      WHERE ${allOf(others)} ${order} LIMIT ${limit + 1}`),
    // The row where the page had to stop looking, if there are so many.
    statement(sql`SELECT ${selectedPlace.columns} FROM ${table}
      ${order} LIMIT 1 OFFSET ${most - 1}`),
  ])
  const shown = rows.slice(0, limit)
  const stop = rows.length > limit ? shown.at(-1) : end
  return {
    items: shown.map(read),
    nextCursor: stop === undefined ? null : selectedPlace.read(stop).place,
  }
}

/** Joins conditions with AND. */
export const allOf = (conditions: readonly SQL[]): SQL =>
  conditions.reduce((all, one) => sql`${all} AND ${one}`, sql`TRUE`)

const scalar = () => v.union([v.string(), v.number()])
const position = once(() => v.strictTuple([scalar(), scalar()]))

/** What an index orders a row by, and the key of the row. */
export type Position = [value: string | number, key: string | number]

/** Returns the position in a cursor of `listBounded`. */
export const positionOf = (cursor: string): Position => v.parse(position(), JSON.parse(cursor))
