// HMAC with a shared key that both sides have as text. RFC 2104.
import { base64, utf8 } from './encoding.ts'

/**
 * Returns the HMAC-SHA-256 of `text` in standard base64. The key is the bytes of `key`, which must
 * not be empty.
 */
export async function hmacOf(key: string, text: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', utf8(key), algorithm, false, ['sign'])
  return base64(new Uint8Array(await crypto.subtle.sign('HMAC', imported, utf8(text))))
}
