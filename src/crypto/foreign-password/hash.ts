// What the families of foreign password hashes have in common: the parsed hash, its faults, and the
// readers of the texts inside.
import type { Preparation } from './preparation.ts'

/** A password hash of another system, whose parameters have been judged: it is safe to verify. */
export type ForeignHash = {
  /** The name of the algorithm, as the admin interface shows it. */
  algorithm: string
  /** Roughly how many milliseconds of CPU it takes to verify a password. */
  milliseconds: number
  /** What the other system did to a password before hashing it, in the order to try; absent = nothing. */
  preparations?: readonly Preparation[]
  /** Returns whether these bytes of a password have this hash. */
  matches: (password: Uint8Array) => Promise<boolean>
}

/** Why a text is no hash that can be verified. `detail` completes "the hash ..." in plain English. */
export type ForeignHashFault = {
  fault: 'unknown_hash' | 'too_costly' | 'malformed_hash'
  detail: string
}

/** Thrown while a hash is read; `readForeignHash` returns it as a `ForeignHashFault`. */
export class ForeignHashError extends Error {
  readonly fault: ForeignHashFault['fault']

  constructor(fault: ForeignHashFault['fault'], detail: string) {
    super(detail)
    this.fault = fault
  }
}

export const unknownHash = (detail: string): ForeignHashError =>
  new ForeignHashError('unknown_hash', detail)

export const tooCostly = (detail: string): ForeignHashError =>
  new ForeignHashError('too_costly', detail)

export const malformed = (detail: string): ForeignHashError =>
  new ForeignHashError('malformed_hash', detail)

/** One way to write a hash: how its text begins, and how to read the rest. */
export type HashForm = {
  begins: RegExp
  /** @throws ForeignHashError if the hash is malformed or too costly */
  read: (rest: string, begin: RegExpExecArray) => ForeignHash
}

/** Returns the groups of a text that must match. @throws malformed_hash if it does not */
export function matched(text: string, shape: RegExp, what: string): string[] {
  const match = shape.exec(text)
  if (match === null) throw malformed(`is not ${what}`)
  return match.slice(1)
}

/**
 * Reads a whole number.
 * @throws malformed_hash if it is none or less than `least`; too_costly if it is more than `most`
 */
export function wholeNumber(
  text: string | undefined,
  name: string,
  least: number,
  most: number,
): number {
  if (text === undefined || !/^\d+$/.test(text)) throw malformed(`has no whole number for ${name}`)
  const number = Number(text)
  if (number < least) throw malformed(`has ${name} ${number}, and the least is ${least}`)
  if (number > most) throw tooCostly(`has a ${name} above ${most}`)
  return number
}

/**
 * Reads `name=value,...`.
 * @throws malformed_hash for other text, a name that appears twice, and names other than `known`: a
 *   parameter that is not understood would change what is hashed
 */
export function readParameters(
  text: string,
  known: readonly string[],
): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const entry of text.split(',')) {
    const [name = '', value = ''] = matched(entry, /^([a-z]{1,20})=(.*)$/, 'made of parameters')
    if (!known.includes(name)) throw malformed(`has an unknown parameter ${name}`)
    if (parameters.has(name)) throw malformed(`has the parameter ${name} twice`)
    parameters.set(name, value)
  }
  return parameters
}

/**
 * Reads base64 of either alphabet, with or without padding. Passlib writes `.` for `+`.
 * @throws malformed_hash for other text
 */
export function readBase64(text: string, what: string): Uint8Array<ArrayBuffer> {
  const bare = text.replace(/={1,2}$/, '')
  if (!/^[\w+/.-]*$/.test(bare) || bare.length % 4 === 1) {
    throw malformed(`has a ${what} that is not base64`)
  }
  return Uint8Array.fromBase64(bare.replace(/[-.]/g, '+').replaceAll('_', '/'))
}

/** Reads hexadecimal digits. @throws malformed_hash for other text */
export function readHex(text: string, what: string): Uint8Array<ArrayBuffer> {
  if (!/^(?:[0-9a-f]{2})*$/i.test(text)) throw malformed(`has a ${what} that is not hexadecimal`)
  return Uint8Array.fromHex(text)
}

// Fewer bits could be guessed.
const shortestHash = 16
const longestHash = 512

/** Requires that a derived hash has a length that can be compared. @throws malformed_hash */
export function checkedHash(hash: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (hash.byteLength >= shortestHash && hash.byteLength <= longestHash) return hash
  throw malformed(
    `has ${hash.byteLength} bytes, and ${shortestHash} to ${longestHash} are expected`,
  )
}

/** Requires that a digest has exactly its length. @throws malformed_hash */
export function ofLength(hash: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  if (hash.byteLength === length) return hash
  throw malformed(`has ${hash.byteLength} bytes, and ${length} are expected`)
}
