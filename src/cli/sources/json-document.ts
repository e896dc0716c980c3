// JSON that is one document of any size: its people are cut out one at a time, by the bytes that hold
// JSON together, and each is parsed by itself. So one that is broken does not spoil the others, which
// no parser of the whole document could promise.
import { maximumRowBytes } from './file-bytes.ts'
import { parseEntry } from './lines.ts'
import { decodeRow, notJson, tooLong } from './row-text.ts'
import type { Entry } from './source.ts'

/** Members of an outermost object that hold people. */
const listMembers = ['users', 'Users']

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const isOpening = (byte: number) => byte === 0x5b || byte === 0x7b
const isClosing = (byte: number) => byte === 0x5d || byte === 0x7d
const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

/**
 * Reads the elements of an array, or of the member `users` of an object. `line` is their index from 1.
 * @param documentNames receives the names of the members of the outermost object
 */
export async function* readJsonDocument(
  bytes: AsyncIterable<Buffer>,
  documentNames = new Set<string>(),
): AsyncGenerator<Entry> {
  let depth = 0
  // How deep the elements lie: 1 in an array, 2 in a member of an object; 0 outside of a list.
  let listDepth = 0
  let index = 0
  let inString = false
  let escaped = false
  let name = ''
  let element = newElement()

  for await (const piece of bytes) {
    let start = element.isOpen ? 0 : -1
    for (let at = 0; at < piece.length; at += 1) {
      const byte = piece[at]
      if (byte === undefined) break
      if (inString) {
        if (escaped) escaped = false
        else if (byte === backslash) escaped = true
        else if (byte === quote) inString = false
        if (depth === 1 && listDepth === 0 && inString && name.length < 64) {
          name += String.fromCharCode(byte)
        }
        continue
      }
      if (isSpace(byte)) continue
      const endsElement = depth === listDepth && (byte === comma || isClosing(byte))
      if (element.isOpen && endsElement) {
        element.add(piece.subarray(Math.max(start, 0), at))
        index += 1
        yield { line: index, ...element.parsed() }
        element = newElement()
        start = -1
      } else if (listDepth > 0 && depth === listDepth && !element.isOpen && !endsElement) {
        element.isOpen = true
        start = at
      }
      if (byte === quote) {
        inString = true
        if (depth === 1 && listDepth === 0) name = ''
      } else if (byte === colon && depth === 1 && listDepth === 0) {
        documentNames.add(name)
      } else if (isOpening(byte)) {
        depth += 1
        const isList = byte === 0x5b && (depth === 1 || (depth === 2 && listMembers.includes(name)))
        if (listDepth === 0 && isList) listDepth = depth
      } else if (isClosing(byte)) {
        if (depth === listDepth) listDepth = 0
        depth = Math.max(depth - 1, 0)
      } else if (depth === 0) {
        yield { line: index + 1, ...notJson }
        return
      }
    }
    if (element.isOpen) element.add(piece.subarray(Math.max(start, 0)))
  }
  if (depth > 0) {
    const detail = 'is not whole: the file ends within it'
    yield { line: index + 1, problem: { ...notJson.problem, detail } }
  }
}

function newElement() {
  const parts: Buffer[] = []
  let length = 0
  return {
    isOpen: false,
    add(part: Buffer) {
      length += part.length
      if (length <= maximumRowBytes) parts.push(part)
      else parts.length = 0
    },
    parsed() {
      if (length > maximumRowBytes) return tooLong
      const row = decodeRow(Buffer.concat(parts))
      return 'problem' in row ? row : parseEntry(row.text)
    },
  }
}
