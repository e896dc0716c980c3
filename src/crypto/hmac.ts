// HMAC under a key that both sides know as text. RFC 2104.
import { base64, utf8 } from './encoding.ts'

/** HMAC-SHA-256 of `text` under the bytes of `key`, in standard base64. `key` is not empty. */
export async function hmacOf(key: string, text: string): Promise<string> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', utf8(key), algorithm, false, ['sign'])
  return base64(new Uint8Array(await crypto.subtle.sign('HMAC', imported, utf8(text))))
}
