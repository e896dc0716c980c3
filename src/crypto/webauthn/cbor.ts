// CBOR as authenticators write it: whole numbers, bytes, text, lists, maps, true, false and null, each
// of a known length. RFC 8949; CTAP 2.2, section 8 (the canonical form, "the depth of nested CBOR
// structures ... is limited to at most four").
import { utf8Text } from '../encoding.ts'

/** Thrown for everything else. */
export class CborFault extends Error {}

export type Cbor = number | string | boolean | null | Uint8Array | Cbor[] | CborMap
export type CborMap = Map<number | string, Cbor>

const deepest = 4

/**
 * Decodes the value that begins at `start`, and returns the offset of the byte after it. An authenticator
 * may send any bytes: lengths are compared with what is left before anything is allocated.
 * @throws CborFault
 */
export function decodeCbor(bytes: Uint8Array, start = 0): { value: Cbor; end: number } {
  let offset = start

  const take = (length: number): Uint8Array => {
    const end = offset + length
    if (end > bytes.byteLength) throw new CborFault('ends too early')
    const taken = bytes.subarray(offset, end)
    offset = end
    return taken
  }

  // RFC 8949 3: 24 to 27 say that the number follows in 1, 2, 4 or 8 bytes; 31 is an indefinite length.
  const numberOf = (short: number): number => {
    if (short < 24) return short
    if (short > 26) throw new CborFault('has an indefinite or too large number')
    const length = 1 << (short - 24)
    const number = take(length).reduce((sum, byte) => sum * 256 + byte, 0)
    // "as short as possible": each number has one spelling (CTAP 2.2, section 8).
    if (number < (length === 1 ? 24 : 256 ** (length / 2)))
      throw new CborFault('has a number in a long form')
    return number
  }

  const read = (depth: number): Cbor => {
    const [initial = 0] = take(1)
    const [major, short] = [initial >> 5, initial & 31]
    if (major === 7) return simpleOf(short)
    const number = numberOf(short)
    switch (major) {
      case 0:
        return number
      case 1:
        return -1 - number
      case 2:
        return take(number)
      case 3:
        return textOf(take(number))
      case 4:
        return Array.from(items(number, depth), () => read(depth + 1))
      case 5:
        return mapOf(number, depth)
      default:
        throw new CborFault('has a tag')
    }
  }

  const items = (count: number, depth: number): { length: number } => {
    if (depth >= deepest) throw new CborFault('is nested too deeply')
    if (count > bytes.byteLength - offset) throw new CborFault('ends too early')
    return { length: count }
  }

  const mapOf = (count: number, depth: number): CborMap => {
    const map: CborMap = new Map()
    for (let left = items(count, depth).length; left > 0; left--) {
      const key = read(depth + 1)
      if (typeof key !== 'number' && typeof key !== 'string')
        throw new CborFault('has an odd map key')
      if (map.has(key)) throw new CborFault('has a map key twice')
      map.set(key, read(depth + 1))
    }
    return map
  }

  return { value: read(0), end: offset }
}

function simpleOf(short: number): boolean | null {
  if (short === 20 || short === 21) return short === 21
  if (short === 22) return null
  throw new CborFault('has a value that authenticators do not write')
}

function textOf(bytes: Uint8Array): string {
  const text = utf8Text(bytes)
  if (text === null) throw new CborFault('has text that is not UTF-8')
  return text
}

/**
 * Decodes a map that ends where `bytes` end.
 * @throws CborFault
 */
export function decodeCborMap(bytes: Uint8Array): CborMap {
  const { value, end } = decodeCbor(bytes)
  if (end !== bytes.byteLength) throw new CborFault('goes on after its end')
  return asMap(value)
}

/** @throws CborFault if the value is no map */
export function asMap(value: Cbor | undefined): CborMap {
  if (value instanceof Map) return value
  throw new CborFault('is not a map')
}

/** @throws CborFault if the value is no byte string */
export function asBytes(value: Cbor | undefined): Uint8Array {
  if (value instanceof Uint8Array) return value
  throw new CborFault('is not a byte string')
}
