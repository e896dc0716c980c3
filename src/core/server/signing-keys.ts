// The life of signing keys. They are created on first use (safe under races) and published before
// they sign. A superseded key stays published until the last token that it signed has expired,
// including as an id_token_hint; a compromised key is withdrawn at once. An isolate caches keys for
// a minute and reads them again for an unknown kid.
import type { Signer, Verifier } from '../../crypto/jwt.ts'
import type { KeyRing } from '../../crypto/key-ring.ts'
import {
  type AccessTokenAlgorithm,
  type EncryptionAlgorithm,
  type SigningAlgorithm,
  accessTokenAlgorithms,
  encryptionAlgorithms,
  isKeyAlgorithm,
  makeKeyPair,
  signingAlgorithms,
  useOf,
} from '../../crypto/signing-key.ts'
import { isYounger } from './age.ts'
import { ImportedKeys, publishedJwk } from './imported-keys.ts'
import { MasterKeyProof } from './master-key-proof.ts'
import type { AuditEvent, SigningKeyStore, StoredKey } from './storage.ts'

/** Seconds for which an isolate uses the keys that it has read. */
const cacheLifetime = 60

/**
 * Minimum seconds between two reads for an unknown kid, so that a flood of such tokens causes few
 * reads.
 */
const rereadInterval = 5

type Schedule = { signingKeyLifetime: number; jwksMaxAge: number; encryption: boolean }

/** Seconds after which a request stops waiting for a read that another request started. */
const longestLoad = 6

type Loaded = {
  /** The published keys. */
  stored: readonly StoredKey[]
  /** The published and the withdrawn keys. */
  all: readonly StoredKey[]
  at: number
  jwks: string
}

/** The signing and encryption keys as one isolate knows them (RFC 7517). */
export class SigningKeys {
  readonly #store: SigningKeyStore
  readonly #keys: KeyRing
  readonly #schedule: Schedule
  readonly #masterKey: MasterKeyProof
  readonly #imported: ImportedKeys
  /** Algorithms that resources have asked for. */
  readonly #asked = new Set<AccessTokenAlgorithm>()
  #loaded: Loaded | null = null
  #loading: { loaded: Promise<Loaded>; begunAt: number } | null = null

  constructor(store: SigningKeyStore, keys: KeyRing, schedule: Schedule) {
    this.#store = store
    this.#keys = keys
    this.#schedule = schedule
    this.#masterKey = new MasterKeyProof(keys)
    this.#imported = new ImportedKeys(keys)
  }

  /**
   * Returns the key that signs now.
   * @throws temporarily_unavailable if MASTER_KEY opens none, or if every row is damaged
   */
  async signer(alg: AccessTokenAlgorithm, now: number): Promise<Signer> {
    return this.firstSigner(await this.#signers(alg, now), alg)
  }

  async #signers(alg: AccessTokenAlgorithm, now: number): Promise<StoredKey[]> {
    const { stored } = await this.#currentWith(alg, now)
    this.#masterKey.require()
    return signersOf(stored, alg, now)
  }

  /** Returns the published signing keys, as KV keeps them for the time when D1 is away. */
  async published(now: number): Promise<StoredKey[]> {
    return (await this.#current(now)).stored.filter(({ use }) => use === 'sig')
  }

  /** Returns what would sign now by the keys that this isolate read last, else by `kept`; best first. */
  lastSigners(kept: readonly StoredKey[], alg: string, now: number): StoredKey[] {
    return signersOf(this.#loaded?.stored ?? kept, alg, now)
  }

  /**
   * Returns the first of these keys that can sign. If MASTER_KEY no longer opens the current key, or its
   * row is damaged, its successor signs early. A superseded key never signs again, because its last
   * tokens already decided when it leaves the JWKS.
   * @throws temporarily_unavailable if MASTER_KEY opens none, or if every row is damaged
   */
  async firstSigner(
    candidates: readonly StoredKey[],
    alg: AccessTokenAlgorithm,
  ): Promise<Signer & Pick<StoredKey, 'publicJwk'>> {
    let failure: unknown = new Error(`there is no ${alg} key`)
    for (const key of candidates) {
      const { kid, publicJwk } = key
      try {
        return { kid, alg, publicJwk, privateKey: await this.#imported.private(key, alg) }
      } catch (thrown) {
        failure = thrown
      }
    }
    throw failure
  }

  /**
   * Requires that MASTER_KEY belongs to the stored keys: under another one this server would seal values
   * that the right one never opens.
   * @throws temporarily_unavailable if it opens none of the stored keys
   */
  async requireMasterKey(): Promise<void> {
    if (this.#masterKey.isProven) return
    await this.#masterKey.judge(await this.#store.list(0))
    this.#masterKey.require()
  }

  /** Returns the published signing key with this kid, or null. */
  async verifier(kid: string, now: number): Promise<Verifier | null> {
    const key = await this.#find(kid, now)
    if (key === null || !isKeyAlgorithm(key.alg)) return null
    const alg = accessTokenAlgorithms.find((one) => one === key.alg)
    if (alg === undefined) return null
    const publicKey = await this.#imported.public(key, alg)
    return publicKey === null ? null : { kid, alg, publicKey }
  }

  /** Returns the private half of the published encryption key with this kid, or null. */
  async decrypter(
    kid: string,
    now: number,
  ): Promise<{ alg: EncryptionAlgorithm; privateKey: CryptoKey } | null> {
    const key = await this.#find(kid, now)
    if (key === null || (key.alg !== 'ECDH-ES+A256KW' && key.alg !== 'RSA-OAEP-256')) return null
    return { alg: key.alg, privateKey: await this.#imported.private(key, key.alg) }
  }

  /** Returns the JWK Set as JSON, with public members only (RFC 7517 5). */
  async jwks(now: number): Promise<string> {
    return (await this.#current(now)).jwks
  }

  /** Returns the public JWK of the key that signs with `alg` now, as JSON. */
  async publicJwk(alg: SigningAlgorithm, now: number): Promise<string> {
    return (await this.firstSigner(await this.#signers(alg, now), alg)).publicJwk
  }

  /**
   * Creates the successor of every key. It is published at once and used only after every cached
   * JWKS has expired. Two isolates at once create one successor. Returns the kids of the successors.
   */
  async makeSuccessors(now: number, audit: AuditEvent): Promise<string[]> {
    const newest = newestOf((await this.#read(now)).all).filter(({ alg }) => isKeyAlgorithm(alg))
    this.#masterKey.requireOwnId()
    const activeAt = now + this.#schedule.jwksMaxAge + cacheLifetime
    const successors = await Promise.all(
      newest.map((key) => this.#make(key.alg, key.generation + 1, now, activeAt)),
    )
    await this.#store.add(successors, audit)
    const { all } = await this.#load(now)
    return newestOf(all).map(({ kid }) => kid)
  }

  /** Returns the kids of those of the stored keys whose rows are damaged. */
  async damagedOf(stored: readonly StoredKey[]): Promise<string[]> {
    await this.#masterKey.judge(stored)
    if (this.#masterKey.isForeign) return []
    const damaged = await Promise.all(stored.map((key) => this.#imported.isDamaged(key)))
    return stored.flatMap(({ kid }, at) => (damaged[at] === true ? [kid] : []))
  }

  /** Returns the published and withdrawn keys with their states, newest first within an `alg`. */
  async list(now: number): Promise<ListedKey[]> {
    const { all, stored } = await this.#load(now)
    return all.map((key) => ({ ...key, state: stateOf(key, stored, now) }))
  }

  /**
   * Withdraws a compromised key: it leaves the JWKS, and our endpoints reject every token that it
   * signed. If it was in use, a new key replaces it at once. Other isolates may sign with it until
   * they read the keys again (one minute at most), but such tokens are rejected too. Idempotent. If no
   * new key can be made, the next published one is used, and the only one of its `alg` stays.
   */
  async withdraw(kid: string, now: number, audit: AuditEvent): Promise<Withdrawal> {
    const { all, stored } = await this.#load(now)
    const key = all.find((one) => one.kid === kid)
    if (key === undefined) return 'unknown'
    const successor = await this.#make(key.alg, key.generation + 1, now, now).catch(() => null)
    const others = signersOf(stored, key.alg, now).filter((one) => one.kid !== kid)
    const isNeeded = isKeyAlgorithm(key.alg) && key.withdrawnAt === null
    if (successor === null && isNeeded && others.length === 0) {
      return 'irreplaceable'
    }
    await this.#store.withdraw(key, successor, audit)
    await this.#load(now)
    return 'withdrawn'
  }

  /**
   * Called by cron: creates successors of old keys and sets when superseded keys leave the JWKS.
   */
  async rotate(now: number, longestTokenLifetime: number, audit: AuditEvent): Promise<void> {
    const { stored } = await this.#read(now)
    if (this.#masterKey.isForeign) return
    const newest = newestOf(stored).filter(({ alg }) => isKeyAlgorithm(alg))
    const old = newest.some((key) => key.activeAt + this.#schedule.signingKeyLifetime <= now)
    const waiting = newest.some((key) => key.activeAt > now)
    if (old && !waiting) await this.makeSuccessors(now, audit)
    for (const key of stored) {
      const successor = newest.find((one) => one.alg === key.alg && one.kid !== key.kid)
      if (successor === undefined || key.expiresAt !== null || successor.activeAt > now) continue
      if (key.generation > successor.generation) continue
      await this.#store.retire(
        key.kid,
        successor.activeAt + longestTokenLifetime + cacheLifetime * 2,
      )
    }
  }

  async #find(kid: string, now: number): Promise<StoredKey | null> {
    const loaded = await this.#current(now)
    const known = loaded.stored.find((key) => key.kid === kid)
    if (known !== undefined) return known
    if (isYounger(loaded.at, now, rereadInterval)) return null
    return (await this.#read(now)).stored.find((key) => key.kid === kid) ?? null
  }

  /** The keys, with one for `alg`, which is made at its first use. */
  async #currentWith(alg: AccessTokenAlgorithm, now: number): Promise<Loaded> {
    const loaded = await this.#current(now)
    if (loaded.stored.some((key) => key.alg === alg)) return loaded
    this.#asked.add(alg)
    return this.#load(now)
  }

  async #current(now: number): Promise<Loaded> {
    const loaded = this.#loaded
    if (loaded !== null && isYounger(loaded.at, now, cacheLifetime)) return loaded
    try {
      return await this.#read(now)
    } catch (failure) {
      // Cached keys are safe while D1 is unavailable: they expire by date, and D1 is always asked
      // about a token of a withdrawn key.
      if (loaded !== null) return loaded
      throw failure
    }
  }

  /** Reads the keys and creates missing ones. All waiting requests share one read. */
  #read(now: number): Promise<Loaded> {
    const known = this.#loading
    // A cancelled request takes its work with it, so a read that it started may never end.
    if (known !== null && isYounger(known.begunAt, now, longestLoad)) return known.loaded
    const loaded = this.#load(now).finally(() => {
      if (this.#loading === loading) this.#loading = null
    })
    const loading = { loaded, begunAt: now }
    this.#loading = loading
    return loaded
  }

  async #load(now: number): Promise<Loaded> {
    let all = await this.#store.list(now)
    await this.#masterKey.judge(all)
    const wanted = [
      ...new Set([...signingAlgorithms, ...this.#asked]),
      ...(this.#schedule.encryption ? encryptionAlgorithms : []),
    ]
    const missing = wanted.filter(
      (alg) => !all.some((key) => key.alg === alg && key.withdrawnAt === null),
    )
    if (missing.length > 0 && !this.#masterKey.isForeign) {
      const generationOf = (alg: string): number =>
        (all.find((key) => key.alg === alg)?.generation ?? 0) + 1
      await this.#store.add(
        await Promise.all(missing.map((alg) => this.#make(alg, generationOf(alg), now, now))),
      )
      all = await this.#store.list(now)
    }
    const stored = all.filter((key) => key.withdrawnAt === null)
    // A damaged row is in no JWKS, and the others go on.
    const published = stored.flatMap((key) => publishedJwk(key) ?? [])
    const jwks = JSON.stringify({ keys: published })
    this.#loaded = { stored, all, at: now, jwks }
    return this.#loaded
  }

  async #make(
    alg: string,
    generation: number,
    createdAt: number,
    activeAt: number,
  ): Promise<StoredKey> {
    if (!isKeyAlgorithm(alg)) throw new Error('a stored key has an unsupported algorithm')
    const pair = await makeKeyPair(this.#keys, alg)
    return {
      kid: pair.kid,
      use: useOf(alg),
      alg,
      generation,
      publicJwk: JSON.stringify(pair.publicJwk),
      wrappedPrivateKey: pair.wrappedPrivateKey,
      createdAt,
      activeAt,
      expiresAt: null,
      withdrawnAt: null,
    }
  }
}

/** `signing` means in use; for an encryption key that state is `receiving`. */
export const keyStates = ['published', 'signing', 'receiving', 'retired', 'withdrawn'] as const
export type ListedKey = StoredKey & { state: (typeof keyStates)[number] }

function stateOf(key: StoredKey, stored: readonly StoredKey[], now: number): ListedKey['state'] {
  if (key.withdrawnAt !== null) return 'withdrawn'
  if (key.activeAt > now) return 'published'
  if (signersOf(stored, key.alg, now)[0]?.kid !== key.kid) return 'retired'
  return key.use === 'sig' ? 'signing' : 'receiving'
}

/** How the withdrawal of a key ended; `irreplaceable` = nothing would be left to sign with. */
export type Withdrawal = 'withdrawn' | 'unknown' | 'irreplaceable'

/**
 * Returns the keys that may sign at `now`, best first: the newest active key, then the next ones. A key
 * whose last token is decided by when it leaves the JWKS signs no more.
 */
function signersOf(stored: readonly StoredKey[], alg: string, now: number): StoredKey[] {
  const ofAlg = stored.filter((key) => key.alg === alg)
  const active = ofAlg.find((key) => key.activeAt <= now && key.expiresAt === null)
  const waiting = ofAlg.filter((key) => key.activeAt > now).toReversed()
  return active === undefined ? waiting : [active, ...waiting]
}

/**
 * Returns the newest generation of each algorithm. The store lists generations in descending order.
 */
const newestOf = (stored: readonly StoredKey[]): StoredKey[] =>
  stored.filter((key, index) => stored.findIndex((one) => one.alg === key.alg) === index)
