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
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  let milliseconds = Math.round(now * 1000)
  for (let index = 5; index >= 0; index--) {
    bytes[index] = milliseconds % 256
    milliseconds = Math.floor(milliseconds / 256)
  }
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f)
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f)
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The instant in a time-ordered id, in seconds with a millisecond fraction; null for other text. */
export function instantOfId(id: string): number | null {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)) return null
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) / 1000
}
