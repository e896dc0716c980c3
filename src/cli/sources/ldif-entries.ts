// LDIF (RFC 2849): what slapcat, ldapsearch and ldifde write.
import { maximumRowBytes } from './file-bytes.ts'
import { readLines } from './lines.ts'
import type { Members } from './members.ts'
import { problemOf, tooLong } from './row-text.ts'
import type { Entry, RowProblem } from './source.ts'

/** Pictures and certificates may be larger than all else, and are nothing of a user here. */
const leftOut = /^(jpegphoto|photo|thumbnailphoto|usercertificate|usersmimecertificate|audio)$/

/**
 * Reads the entries: attributes in lower case and without options, each a list of its values. A value
 * in base64 that is no UTF-8 is given in hexadecimal digits. `line` is the first of the entry.
 */
export async function* readLdif(bytes: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  let entry = newEntry(0)
  for await (const line of readLines(bytes)) {
    if ('text' in line && line.text === '') {
      if (entry.line > 0) yield entry.finished()
      entry = newEntry(0)
      continue
    }
    // The folded rest of a comment before an entry.
    if (entry.line === 0 && 'text' in line && line.text.startsWith(' ')) continue
    if (entry.line === 0) entry = newEntry(line.line)
    if ('problem' in line) entry.spoil(line.problem)
    else if (line.text.startsWith(' ')) entry.fold(line.text.slice(1))
    else entry.begin(line.text)
    // `version: 1` and comments may stand before an entry, and the entry begins behind them.
    if (entry.isEmpty()) entry = newEntry(0)
  }
  if (entry.line > 0) yield entry.finished()
}

function newEntry(line: number) {
  const members: Members = {}
  let logical = ''
  let length = 0
  let problem: RowProblem | undefined

  const take = () => {
    const [, type = '', mark = '', value = ''] =
      /^([^:;]+)(?:;[^:]*)?:([:<]?) *(.*)$/s.exec(logical) ?? []
    const name = type.toLowerCase()
    if (logical === '' || logical.startsWith('#') || leftOut.test(name)) return
    if (name === '') problem ??= problemOf('not_ldif', 'is not LDIF').problem
    else if (mark === '<') problem ??= problemOf('not_ldif', `takes ${name} from a file`).problem
    else if (name === '__proto__') problem ??= problemOf('proto', 'has __proto__').problem
    else {
      length += logical.length
      const values = members[name]
      const decoded = mark === ':' ? decodedValue(value) : value
      if (Array.isArray(values)) values.push(decoded)
      else members[name] = [decoded]
    }
    if (length > maximumRowBytes) problem ??= tooLong.problem
  }

  return {
    line,
    // In this order: to look into a line that is still being folded would copy all of it each time.
    isEmpty: () => length === 0 && problem === undefined && /^(#|version:)/i.test(logical),
    spoil(found: RowProblem) {
      problem ??= found
    },
    begin(text: string) {
      take()
      logical = text
    },
    fold(text: string) {
      if (logical.length <= maximumRowBytes) logical += text
    },
    finished(): Entry {
      take()
      return problem === undefined ? { line, members } : { line, problem }
    },
  }
}

function decodedValue(base64: string): string {
  const bytes = Buffer.from(base64, 'base64')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return bytes.toString('hex')
  }
}
