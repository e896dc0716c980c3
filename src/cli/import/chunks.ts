// The chunks of an import: rows as the lines of NDJSON bodies, within the limits of the server.
import type { SourceRow } from '../sources/person.ts'
import type { RowError } from './report.ts'

/** The limits of a chunk, and of one line, in bytes; a password in clear takes the server long. */
const mostLines = 500
const mostBytes = 1_000_000
const mostPlain = 20
const longestLine = 65_536

/** The most rows of a chunk with those that are not sent. */
const mostRows = 2_000

/** A chunk to send, with what the rows in it and between them say without the server. */
export type Chunk = {
  /** From 1. A chunk without a body is not sent, and the next one has its number. */
  number: number
  body: Uint8Array<ArrayBuffer>
  /** The file of each line: lines of two files never share a number in one chunk. */
  files: ReadonlyMap<number, string>
  /** Rows with a password in clear. */
  plain: number
  local: LocalRows
}

/** Rows that are not sent, and what rows that are sent have lost on the way. */
export type LocalRows = {
  skipped: string[]
  failed: RowError[]
  problems: RowError[]
  unnamed: number
}

const noLocalRows = (): LocalRows => ({ skipped: [], failed: [], problems: [], unnamed: 0 })

const encoder = new TextEncoder()

/**
 * Puts rows into chunks. The same rows make the same bytes under the same numbers, so that a run that
 * was cut off can send them again.
 */
export async function* chunksOf(rows: AsyncIterable<SourceRow>): AsyncGenerator<Chunk> {
  let open = new OpenChunk(1)
  for await (const row of rows) {
    const line = lineOf(row)
    if (!open.hasRoomFor(row, line)) {
      const chunk = open.closed()
      yield chunk
      open = new OpenChunk(chunk.number + (chunk.body.byteLength > 0 ? 1 : 0))
    }
    open.add(row, line)
  }
  yield open.closed()
}

type Line = { bytes: Uint8Array; isPlain: boolean }

/** Returns the line of a person who is sent; null for every other row. */
function lineOf(row: SourceRow): Line | null {
  if (!('person' in row)) return null
  const { password } = row.person
  const bytes = encoder.encode(`${JSON.stringify(row.person)}\n`)
  return { bytes, isPlain: password !== undefined && 'plain' in password }
}

class OpenChunk {
  readonly number: number
  readonly #lines: Uint8Array[] = []
  readonly #files = new Map<number, string>()
  readonly #local = noLocalRows()
  #rows = 0
  #bytes = 0
  #plain = 0

  constructor(number: number) {
    this.number = number
  }

  hasRoomFor({ line: number }: SourceRow, line: Line | null): boolean {
    if (this.#rows >= mostRows) return false
    return (
      line === null ||
      (this.#lines.length < mostLines &&
        this.#bytes + line.bytes.byteLength <= mostBytes &&
        (!line.isPlain || this.#plain < mostPlain) &&
        !this.#files.has(number))
    )
  }

  add(row: SourceRow, line: Line | null): void {
    const { file, line: number } = row
    this.#rows += 1
    if ('skipped' in row) this.#local.skipped.push(row.skipped)
    else if ('error' in row) this.#local.failed.push({ file, line: number, ...row.error })
    else if (line !== null && line.bytes.byteLength > longestLine) {
      const detail = `has more than ${longestLine} bytes`
      this.#local.failed.push({ file, line: number, field: '', detail, code: 'invalid' })
    } else if (line !== null) {
      this.#lines.push(line.bytes)
      this.#bytes += line.bytes.byteLength
      this.#files.set(number, file)
      if (line.isPlain) this.#plain += 1
      const problems = row.problems ?? []
      this.#local.problems.push(...problems.map((each) => ({ file, line: number, ...each })))
      this.#local.unnamed += row.unnamed?.length ?? 0
    }
  }

  closed(): Chunk {
    const body = new Uint8Array(this.#bytes)
    let offset = 0
    for (const bytes of this.#lines) {
      body.set(bytes, offset)
      offset += bytes.byteLength
    }
    const [files, local, plain] = [this.#files, this.#local, this.#plain]
    return { number: this.number, body, files, plain, local }
  }
}
