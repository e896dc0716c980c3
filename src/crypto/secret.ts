// Random secrets, their digests for storage, and constant-time comparison.
import { base64url, utf8 } from './encoding.ts'

/** Returns a random secret of `bytes` bytes (default: 32) as base64url. */
export const randomSecret = (bytes = 32): string =>
  base64url(crypto.getRandomValues(new Uint8Array(bytes)))

/** Returns a random number of `length` digits (9 at most); all numbers are equally likely. */
export function randomDigits(length: number): string {
  const range = 10 ** length
  // Beyond the last multiple of the range the first numbers would be more likely.
  const limit = Math.floor(2 ** 32 / range) * range
  for (;;) {
    const [number = limit] = crypto.getRandomValues(new Uint32Array(1))
    if (number < limit) return String(number % range).padStart(length, '0')
  }
}

/**
 * Returns the SHA-256 of the text's UTF-8 bytes as base64url. Random secrets are stored in this
 * form.
 */
export async function digestOf(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))))
}

/** Returns whether two texts are equal, in time that does not depend on where they differ. */
export const equalInConstantTime = (one: string, other: string): boolean =>
  equalBytesInConstantTime(utf8(one), utf8(other))

/** Returns whether all bytes are equal, in time that does not depend on where they differ. */
export function equalBytesInConstantTime(one: Uint8Array, other: Uint8Array): boolean {
  // `timingSafeEqual` throws for different lengths. Digests, which callers compare, have one
  // length.
  if (one.byteLength !== other.byteLength) return false
  return crypto.subtle.timingSafeEqual(one, other)
}

/**
 * Creates a random identifier that sorts by creation time: UUID version 7 (RFC 9562 5.7). `now` in
 * seconds.
 */
export function timeOrderedId(now: number): string {
  const milliseconds = Math.round(now * 1000)
    .toString(16)
    .padStart(12, '0')
  // UUID version 4 has the same variant, and its random bits are in the same places.
  const random = crypto.randomUUID().slice('xxxxxxxx-xxxx-4'.length)
  return `${milliseconds.slice(0, 8)}-${milliseconds.slice(8)}-7${random}`
}

/**
 * Returns the instant of a time-ordered id in seconds with a millisecond fraction, or null for
 * other text.
 */
export function instantOfId(id: string): number | null {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) return null
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) / 1000
}
