// PBKDF2 (RFC 8018 5.2) within what production Workers accept.
import { joined, utf8 } from './encoding.ts'

/**
 * Production Workers reject PBKDF2 with more than 100,000 iterations per call (workerd issue 1346),
 * but local workerd accepts more. Only a test that pins this constant can detect a mistake.
 */
export const iterationsPerCall = 100_000

/** The digests that PBKDF2 is used with here. */
export type Pbkdf2Digest = 'SHA-1' | 'SHA-256' | 'SHA-512'

/** Length of a digest in bytes, which is also the length of a block of PBKDF2. */
export const blockLength: Record<Pbkdf2Digest, number> = {
  'SHA-1': 20,
  'SHA-256': 32,
  'SHA-512': 64,
}

/**
 * Derives the first `length` bytes, at most one block. More iterations than one call accepts are a
 * loop of HMACs, which is some ten times slower.
 */
export async function pbkdf2(
  digest: Pbkdf2Digest,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (iterations > iterationsPerCall) {
    const block = await firstBlock(digest, password, salt, iterations)
    return block.subarray(0, length)
  }
  const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits'])
  const algorithm = { name: 'PBKDF2', hash: digest, salt, iterations }
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 8 * length))
}

const firstIndex = new Uint8Array([0, 0, 0, 1])

async function firstBlock(
  digest: Pbkdf2Digest,
  password: Uint8Array,
  salt: Uint8Array,
  iterations: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await hmacKey(digest, password)
  let link = await crypto.subtle.sign('HMAC', key, joined(salt, firstIndex))
  const words = link.byteLength / 4
  const sum = new DataView(link.slice(0))
  for (let iteration = 1; iteration < iterations; iteration++) {
    link = await crypto.subtle.sign('HMAC', key, link)
    const next = new DataView(link)
    for (let word = 0; word < words; word++) {
      sum.setInt32(4 * word, sum.getInt32(4 * word) ^ next.getInt32(4 * word))
    }
  }
  return new Uint8Array(sum.buffer)
}

/** Imports a key for HMAC signatures. WebCrypto refuses an empty key, which HMAC pads with zeros. */
export const hmacKey = (digest: string, key: Uint8Array): Promise<CryptoKey> =>
  crypto.subtle.importKey(
    'raw',
    key.byteLength === 0 ? utf8('\0') : key,
    { name: 'HMAC', hash: digest },
    false,
    ['sign'],
  )
