// The corpus: for each target a file with the inputs that once broke a promise or that reach what few
// inputs reach. Small, and to be read by people.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from './hostile.ts'

const folder = join(import.meta.dirname, 'corpus')
const fileOf = (target: string): string => join(folder, `${target}.json`)

/** Returns the inputs that are kept for a target. */
export function corpusOf(target: string): Json[] {
  if (!existsSync(fileOf(target))) return []
  const inputs: unknown = JSON.parse(readFileSync(fileOf(target), 'utf8'))
  return Array.isArray(inputs) ? inputs : []
}

/** Keeps further inputs of a target. */
export function keep(target: string, inputs: readonly Json[]): void {
  const all = [...corpusOf(target), ...inputs].map(printed)
  const distinct = [...new Set(all)]
  if (distinct.length === 0) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(fileOf(target), `[\n${distinct.map((text) => `  ${text}`).join(',\n')}\n]\n`)
}

/** Prints an input in ASCII: what nobody sees must not stand in a file. */
const printed = (input: Json): string =>
  JSON.stringify(input).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
