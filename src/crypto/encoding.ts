// Converts bytes to text and back. `atob` accepts white space, wrong padding and the other
// alphabet, so both decoders check the alphabet themselves.

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Encodes text as UTF-8. */
export const utf8 = (text: string): Uint8Array => encoder.encode(text)

/** Decodes strict UTF-8. Returns null for invalid bytes. */
export function utf8Text(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

/** Returns the bytes of all `parts` one after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.byteLength
  }
  return whole
}

/** Encodes bytes as standard base64 with padding (RFC 4648 4). */
export const base64 = (bytes: Uint8Array): string => bytes.toBase64()

const urlSafe = { alphabet: 'base64url', omitPadding: true } as const

/** Encodes bytes as base64url without padding (RFC 4648 5). */
export const base64url = (bytes: Uint8Array): string => bytes.toBase64(urlSafe)

// The unused bits of the last character must be zero (RFC 4648 3.5). Otherwise one value has
// several spellings, and a limit that counts texts could be evaded.
const canonicalEnd = [/$/, /(?!)/, /[AQgw]$/, /[AEIMQUYcgkosw048]$/] as const

/**
 * Decodes unpadded base64url (RFC 4648 5). Returns null for any other text or a non-canonical
 * spelling.
 */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[\w-]*$/.test(text) || canonicalEnd[text.length % 4]?.test(text) !== true) return null
  return fromBinary(atob(text.replaceAll('-', '+').replaceAll('_', '/')))
}

/** Decodes padded standard base64 (RFC 4648 4). Returns null for any other text. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null
  return fromBinary(atob(text))
}

function fromBinary(binary: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
  return bytes
}
