// Private keys as the text files that others hand out. RFC 7468 10, RFC 5958.
import { fromBase64 } from './encoding.ts'

/**
 * Imports a P-256 key from PKCS #8 in PEM. Line breaks may be missing or written as `\n`: a form field
 * and an environment variable lose them. Returns null for any other text.
 */
export async function importP256Key(pem: string): Promise<CryptoKey | null> {
  const [, content = ''] =
    /^\s*-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----(?:\s|\\n)*$/.exec(pem) ?? []
  const bytes = fromBase64(content.replaceAll(/\s|\\r|\\n/g, ''))
  if (bytes === null) return null
  try {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
    return await crypto.subtle.importKey('pkcs8', bytes, algorithm, false, ['sign'])
  } catch {
    return null
  }
}
