// CSV (RFC 4180), with `,` `;` or tab between the cells. A record that is broken is one row error: a
// quote that is never closed does not swallow the records behind it.
import { maximumRowBytes } from './file-bytes.ts'
import { type Line, readLines } from './lines.ts'
import type { Members } from './members.ts'
import { problemOf } from './row-text.ts'
import type { Entry, RowProblem } from './source.ts'

/** The cells of a record, or what is wrong with it. `line` is its first. */
export type CsvRecord = { line: number } & ({ cells: string[] } | { problem: RowProblem })

/** A quoted cell of more lines than this counts as one that is never closed. */
const maximumLines = 200

/** Reads entries by the header, which is the first record. */
export async function* readCsv(bytes: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  let header: string[] | undefined
  for await (const record of readCsvRecords(bytes)) {
    if ('problem' in record) yield record
    else if (header === undefined) header = record.cells.map(columnName)
    else yield { line: record.line, ...byHeader(header, record.cells) }
    // Nothing can be read without a header: the next record must not be taken for it.
    if (header === undefined) return
  }
}

/** Splits the first line of a text into its columns. */
export function csvHeader(text: string): string[] {
  const firstLine = text.split(/\r?\n/, 1)[0] ?? ''
  const parsed = continued(newRecord(), firstLine, delimiterOf(firstLine))
  return parsed.state === 'quoted' || parsed.state === 'broken'
    ? []
    : cellsOf(parsed).map(columnName)
}

// Auth0 writes an apostrophe before each text, so that no spreadsheet takes it for a formula.
const columnName = (cell: string) => cell.trim().replace(/^'/, '')

function byHeader(header: string[], cells: string[]) {
  if (cells.length !== header.length) {
    return problemOf('columns', `has ${cells.length} cells, and the header ${header.length}`)
  }
  const members: Members = {}
  for (const [index, name] of header.entries()) {
    if (name === '__proto__') return problemOf('proto', 'has a column __proto__')
    members[name] = cells[index]
  }
  return { members }
}

async function* readCsvRecords(bytes: AsyncIterable<Buffer>): AsyncGenerator<CsvRecord> {
  let delimiter: string | undefined
  let width: number | undefined
  // The lines of the record that is open, to begin anew behind its first if it is never closed.
  let open: Line[] = []
  let record = newRecord()

  function* fed(lines: Line[], isLast: boolean): Generator<CsvRecord> {
    const waiting = [...lines]
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const first = open[0]?.line ?? next.line
      open.push(next)
      if ('problem' in next) {
        // The record that is open cannot go on, and this line is judged by itself.
        waiting.unshift(...open.slice(1))
        yield open.length > 1 ? { line: first, ...outcome(record) } : next
        open = []
        record = newRecord()
        continue
      }
      if (open.length === 1 && next.text.trim() === '') {
        open = []
        continue
      }
      delimiter ??= delimiterOf(next.text)
      record = continued(record, next.text, delimiter)
      const isStuck =
        record.state === 'quoted' &&
        (open.length > maximumLines ||
          record.length > maximumRowBytes ||
          (isLast && waiting.length === 0))
      if (record.state === 'quoted' && !isStuck) continue
      const content = outcome(record)
      if ('cells' in content) width ??= content.cells.length
      // Of a record that goes on in further lines and is none, only the first line is lost.
      if (!('cells' in content) || content.cells.length !== width) waiting.unshift(...open.slice(1))
      yield { line: first, ...content }
      open = []
      record = newRecord()
    }
  }

  for await (const line of readLines(bytes)) yield* fed([line], false)
  const rest = open
  open = []
  record = newRecord()
  yield* fed(rest, true)
}

type OpenRecord = {
  state: 'between' | 'plain' | 'quoted' | 'closed' | 'broken'
  cells: string[]
  cell: string
  length: number
}

const newRecord = (): OpenRecord => ({ state: 'between', cells: [], cell: '', length: 0 })

/** Adds a line to a record. It stays `quoted` if the record goes on in the next. */
function continued(record: OpenRecord, text: string, delimiter: string): OpenRecord {
  let { state, cell } = record
  const { cells } = record
  if (state === 'quoted') cell += '\n'
  for (let at = 0; at < text.length && state !== 'broken'; at += 1) {
    const character = text.charAt(at)
    if (state === 'quoted') {
      if (character !== '"') cell += character
      else if (text.charAt(at + 1) === '"') {
        cell += '"'
        at += 1
      } else state = 'closed'
    } else if (character === delimiter) {
      cells.push(state === 'plain' ? plainCell(cell) : cell)
      cell = ''
      state = 'between'
    } else if (state === 'closed') {
      state = 'broken'
    } else if (state === 'between' && character === '"') {
      state = 'quoted'
    } else {
      cell += character
      state = 'plain'
    }
  }
  return { state, cells, cell, length: record.length + text.length }
}

const outcome = (record: OpenRecord): { cells: string[] } | { problem: RowProblem } => {
  if (record.state === 'quoted') return problemOf('not_csv', 'has a quote that is never closed')
  if (record.state === 'broken') return problemOf('not_csv', 'has text behind a closing quote')
  return { cells: cellsOf(record) }
}

const cellsOf = ({ state, cells, cell }: OpenRecord) => [
  ...cells,
  state === 'plain' ? plainCell(cell) : cell,
]

// How databases print that a column has no value. In quotes it is text.
const plainCell = (cell: string) => (cell === 'NULL' || cell === '\\N' ? '' : cell)

function delimiterOf(header: string): string {
  const count = (delimiter: string) => header.split(delimiter).length
  return [',', ';', '\t'].reduce((best, each) => (count(each) > count(best) ? each : best))
}
