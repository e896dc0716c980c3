// Tables for people: columns that fit the terminal.
import { cut, padded, printable, widthOf } from './printable.ts'
import { type JsonObject, isObject, valueAt } from './json.ts'
import { shownInstant, shownTime } from './time.ts'

/** A column of a table, or one that a view of one object shows. */
export type Column = {
  /** The member that it shows; it is also the heading unless there is another one. */
  member: string
  heading?: string
  /** Cut last of all, because it is there to be copied. */
  whole?: true
  /** The text of a cell; absent = `shown` decides. */
  show?: (item: JsonObject) => string
}

/** Whether an object can be used. */
export const stateColumn: Column = {
  member: 'state',
  show: ({ disabled }) => (disabled === true ? 'disabled' : 'enabled'),
}

/** Widths to which cells are cut: while there are columns to leave out, and after that. */
const comfortable = 16
const least = 6
/** Where no terminal says how wide a table may be, no cell is wider than this. */
const widest = 200
/** Never left out, however narrow the terminal is. */
const fewestColumns = 3
const gap = '  '

/** Lays out the pages of one table with the column widths of the first page. */
export class Table {
  #columns: readonly Column[]
  readonly #width: number
  readonly #bold: (text: string) => string
  #widths: number[] | undefined
  /** Headings of columns for which there was no room. */
  hidden: string[] = []

  /** `width` is that of the terminal; Infinity if there is none. */
  constructor(columns: readonly Column[], width: number, bold: (text: string) => string) {
    this.#columns = columns
    this.#width = width
    this.#bold = bold
  }

  /** Returns the lines of a page; the first one begins with the headings. */
  page(items: readonly JsonObject[]): string[] {
    // An older server lacks some members, and a column without any value says nothing.
    if (this.#widths === undefined) {
      this.#columns = this.#columns.filter(
        ({ member, show }) => show !== undefined || items.some((item) => member in item),
      )
    }
    const cells = items.map((item) => this.#columns.map((column) => cellOf(column, item)))
    const headings = this.#columns.map(headingOf)
    const isFirst = this.#widths === undefined
    const widths = (this.#widths ??= this.#fit([headings, ...cells]))
    const lines = cells.map((row) => layOut(row, widths))
    return isFirst ? [this.#bold(layOut(headings, widths)), ...lines] : lines
  }

  #fit(rows: readonly (readonly string[])[]): number[] {
    const natural = this.#columns.map((_column, at) =>
      Math.min(widest, Math.max(...rows.map((row) => widthOf(row[at] ?? '')))),
    )
    const widths = fitted(this.#columns, natural, this.#width)
    this.hidden = this.#columns.slice(widths.length).map(headingOf)
    return widths
  }
}

/** Cuts long cells, then drops the last columns, then cuts the remaining ones further. */
function fitted(
  columns: readonly Column[],
  natural: readonly number[],
  available: number,
): number[] {
  const widths = cutTo(comfortable, columns, natural, available)
  while (widths.length > fewestColumns && excessOf(widths, available) > 0) widths.pop()
  const narrow = cutTo(least, columns, widths, available)
  // Somebody chose an identifier that is longer than a line.
  return cutTo(least, [], narrow, available)
}

/** Narrows the widest column that may be cut, step by step, down to `floor`. */
function cutTo(
  floor: number,
  columns: readonly Column[],
  natural: readonly number[],
  available: number,
): number[] {
  const widths = [...natural]
  let excess = excessOf(widths, available)
  while (excess > 0) {
    const cuttable = widths.map((width, at) => (isWhole(columns[at]) ? 0 : width))
    const most = Math.max(...cuttable)
    if (most <= floor) break
    widths[cuttable.indexOf(most)] = most - 1
    excess--
  }
  return widths
}

const excessOf = (widths: readonly number[], available: number): number =>
  sum(widths) + gap.length * (widths.length - 1) - available

/** A time that is cut says nothing. */
const isWhole = (column: Column | undefined): boolean =>
  column !== undefined && (column.whole === true || isTime(column.member))

const isTime = (member: string): boolean => /(^|_)at$|_time$/.test(member)

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

const layOut = (row: readonly string[], widths: readonly number[]): string =>
  widths
    .map((width, at) => padded(cut(row[at] ?? '', width), width))
    .join(gap)
    .trimEnd()

const headingOf = ({ member, heading }: Column): string =>
  (heading ?? member).replaceAll('_', ' ').toUpperCase()

const cellOf = (column: Column, item: JsonObject): string =>
  printable(column.show?.(item) ?? shown(column.member, valueAt(item, column.member), shownTime))

/** Returns the lines of one object, a member each. Members without a value are left out. */
export function listing(object: JsonObject, bold: (text: string) => string): string[] {
  const rows = Object.entries(object)
    .map(([name, value]) => [printable(name), printable(shown(name, value, shownInstant))] as const)
    .filter(([, text]) => text !== '')
  const width = Math.max(0, ...rows.map(([name]) => widthOf(name)))
  return rows.map(([name, text]) => `${bold(padded(name, width))}  ${text}`)
}

/** Returns the text of a member. Times are known by their name. */
function shown(name: string, value: unknown, time: (seconds: number) => string): string {
  if (value === null || value === undefined) return ''
  // RFC 7591, section 3.2.1: 0 = the secret does not expire.
  if (name === 'client_secret_expires_at' && value === 0) return 'never'
  if (typeof value === 'number' && isTime(name)) return time(value)
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.map((each) => shown('', each, time)).join(', ')
  if (isObject(value)) {
    return Object.entries(value)
      .map(([key, each]) => `${key}: ${shown(key, each, time)}`)
      .join(', ')
  }
  return JSON.stringify(value)
}
