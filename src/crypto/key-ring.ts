// MASTER_KEY and its sub-keys: HKDF derives one sub-key per purpose (RFC 5869). Every sealed,
// derived or checked value names the id of its master key. New values use the first key and every
// listed key is accepted, so the master key can be rotated.
import { temporarilyUnavailable } from '../protocol/error.ts'
import { base64url, fromBase64url, utf8 } from './encoding.ts'

/** What a sub-key is for. A value made for one purpose is not valid for another. */
export type Purpose =
  | 'refresh token checksum'
  | 'refresh token successor'
  | 'authorization code'
  | 'pushed request'
  | 'device code'
  | 'user code'
  | 'password hash'
  | 'signing key'
  | 'form token'
  | 'screen'
  | 'known browser'
  | 'provider secret'
  | 'upstream state'
  | 'admin operation'
  | 'logout hint'
  | 'proof nonce'
  | 'mail action'
  | 'mail code'
  | 'mail facts'
  | 'mail'
  | 'totp secret'
  | 'totp enrolment'
  | 'recovery code'
  | 'remembered browser'
  | 'import key'
  | 'outage record'
  /** The signature sub-key of a dialect, by its name. */
  | `${string} signature`

/** What is stored for good. */
const lasting: readonly Purpose[] = [
  'password hash',
  'provider secret',
  'totp secret',
  'import key',
]

/** One master key: its id and its 32 bytes. */
export type MasterKey = { id: string; bytes: Uint8Array<ArrayBuffer> }

/** The sub-keys of all master keys. Each is derived once per isolate. */
export class KeyRing {
  readonly ids: readonly string[]
  readonly currentId: string
  readonly #masterKeys: ReadonlyMap<string, MasterKey>
  readonly #derived = new Map<string, Promise<CryptoKey>>()
  #requireRightKey: () => Promise<void> = () => Promise.resolve()

  /** `masterKeys` has at least one key; the first is the current key. */
  constructor(masterKeys: readonly [MasterKey, ...MasterKey[]]) {
    this.#masterKeys = new Map(masterKeys.map((key) => [key.id, key]))
    this.ids = masterKeys.map((key) => key.id)
    this.currentId = masterKeys[0].id
  }

  /**
   * Sets what is awaited before a value is sealed that is stored for good, and after one has not opened. It
   * throws if the master keys are not those of the database.
   */
  guard(requireRightKey: () => Promise<void>): void {
    this.#requireRightKey = requireRightKey
  }

  has(id: string): boolean {
    return this.#masterKeys.has(id)
  }

  /**
   * Requires that MASTER_KEY lists `id`.
   * @throws temporarily_unavailable if it does not: this server cannot judge a value under that key,
   *   which may be valid on a server with the full list
   */
  requireKey(id: string): void {
    if (!this.has(id)) throw temporarilyUnavailable(new Error(`MASTER_KEY has no key ${id}`))
  }

  /**
   * Returns the HMAC-SHA-256 of `text` under the purpose's sub-key of master key `id` (default: the
   * current key).
   */
  async mac(purpose: Purpose, text: string, id = this.currentId): Promise<Uint8Array<ArrayBuffer>> {
    const key = await this.#subKey(purpose, 'HMAC', id)
    return new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(text)))
  }

  /**
   * Encrypts bytes with AES-256-GCM as `<key id>.<nonce and ciphertext>`. `context` is the
   * associated data.
   * @throws what the guard throws, for a value that is stored for good
   */
  async seal(purpose: Purpose, plaintext: Uint8Array, context: string): Promise<string> {
    if (lasting.includes(purpose)) await this.#requireRightKey()
    const nonce = crypto.getRandomValues(new Uint8Array(12))
    const ciphertext = await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv: nonce, additionalData: utf8(context) },
      await this.#subKey(purpose, 'AES-GCM', this.currentId),
      plaintext,
    )
    const sealed = new Uint8Array(12 + ciphertext.byteLength)
    sealed.set(nonce)
    sealed.set(new Uint8Array(ciphertext), 12)
    return `${this.currentId}.${base64url(sealed)}`
  }

  /**
   * Decrypts a value of `seal`. Returns null if it is foreign, altered, or under an unlisted key.
   * @throws what the guard throws, for a value that is stored for good and does not open
   */
  async open(
    purpose: Purpose,
    sealed: string,
    context: string,
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    const dot = sealed.indexOf('.')
    const id = sealed.slice(0, dot)
    const bytes = fromBase64url(sealed.slice(dot + 1))
    if (!this.has(id) || bytes === null) return null
    const key = await this.#subKey(purpose, 'AES-GCM', id)
    try {
      const plaintext = await crypto.subtle.decrypt(
        { name: 'AES-GCM', iv: bytes.subarray(0, 12), additionalData: utf8(context) },
        key,
        bytes.subarray(12),
      )
      return new Uint8Array(plaintext)
    } catch {
      // The wrong MASTER_KEY must not make a right password a wrong one.
      if (lasting.includes(purpose)) await this.#requireRightKey()
      return null
    }
  }

  /**
   * Decrypts a value that this server sealed and stored.
   * @throws temporarily_unavailable if no listed key opens it. The stored value was valid, so
   *   MASTER_KEY is at fault, and the request succeeds once the missing key is listed again.
   */
  async openStored(
    purpose: Purpose,
    sealed: string,
    context: string,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const opened = await this.open(purpose, sealed, context)
    if (opened !== null) return opened
    throw temporarilyUnavailable(new Error(`no key of MASTER_KEY opens a stored ${purpose}`))
  }

  /** Seals the same plaintext under the current key. Returns null if no listed key opens it. */
  async reseal(purpose: Purpose, sealed: string, context: string): Promise<string | null> {
    const opened = await this.open(purpose, sealed, context)
    return opened === null ? null : this.seal(purpose, opened, context)
  }

  #subKey(purpose: Purpose, algorithm: 'HMAC' | 'AES-GCM', id: string): Promise<CryptoKey> {
    const name = `${id}/${purpose}`
    const known = this.#derived.get(name)
    if (known !== undefined) return known
    const derived = this.#derive(purpose, algorithm, id)
    this.#derived.set(name, derived)
    // A failure is no key: if it were kept, this isolate would call every right password wrong.
    derived.catch(() => this.#derived.delete(name))
    return derived
  }

  async #derive(purpose: Purpose, algorithm: 'HMAC' | 'AES-GCM', id: string): Promise<CryptoKey> {
    const master = this.#masterKeys.get(id)
    if (master === undefined) throw new Error(`MASTER_KEY has no key ${id}`)
    const root = await crypto.subtle.importKey('raw', master.bytes, 'HKDF', false, ['deriveBits'])
    const bits = await crypto.subtle.deriveBits(
      {
        name: 'HKDF',
        hash: 'SHA-256',
        salt: utf8('postern'),
        info: utf8(`${purpose} ${algorithm}`),
      },
      root,
      256,
    )
    return algorithm === 'HMAC'
      ? crypto.subtle.importKey('raw', bits, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
      : crypto.subtle.importKey('raw', bits, 'AES-GCM', false, ['encrypt', 'decrypt'])
  }
}
