// What a row may not be, whatever its format.
import { isObject } from '../json.ts'
import { maximumRowBytes } from './file-bytes.ts'
import type { RowProblem } from './source.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const problemOf = (code: string, detail: string): { problem: RowProblem } => ({
  problem: { field: '', code, detail },
})

export const tooLong = problemOf('too_long', `has more than ${maximumRowBytes} bytes`)
export const notJson = problemOf('not_json', 'is not JSON')

/** Decodes the bytes of a row, or says why they are no text. */
export function decodeRow(bytes: Uint8Array): { text: string } | { problem: RowProblem } {
  if (bytes.includes(0)) return problemOf('nul', 'has a NUL character')
  try {
    return { text: decoder.decode(bytes) }
  } catch {
    return problemOf('not_utf8', 'is not UTF-8')
  }
}

/**
 * Finds what no member of a user may hold: NUL, half of a surrogate pair, a member that is called
 * `__proto__`, or more than 32 objects within each other.
 */
export function oddityOf(value: unknown, depth = 0): RowProblem | undefined {
  if (typeof value === 'string') return oddityOfText(value)
  if (typeof value !== 'object' || value === null) return undefined
  if (depth === 32) return problemOf('too_deep', 'has objects in more than 32 levels').problem
  if (isObject(value) && Object.hasOwn(value, '__proto__')) {
    return problemOf('proto', 'has a member __proto__').problem
  }
  for (const [name, member] of Object.entries(value)) {
    const problem = oddityOfText(name) ?? oddityOf(member, depth + 1)
    if (problem !== undefined) return problem
  }
  return undefined
}

function oddityOfText(text: string): RowProblem | undefined {
  if (text.includes('\0')) return problemOf('nul', 'has a NUL character').problem
  if (!text.isWellFormed()) return problemOf('surrogate', 'has half of a surrogate pair').problem
  return undefined
}
