// SQL as the store writes it: drizzle's `sql` tag over the tables of schema/, so that a column that
// does not exist does not compile. Values stand in place and fragments nest; no placeholder has a
// number. A column appears with the name of its table ("grants"."id"), in subqueries, too.
import {
  Column,
  fillPlaceholders,
  getTableColumns,
  is,
  SQL,
  sql as drizzleSql,
  type BuildQueryConfig,
  type GetColumnData,
} from 'drizzle-orm'
import { CasingCache } from 'drizzle-orm/casing'
import type { SQLiteColumn, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { once } from '../protocol/once.ts'

/** A value that D1 binds; it refuses `undefined`. */
export type Value = string | number | null

/** The text of one statement and its values (100 at most), for D1. */
export type Statement = { sql: string; values: readonly Value[] }

/** A row as D1 returns it. */
export type Row = Record<string, Value>

/** What a fragment may contain: other fragments, and values, which are bound. Never `undefined`. */
type Part = SQL | SQLiteColumn | SQLiteTable | Value | boolean

/** Returns a fragment of SQL. Values are bound, never written into the text. */
export const sql = (strings: TemplateStringsArray, ...parts: Part[]): SQL =>
  drizzleSql(strings, ...parts)

/** Returns text as SQL. Never call it with input. */
export const verbatim = (text: string): SQL => drizzleSql.raw(text)

/** Quotes a name. */
const nameOf = (name: string): SQL => drizzleSql`${drizzleSql.identifier(name)}`

/** Joins fragments with commas. */
const list = (parts: readonly Part[]): SQL =>
  drizzleSql.join(
    parts.map((part) => sql`${part}`),
    drizzleSql`, `,
  )

/** Returns a column of the row that was to be inserted, for ON CONFLICT. */
export const excluded = (column: SQLiteColumn): SQL => sql`excluded.${nameOf(column.name)}`

// Names and values as drizzle's dialect of SQLite writes them; importing that dialect would import its
// query builder.
const dialect: BuildQueryConfig = {
  casing: new CasingCache(),
  escapeName: (name) => `"${name}"`,
  escapeParam: () => '?',
  escapeString: (text) => `'${text.replaceAll("'", "''")}'`,
}

/** Builds a statement for one call: for what few requests need. */
export function statement(query: SQL): Statement {
  const { sql: text, params } = query.toQuery(dialect)
  return { sql: text, values: params.map(valueOf) }
}

/**
 * Returns a function that binds values to a statement whose text is built once an isolate, at its first
 * use: for what most requests need. Building the text of a large statement takes 13 to 39 microseconds.
 */
export function prepared<Values extends Record<string, Value | boolean>>(
  build: (value: Placeholders<Values>) => SQL,
): (values: Values) => Statement {
  let built: { sql: string; params: unknown[] } | undefined
  return (values) => {
    built ??= build(placeholdersOf(values)).toQuery(dialect)
    return { sql: built.sql, values: fillPlaceholders(built.params, values).map(valueOf) }
  }
}

/** The placeholder in a prepared statement for each value, by the value's name. */
export type Placeholders<Values> = { readonly [Name in keyof Values]: SQL }

function placeholdersOf<Values extends object>(values: Values): Placeholders<Values>
function placeholdersOf(values: object) {
  return Object.fromEntries(
    Object.keys(values).map((name) => [name, drizzleSql`${drizzleSql.placeholder(name)}`]),
  )
}

// `true` is 1 in SQLite. Anything else that D1 does not accept is a defect of this server.
function valueOf(value: unknown): Value {
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value === null || typeof value === 'string' || typeof value === 'number') return value
  throw new TypeError(`D1 cannot bind a value of type ${typeof value}`)
}

/** The values of an insertion by column; only a column with a default may be missing. */
type Insertion<Table extends SQLiteTable> = {
  readonly [Name in keyof Table['$inferInsert']]: Table['$inferInsert'][Name] | SQL | SQLiteColumn
}

/**
 * Returns `INSERT INTO table (columns) SELECT values`, which FROM, WHERE or ON CONFLICT may follow. ON
 * CONFLICT needs a WHERE before it: SQLite would parse its ON as that of a join.
 */
export function insertInto<Table extends SQLiteTable>(table: Table, row: Insertion<Table>): SQL {
  const assignments = assignmentsOf(table, row)
  const columns = list(assignments.map(({ column }) => nameOf(column.name)))
  const values = list(assignments.map(({ value }) => value))
  return sql`INSERT INTO ${table} (${columns}) SELECT ${values}`
}

/** Returns the `SET column = value, ...` of an UPDATE. */
export function set<Table extends SQLiteTable>(
  table: Table,
  changes: Partial<Insertion<Table>>,
): SQL {
  const assignments = assignmentsOf(table, changes)
  return sql`SET ${list(assignments.map(({ column, value }) => sql`${nameOf(column.name)} = ${value}`))}`
}

/** Binds each value as its column stores it: a document as its JSON. */
function assignmentsOf(table: SQLiteTable, row: object): { column: SQLiteColumn; value: SQL }[] {
  const columns: Record<string, SQLiteColumn> = getTableColumns(table)
  const entries: [string, unknown][] = Object.entries(row)
  return entries.map(([name, value]) => {
    const column = columns[name]
    if (column === undefined) throw new TypeError(`no column ${name}`)
    const isComputed = is(value, SQL) || is(value, Column)
    return { column, value: drizzleSql`${isComputed ? value : drizzleSql.param(value, column)}` }
  })
}

type Kinds = { string: string; number: number; boolean: boolean }

/** An expression that is selected like a column. */
export type Computed<Kind extends keyof Kinds = keyof Kinds, NotNull extends boolean = boolean> = {
  sql: SQL
  dataType: Kind
  notNull: NotNull
}

/** Selects an expression as text. */
export const text = (value: SQL): Computed<'string', true> => ({
  sql: value,
  dataType: 'string',
  notNull: true,
})

/** Selects an expression as a number. */
export const number = (value: SQL): Computed<'number', true> => ({
  sql: value,
  dataType: 'number',
  notNull: true,
})

/** Selects whether a condition holds. */
export const flag = (condition: SQL): Computed<'boolean', true> => ({
  sql: condition,
  dataType: 'boolean',
  notNull: true,
})

/** Selects an expression that may be NULL. */
export const optional = <Kind extends keyof Kinds>(
  value: Computed<Kind>,
): Computed<Kind, false> => ({ ...value, notNull: false })

type Field = SQLiteColumn | Computed

/** The values of a row for the fields that were selected. */
export type Selected<Fields extends Record<string, Field>> = {
  [Name in keyof Fields]: Fields[Name] extends SQLiteColumn
    ? GetColumnData<Fields[Name]>
    : Fields[Name] extends Computed<infer Kind, infer NotNull>
      ? Kinds[Kind] | (NotNull extends true ? never : null)
      : never
}

/** What to select, and how to read a row of the result. */
type Selection<Fields extends Record<string, Field>> = {
  /** For SELECT or RETURNING; built at first use, because start-up needs none of them. */
  readonly columns: SQL
  /** @throws TypeError if a value is not of the schema's type: a defect of this server */
  read: (row: Row) => Selected<Fields>
}

/**
 * Selects fields under their names in TypeScript. `prefix` keeps the fields of one table apart from
 * those of another in the same row.
 */
export function selection<Fields extends Record<string, Field>>(
  fields: Fields,
  prefix?: string,
): Selection<Fields>
export function selection(fields: Record<string, Field>, prefix = '') {
  const entries = Object.entries(fields).map(([name, field]) => ({
    name,
    field,
    as: prefix + name,
  }))
  const columns = once(() =>
    list(
      entries.map(
        ({ as, field }) => sql`${is(field, Column) ? field : field.sql} AS ${nameOf(as)}`,
      ),
    ),
  )
  return {
    get columns() {
      return columns()
    },
    read: (row: Row) =>
      Object.fromEntries(entries.map(({ name, as, field }) => [name, read(field, row[as], as)])),
  }
}

/** Selects under a name an expression that depends on the values of the statement. */
export function selectedAs<Kind extends keyof Kinds>(
  name: string,
  dataType: Kind,
): { column: (value: SQL) => SQL; read: (row: Row) => Kinds[Kind] }
export function selectedAs(name: string, dataType: keyof Kinds) {
  return {
    column: (value: SQL) => sql`${value} AS ${nameOf(name)}`,
    read: (row: Row) => read({ dataType, notNull: true }, row[name], name),
  }
}

/** What a value must be; an enumerated column holds one of `enumValues`. */
type Rule = { dataType: string; notNull: boolean; enumValues?: readonly string[] | undefined }

function read(
  { dataType, notNull, enumValues = [] }: Rule,
  value: Value | undefined,
  name: string,
): unknown {
  if (value === null && !notNull) return null
  if (dataType === 'boolean' && (value === 0 || value === 1)) return value === 1
  if (dataType === 'json' && typeof value === 'string') return JSON.parse(value)
  const isListed = enumValues.length === 0 || enumValues.some((word) => word === value)
  if (typeof value === dataType && isListed) return value
  throw new TypeError(`column ${name} is not what the schema says`)
}
