import { isObject } from '../json.ts'
import { maximumRowBytes } from './file-bytes.ts'
import { parseJson } from './members.ts'
import { decodeRow, notJson, oddityOf, tooLong } from './row-text.ts'
import type { Entry, RowProblem } from './source.ts'

/** One line: its text without the line break, or why it has none. */
export type Line = { line: number } & ({ text: string } | { problem: RowProblem })

/** Splits bytes into lines, which end with LF or CRLF. Never holds more than one. */
export async function* readLines(bytes: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let line = 1
  let parts: Buffer[] = []
  let length = 0
  const add = (part: Buffer) => {
    length += part.length
    // A longer line is counted on, and its bytes are let go.
    if (length > maximumRowBytes) parts = []
    else if (part.length > 0) parts.push(part)
  }
  const finished = (): Line => {
    const content =
      length > maximumRowBytes ? tooLong : decodeRow(withoutReturn(Buffer.concat(parts)))
    const result = { line, ...content }
    line += 1
    parts = []
    length = 0
    return result
  }
  for await (const piece of bytes) {
    let start = 0
    for (let end = piece.indexOf(10); end !== -1; end = piece.indexOf(10, start)) {
      add(piece.subarray(start, end))
      yield finished()
      start = end + 1
    }
    add(piece.subarray(start))
  }
  if (length > 0) yield finished()
}

/** Reads one JSON object a line (NDJSON). Blank lines count as lines and are no entries. */
export async function* readJsonLines(bytes: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  for await (const line of readLines(bytes)) {
    if ('problem' in line) yield line
    else if (line.text.trim() !== '') yield { line: line.line, ...parseEntry(line.text) }
  }
}

/** Parses the JSON object of one person. */
export function parseEntry(text: string) {
  const value = parseJson(text)
  if (value === undefined) return notJson
  if (!isObject(value)) return { problem: { ...notJson.problem, detail: 'is not a JSON object' } }
  const problem = oddityOf(value)
  return problem === undefined ? { members: value } : { problem }
}

const withoutReturn = (bytes: Buffer) => (bytes.at(-1) === 13 ? bytes.subarray(0, -1) : bytes)
