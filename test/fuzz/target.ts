// A target: a parser, what is valid for it, and what it promises about anything else.
import type fc from 'fast-check'
import { bytesNear, jsonNear, jsonTextNear, textNear } from './edits.ts'
import type { Json } from './hostile.ts'

/**
 * Runs the parser on an input and returns the outcome in a few words. An input with a new outcome becomes a seed
 * of further inputs.
 * @throws Error if the parser breaks a promise
 */
type Judge<Input> = (input: Input) => string | Promise<string>

export type Target = {
  name: string
  /** The inputs near to the seeds and to further ones, which other runs found. */
  inputs: (further: readonly Json[]) => fc.Arbitrary<Json>
  judge: Judge<Json>
  /** Inputs in one slice; fewer for what is slow. */
  slice: number
}

type More = { slice?: number }

const texts = (values: readonly Json[]): string[] => values.filter((one) => typeof one === 'string')

function textOf(input: Json): string {
  if (typeof input === 'string') return input
  throw new TypeError('the corpus of this target has texts')
}

/** A parser of texts. */
export const textTarget = (
  name: string,
  seeds: readonly string[],
  judge: Judge<string>,
  { slice = 400 }: More = {},
): Target => ({
  name,
  slice,
  inputs: (further) => textNear([...seeds, ...texts(further)]),
  judge: (input) => judge(textOf(input)),
})

/** A parser of texts that are JSON. */
export const jsonTextTarget = (
  name: string,
  seeds: readonly Json[],
  judge: Judge<string>,
  { slice = 300 }: More = {},
): Target => ({
  name,
  slice,
  inputs: (further) => jsonTextNear([...seeds, ...texts(further).flatMap(parsed)]),
  judge: (input) => judge(textOf(input)),
})

/** A parser of JSON values. */
export const jsonTarget = (
  name: string,
  seeds: readonly Json[],
  judge: Judge<Json>,
  { slice = 300 }: More = {},
): Target => ({ name, slice, judge, inputs: (further) => jsonNear([...seeds, ...further]) })

/** A parser of bytes; seeds and corpus have hexadecimal digits. */
export const bytesTarget = (
  name: string,
  seeds: readonly string[],
  judge: Judge<Uint8Array<ArrayBuffer>>,
  { slice = 300 }: More = {},
): Target => ({
  name,
  slice,
  inputs: (further) => bytesNear([...seeds, ...texts(further)]),
  judge: (input) => judge(new Uint8Array(Buffer.from(textOf(input), 'hex'))),
})

function parsed(text: string): Json[] {
  try {
    const value: Json = JSON.parse(text)
    return [value]
  } catch {
    return []
  }
}

/** Fails with what was promised and what was found. */
export function promise(isKept: boolean, rule: string, ...found: unknown[]): void {
  if (!isKept) throw new Error(`${rule}: ${found.map((one) => JSON.stringify(one)).join(' ')}`)
}

/** Runs a reader that may throw errors of one kind; every other error passes. */
export function refusable(
  kinds: readonly (new (...parameters: never[]) => Error)[],
  read: () => string,
): string {
  try {
    return read()
  } catch (thrown) {
    if (thrown instanceof Error && kinds.some((kind) => thrown instanceof kind)) {
      return `refused: ${thrown.message.slice(0, 60)}`
    }
    throw thrown
  }
}
