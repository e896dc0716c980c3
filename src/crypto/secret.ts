// Random secrets, the digests under which they are stored, and comparison in constant time.
import { base64url, utf8 } from './encoding.ts'

/** A random secret of `bytes` bytes (default 32) as base64url. */
export const randomSecret = (bytes = 32): string =>
  base64url(crypto.getRandomValues(new Uint8Array(bytes)))

/** SHA-256 of the text's UTF-8 bytes as base64url: how every random secret is stored. */
export async function digestOf(text: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))))
}

/** Whether two texts are equal, in time that does not tell where they differ. */
export function equalInConstantTime(one: string, other: string): boolean {
  const left = utf8(one)
  const right = utf8(other)
  // `timingSafeEqual` throws on different lengths; what is compared here are digests of one length.
  if (left.byteLength !== right.byteLength) return false
  return crypto.subtle.timingSafeEqual(left, right)
}

/** A random identifier that sorts by the millisecond it was made in: UUID version 7, RFC 9562 5.7. */
export function timeOrderedId(now: number): string {
  const milliseconds = Math.round(now * 1000)
    .toString(16)
    .padStart(12, '0')
  // Version 4 has the same variant and its random bits in the same places.
  const random = crypto.randomUUID().slice('xxxxxxxx-xxxx-4'.length)
  return `${milliseconds.slice(0, 8)}-${milliseconds.slice(8)}-7${random}`
}

/** The instant in a time-ordered id, in seconds with a millisecond fraction; null for other text. */
export function instantOfId(id: string): number | null {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) return null
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) / 1000
}
