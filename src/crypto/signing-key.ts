// The server's own keys. They are named by their thumbprint (RFC 7638), and each private key is
// sealed under a sub-key of MASTER_KEY before it is stored.
import { utf8, utf8Text } from './encoding.ts'
import { type PublicKey, publicMembers, thumbprintOf } from './jwk.ts'
import type { KeyRing } from './key-ring.ts'

/** Algorithms that we sign with. */
export const signingAlgorithms = ['ES256', 'RS256'] as const
export type SigningAlgorithm = (typeof signingAlgorithms)[number]
/**
 * What access tokens may be signed with; a key for the last one is made where a resource asks for it.
 */
export const accessTokenAlgorithms = [...signingAlgorithms, 'EdDSA'] as const
export type AccessTokenAlgorithm = (typeof accessTokenAlgorithms)[number]
/** Algorithms that a provider can encrypt tokens to us with. */
export const encryptionAlgorithms = ['ECDH-ES+A256KW', 'RSA-OAEP-256'] as const
export type EncryptionAlgorithm = (typeof encryptionAlgorithms)[number]
export type KeyAlgorithm = AccessTokenAlgorithm | EncryptionAlgorithm

const rsa = (name: string) => ({
  name,
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
})
const ec = (name: string) => ({ name, namedCurve: 'P-256' })

/** The WebCrypto parameters of each `alg`. */
const parameters = {
  ES256: { use: 'sig', algorithm: ec('ECDSA'), privateUse: 'sign', publicUse: ['verify'] },
  RS256: {
    use: 'sig',
    algorithm: rsa('RSASSA-PKCS1-v1_5'),
    privateUse: 'sign',
    publicUse: ['verify'],
  },
  EdDSA: {
    use: 'sig',
    algorithm: { name: 'Ed25519' },
    privateUse: 'sign',
    publicUse: ['verify'],
  },
  'ECDH-ES+A256KW': { use: 'enc', algorithm: ec('ECDH'), privateUse: 'deriveBits', publicUse: [] },
  'RSA-OAEP-256': {
    use: 'enc',
    algorithm: rsa('RSA-OAEP'),
    privateUse: 'decrypt',
    publicUse: ['encrypt'],
  },
} as const

/** Returns the `use` of a key with this algorithm (RFC 7517 4.2). */
export const useOf = (alg: KeyAlgorithm): 'sig' | 'enc' => parameters[alg].use

/** Returns whether a stored or received `alg` is supported (RFC 7518 3.1, 4.1). */
export const isKeyAlgorithm = (alg: string): alg is KeyAlgorithm => Object.hasOwn(parameters, alg)

type NewKeyPair = {
  kid: string
  publicJwk: PublicKey & { kid: string; use: 'sig' | 'enc'; alg: KeyAlgorithm }
  wrappedPrivateKey: string
}

/** Creates a key pair. The public JWK has `kid` (its thumbprint, RFC 7638), `use` and `alg`. */
export async function makeKeyPair(keys: KeyRing, alg: KeyAlgorithm): Promise<NewKeyPair> {
  const { algorithm, privateUse, publicUse } = parameters[alg]
  const pair = await crypto.subtle.generateKey(algorithm, true, [privateUse, ...publicUse])
  if (!('privateKey' in pair)) throw new TypeError(`${alg} is not asymmetric`)
  const publicKey = publicMembers(await exportJwk(pair.publicKey))
  const privateMembers = await exportJwk(pair.privateKey)
  const kid = await thumbprintOf(publicKey)
  const wrappedPrivateKey = await keys.seal(
    'signing key',
    utf8(JSON.stringify(privateMembers)),
    kid,
  )
  return { kid, publicJwk: { ...publicKey, kid, use: useOf(alg), alg }, wrappedPrivateKey }
}

// Only the members of the key itself. `ext` and `key_ops` are specific to one platform.
async function exportJwk(key: CryptoKey): Promise<Record<string, string>> {
  const exported = await crypto.subtle.exportKey('jwk', key)
  if (exported instanceof ArrayBuffer) throw new TypeError('the key was not exported as a JWK')
  const members: Record<string, string> = {}
  for (const name of ['kty', 'crv', 'x', 'y', 'n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] as const) {
    const value = exported[name]
    if (value !== undefined) members[name] = value
  }
  return members
}

/** Imports a public JWK for verifying or encrypting. */
export const importPublicKey = (jwk: JsonWebKey, alg: KeyAlgorithm): Promise<CryptoKey> =>
  crypto.subtle.importKey('jwk', jwk, parameters[alg].algorithm, false, [
    ...parameters[alg].publicUse,
  ])

/**
 * Opens and imports a sealed private key.
 * @throws temporarily_unavailable if no listed master key opens it
 */
export async function unwrapPrivateKey(
  keys: KeyRing,
  wrapped: string,
  kid: string,
  alg: KeyAlgorithm,
): Promise<CryptoKey> {
  const text = utf8Text(await keys.openStored('signing key', wrapped, kid))
  if (text === null) throw new TypeError(`the private half of ${kid} is not text`)
  const { algorithm, privateUse } = parameters[alg]
  return crypto.subtle.importKey('jwk', JSON.parse(text), algorithm, false, [privateUse])
}
