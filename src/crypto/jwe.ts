// Decryption of the compact form, with the algorithms of our own keys and A256GCM. RFC 7516 5.2, RFC 7518
// 4.3, 4.6 and 5.3.
//
// RFC 7516 11.5: the recipient "MUST NOT distinguish between format, padding, and length errors of
// encrypted keys". Every failure is the same null. The random key that 11.5 recommends against timing
// attacks is for RSA1_5: there many texts that an attacker makes up decrypt to something, and each that
// does tells them about a message that they recorded. Here WebCrypto checks the whole padding of OAEP,
// or the check value of AES-KW, in one step with one error. What passes is a copy of a recorded key or
// a key that its sender chose, and neither tells the sender anything that they did not know.
import { isJsonObject } from '../protocol/strict-json.ts'
import { fromBase64url, joined, utf8 } from './encoding.ts'
import { foreignKeyFault } from './foreign-key.ts'
import { publicMembers } from './jwk.ts'
import type { EncryptionAlgorithm } from './signing-key.ts'

/** What a header says about its content encryption key. */
export type KeyHeader = {
  alg: EncryptionAlgorithm
  epk?: unknown
  apu?: string | undefined
  apv?: string | undefined
}

// RFC 7518 5.3: "Use of an IV of size 96 bits is REQUIRED"; the tag "MUST be 128 bits".
const ivBytes = 12
const tagBytes = 16
const keyBits = 256

/** Returns the plaintext of a token that was encrypted to this key, or null for any other text. */
export async function decryptedJwe(
  token: string,
  header: KeyHeader,
  privateKey: CryptoKey,
): Promise<Uint8Array | null> {
  const [first = '', ...others] = token.split('.', 6)
  const [encryptedKey, iv, ciphertext, tag, ...more] = others.map(fromBase64url)
  if (!encryptedKey || !ciphertext || more.length > 0) return null
  if (iv?.byteLength !== ivBytes || tag?.byteLength !== tagBytes) return null
  try {
    const key = await contentKey(encryptedKey, header, privateKey)
    const algorithm = { name: 'AES-GCM', iv, additionalData: utf8(first), tagLength: 8 * tagBytes }
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, joined(ciphertext, tag)))
  } catch {
    return null
  }
}

async function contentKey(
  encryptedKey: Uint8Array,
  header: KeyHeader,
  privateKey: CryptoKey,
): Promise<CryptoKey> {
  if (header.alg === 'RSA-OAEP-256') {
    const key = await crypto.subtle.decrypt({ name: 'RSA-OAEP' }, privateKey, encryptedKey)
    return importContentKey(key)
  }
  const wrapping = await agreedKey(header, privateKey)
  // AES-KW adds its check value of 8 bytes (RFC 3394 2.2.1).
  if (encryptedKey.byteLength !== keyBits / 8 + 8) throw new TypeError('not a key of 256 bits')
  return crypto.subtle.unwrapKey('raw', encryptedKey, wrapping, 'AES-KW', 'AES-GCM', false, [
    'decrypt',
  ])
}

function importContentKey(key: ArrayBuffer): Promise<CryptoKey> {
  // RFC 7518 5.1: of A256GCM. WebCrypto would go on with a shorter one.
  if (key.byteLength !== keyBits / 8) throw new TypeError('not a key of 256 bits')
  return crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt'])
}

/** The key that both sides derive: RFC 7518 4.6.2, the Concat KDF of NIST SP 800-56A in one round. */
async function agreedKey(
  { alg, epk, apu, apv }: KeyHeader,
  privateKey: CryptoKey,
): Promise<CryptoKey> {
  const secret = await agreedSecret(epk, privateKey)
  const otherInfo = joined(prefixed(utf8(alg)), party(apu), party(apv), uint32(keyBits))
  const key = await crypto.subtle.digest('SHA-256', joined(uint32(1), secret, otherInfo))
  return crypto.subtle.importKey('raw', key, 'AES-KW', false, ['unwrapKey'])
}

// A point that is not on our curve would tell its sender about our key; importing it throws.
async function agreedSecret(epk: unknown, privateKey: CryptoKey): Promise<Uint8Array> {
  const curve = { name: 'ECDH', namedCurve: 'P-256' }
  const jwk = ephemeralKey(epk)
  const agreement = {
    name: 'ECDH',
    public: await crypto.subtle.importKey('jwk', jwk, curve, false, []),
  }
  return new Uint8Array(await crypto.subtle.deriveBits(agreement, privateKey, keyBits))
}

function ephemeralKey(epk: unknown) {
  if (!isJsonObject(epk) || epk.crv !== 'P-256' || foreignKeyFault(epk) !== null) {
    throw new TypeError('epk is not a public key on our curve')
  }
  return publicMembers(epk)
}

/** What the sender says about one of the parties (RFC 7518 4.6.1.2, 4.6.1.3). */
function party(text = ''): Uint8Array {
  const bytes = fromBase64url(text)
  if (bytes === null) throw new TypeError('apu and apv must be base64url')
  return prefixed(bytes)
}

const prefixed = (bytes: Uint8Array): Uint8Array => joined(uint32(bytes.byteLength), bytes)

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}
