// Stored keys as WebCrypto has them, and whether a row is damaged: a damaged row must not take the other keys
// with it.
import type { KeyRing } from '../../crypto/key-ring.ts'
import {
  type KeyAlgorithm,
  importPublicKey,
  isKeyAlgorithm,
  unwrapPrivateKey,
} from '../../crypto/signing-key.ts'
import { temporarilyUnavailable } from '../../protocol/error.ts'
import { once } from '../../protocol/once.ts'
import * as v from '../../protocol/schema.ts'
import { sealingKeyId } from './master-key-proof.ts'
import type { StoredKey } from './storage.ts'

const jwk = once(() => v.looseObject({ kty: v.string(), kid: v.string(), alg: v.string() }))

/** Returns the public JWK of a stored key (RFC 7517); null if the row is damaged. */
export function publishedJwk({ publicJwk, kid, alg }: StoredKey) {
  let members: unknown
  try {
    members = JSON.parse(publicJwk)
  } catch {
    return null
  }
  const parsed = v.safeParse(jwk(), members)
  return parsed.success && parsed.output.kid === kid && parsed.output.alg === alg
    ? parsed.output
    : null
}

/** Returns whether the private half is still needed: a retired signing key only verifies. */
export const needsPrivateHalf = ({ expiresAt, use }: StoredKey): boolean =>
  expiresAt === null || use === 'enc'

/** The keys that one isolate has imported, each once. */
export class ImportedKeys {
  readonly #keys: KeyRing
  readonly #imported = new Map<string, Promise<CryptoKey>>()

  constructor(keys: KeyRing) {
    this.#keys = keys
  }

  /**
   * Returns the private half of a key.
   * @throws temporarily_unavailable if MASTER_KEY does not open it, or if the row is damaged
   */
  async private(key: StoredKey, alg: KeyAlgorithm): Promise<CryptoKey> {
    const { wrappedPrivateKey, kid } = key
    // Nobody could verify what this key signs.
    if ((await this.public(key, alg)) === null) throw damaged(kid)
    return this.#import(`private ${kid}`, () =>
      unwrapPrivateKey(this.#keys, wrappedPrivateKey, kid, alg).catch((failure: unknown) => {
        throw temporarilyUnavailable(failure)
      }),
    )
  }

  /** Returns the public half of a key; null if the row is damaged. */
  async public(key: StoredKey, alg: KeyAlgorithm): Promise<CryptoKey | null> {
    const published = publishedJwk(key)
    if (published === null) return null
    return this.#import(`public ${key.kid}`, () => importPublicKey(published, alg)).catch(
      () => null,
    )
  }

  /**
   * Returns whether a row is damaged. A key that is sealed under an id that MASTER_KEY does not list is not
   * damaged, nor is a key of an algorithm that only a newer release knows.
   */
  async isDamaged(key: StoredKey): Promise<boolean> {
    const { alg, wrappedPrivateKey } = key
    if (publishedJwk(key) === null) return true
    if (!isKeyAlgorithm(alg)) return false
    if ((await this.public(key, alg)) === null) return true
    const id = sealingKeyId(wrappedPrivateKey)
    if (!needsPrivateHalf(key) || (id !== '' && !this.#keys.has(id))) return false
    return this.private(key, alg).then(
      () => false,
      () => true,
    )
  }

  #import(name: string, make: () => Promise<CryptoKey>): Promise<CryptoKey> {
    const known = this.#imported.get(name)
    if (known !== undefined) return known
    const made = make()
    this.#imported.set(name, made)
    made.catch(() => this.#imported.delete(name))
    return made
  }
}

const damaged = (kid: string) => temporarilyUnavailable(new Error(`the key ${kid} is damaged`))
