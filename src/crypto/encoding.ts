// Bytes as text and back. `atob` accepts white space, wrong padding and the other alphabet, so
// both decoders check the alphabet themselves.

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const utf8 = (text: string): Uint8Array => encoder.encode(text)

/** Bytes of strict UTF-8 as text, or null. */
export function utf8Text(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

/** Standard base64 with padding (RFC 4648 4). */
export const base64 = (bytes: Uint8Array): string => bytes.toBase64()

const urlSafe = { alphabet: 'base64url', omitPadding: true } as const

/** base64url without padding (RFC 4648 5). */
export const base64url = (bytes: Uint8Array): string => bytes.toBase64(urlSafe)

// The bits of the last character that are left over must be zero (RFC 4648 3.5): else one text could
// be written in many ways, and what is counted by its text would count as often.
const canonicalEnd = [/$/, /(?!)/, /[AQgw]$/, /[AEIMQUYcgkosw048]$/] as const

/** The bytes of unpadded base64url text, or null if it is not that in its one spelling. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[\w-]*$/.test(text) || canonicalEnd[text.length % 4]?.test(text) !== true) return null
  return fromBinary(atob(text.replaceAll('-', '+').replaceAll('_', '/')))
}

/** The bytes of padded standard base64 text, or null if it is not that. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null
  return fromBinary(atob(text))
}

function fromBinary(binary: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
  return bytes
}
