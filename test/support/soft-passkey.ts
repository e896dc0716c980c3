// An authenticator in software: it makes passkeys and answers as WebAuthn 6 says, except where a test
// makes it lie.
import { base64url, fromBase64url, joined, utf8 } from '../../src/crypto/encoding.ts'

export type PasskeyAlgorithm = 'ES256' | 'RS256' | 'EdDSA'

const generating = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  RS256: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
  EdDSA: { name: 'Ed25519' },
} as const

const signing = { ...generating, ES256: { name: 'ECDSA', hash: 'SHA-256' } } as const

export const flag = { userPresent: 1, userVerified: 4, eligible: 8, backedUp: 16, attested: 64 }

/** What a ceremony is about. `challenge` is base64url. */
export type Ceremony = { challenge: string; origin: string; rpId: string }

/** What a test makes the authenticator, or the browser, say instead of the truth. */
export type Lies = {
  clientData?: Record<string, unknown>
  flags?: number
  counter?: number
  rpId?: string
  /** Changes the COSE key; a registration alone has one. */
  key?: (cose: Uint8Array) => Uint8Array
  /** Changes the authenticator data before they are signed. */
  authenticatorData?: (bytes: Uint8Array) => Uint8Array
  /** Changes the attestation object. */
  attestation?: (bytes: Uint8Array) => Uint8Array
  /** What the attestation object is: by default of the format `none`. */
  isSelfAttested?: boolean
  signature?: (bytes: Uint8Array) => Uint8Array
  userHandle?: string | undefined
  id?: string
}

export type RegistrationAnswer = {
  id: string
  rawId: string
  type: 'public-key'
  response: { clientDataJSON: string; attestationObject: string; transports: string[] }
  clientExtensionResults: object
}

export type AssertionAnswer = {
  id: string
  rawId: string
  type: 'public-key'
  response: {
    clientDataJSON: string
    authenticatorData: string
    signature: string
    userHandle?: string
  }
  clientExtensionResults: object
}

/** A passkey of the authenticator. Its counter counts its signatures, unless it is made without. */
export class SoftPasskey {
  readonly id: string
  userHandle: string | undefined
  counter = 0
  readonly #keys: CryptoKeyPair
  readonly #cose: Uint8Array
  readonly #algorithm: PasskeyAlgorithm
  readonly #kind: number

  private constructor(
    keys: CryptoKeyPair,
    cose: Uint8Array,
    algorithm: PasskeyAlgorithm,
    { id, isSynced, userHandle }: { id: string; isSynced: boolean; userHandle?: string },
  ) {
    this.#keys = keys
    this.#cose = cose
    this.#algorithm = algorithm
    this.id = id
    this.userHandle = userHandle
    this.#kind = isSynced ? flag.eligible | flag.backedUp : 0
  }

  static async make(
    algorithm: PasskeyAlgorithm = 'ES256',
    { id = randomText(32), isSynced = true, userHandle = randomText(32) } = {},
  ): Promise<SoftPasskey> {
    const keys = await crypto.subtle.generateKey(generating[algorithm], true, ['sign', 'verify'])
    if (!('privateKey' in keys)) throw new Error('no pair of keys')
    const jwk = await exported(keys.publicKey)
    return new SoftPasskey(keys, coseOf(algorithm, jwk), algorithm, { id, isSynced, userHandle })
  }

  /** The public key as COSE. */
  get publicKey(): Uint8Array {
    return this.#cose
  }

  async register(ceremony: Ceremony, lies: Lies = {}): Promise<RegistrationAnswer> {
    const { id, clientData } = this.#begin('webauthn.create', ceremony, lies)
    const rawId = fromBase64url(id) ?? new Uint8Array()
    const attested = joined(
      new Uint8Array(16),
      new Uint8Array([rawId.byteLength >> 8, rawId.byteLength & 255]),
      rawId,
      lies.key?.(this.#cose) ?? this.#cose,
    )
    const data = await this.#data(ceremony, lies, flag.attested, attested)
    const statement = lies.isSelfAttested
      ? new Map<string, CborInput>([
          ['alg', coseNumber[this.#algorithm]],
          ['sig', await this.#sign(data, clientData, lies)],
        ])
      : new Map<string, CborInput>()
    const object = cbor(
      new Map<string, CborInput>([
        ['fmt', lies.isSelfAttested ? 'packed' : 'none'],
        ['attStmt', statement],
        ['authData', data],
      ]),
    )
    return {
      ...named(id),
      response: {
        clientDataJSON: base64url(clientData),
        attestationObject: base64url(lies.attestation?.(object) ?? object),
        transports: ['internal', 'hybrid'],
      },
    }
  }

  async assert(ceremony: Ceremony, lies: Lies = {}): Promise<AssertionAnswer> {
    const { id, clientData } = this.#begin('webauthn.get', ceremony, lies)
    this.counter += 1
    const data = await this.#data(ceremony, lies, 0, new Uint8Array())
    const userHandle = 'userHandle' in lies ? lies.userHandle : this.userHandle
    return {
      ...named(id),
      response: {
        clientDataJSON: base64url(clientData),
        authenticatorData: base64url(data),
        signature: base64url(await this.#sign(data, clientData, lies)),
        ...(userHandle === undefined ? {} : { userHandle }),
      },
    }
  }

  #begin(type: string, { challenge, origin }: Ceremony, lies: Lies) {
    const said = { type, challenge, origin, crossOrigin: false, ...lies.clientData }
    return { id: lies.id ?? this.id, clientData: utf8(JSON.stringify(said)) }
  }

  async #data(
    { rpId }: Ceremony,
    lies: Lies,
    further: number,
    attested: Uint8Array,
  ): Promise<Uint8Array> {
    const flags = lies.flags ?? flag.userPresent | flag.userVerified | this.#kind
    const head = new DataView(new ArrayBuffer(5))
    head.setUint8(0, flags | further)
    head.setUint32(1, lies.counter ?? this.counter)
    const data = joined(
      await sha256(utf8(lies.rpId ?? rpId)),
      new Uint8Array(head.buffer),
      attested,
    )
    return lies.authenticatorData?.(data) ?? data
  }

  async #sign(data: Uint8Array, clientData: Uint8Array, lies: Lies): Promise<Uint8Array> {
    const signed = joined(data, await sha256(clientData))
    const { privateKey } = this.#keys
    const raw = new Uint8Array(
      await crypto.subtle.sign(signing[this.#algorithm], privateKey, signed),
    )
    const signature = this.#algorithm === 'ES256' ? derOf(raw) : raw
    return lies.signature?.(signature) ?? signature
  }
}

const named = (id: string) =>
  ({ id, rawId: id, type: 'public-key', clientExtensionResults: {} }) as const

const randomText = (bytes: number): string =>
  base64url(crypto.getRandomValues(new Uint8Array(bytes)))

const sha256 = async (bytes: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))

/** Returns an ECDSA signature of 64 bytes as DER. */
export const derOf = (raw: Uint8Array): Uint8Array => {
  const integers = [raw.subarray(0, 32), raw.subarray(32)].map(integer)
  const content = joined(...integers)
  return joined(new Uint8Array([0x30, content.byteLength]), content)
}

const integer = (digits: Uint8Array): Uint8Array => {
  const first = digits.findIndex((byte) => byte !== 0)
  const short = digits.subarray(first < 0 ? digits.byteLength - 1 : first)
  const sign = (short[0] ?? 0) >= 0x80 ? new Uint8Array(1) : new Uint8Array()
  return joined(new Uint8Array([2, sign.byteLength + short.byteLength]), sign, short)
}

const coseNumber = { ES256: -7, RS256: -257, EdDSA: -8 } as const

const bytesIn = (jwk: JsonWebKey, member: 'x' | 'y' | 'n' | 'e'): Uint8Array =>
  fromBase64url(jwk[member] ?? '') ?? new Uint8Array()

async function exported(key: CryptoKey): Promise<JsonWebKey> {
  const jwk = await crypto.subtle.exportKey('jwk', key)
  if (jwk instanceof ArrayBuffer) throw new Error('no JWK')
  return jwk
}

function coseOf(algorithm: PasskeyAlgorithm, jwk: JsonWebKey): Uint8Array {
  const members: Record<PasskeyAlgorithm, () => [number, CborInput][]> = {
    ES256: () => [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytesIn(jwk, 'x')],
      [-3, bytesIn(jwk, 'y')],
    ],
    RS256: () => [
      [1, 3],
      [3, -257],
      [-1, bytesIn(jwk, 'n')],
      [-2, bytesIn(jwk, 'e')],
    ],
    EdDSA: () => [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, bytesIn(jwk, 'x')],
    ],
  }
  return cbor(new Map(members[algorithm]()))
}

export type CborInput =
  number | string | boolean | null | Uint8Array | CborInput[] | Map<number | string, CborInput>

/** Encodes CBOR in the canonical form. */
export function cbor(value: CborInput): Uint8Array {
  if (value === null) return new Uint8Array([0xf6])
  if (typeof value === 'boolean') return new Uint8Array([value ? 0xf5 : 0xf4])
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return joined(head(3, utf8(value).byteLength), utf8(value))
  if (value instanceof Uint8Array) return joined(head(2, value.byteLength), value)
  if (Array.isArray(value)) return joined(head(4, value.length), ...value.map(cbor))
  const entries = [...value].flatMap(([key, one]) => [cbor(key), cbor(one)])
  return joined(head(5, value.size), ...entries)
}

function head(major: number, number: number): Uint8Array {
  const initial = major << 5
  if (number < 24) return new Uint8Array([initial | number])
  if (number < 256) return new Uint8Array([initial | 24, number])
  if (number < 65_536) return new Uint8Array([initial | 25, number >> 8, number & 255])
  return new Uint8Array([initial | 26, ...[24, 16, 8, 0].map((shift) => (number >>> shift) & 255)])
}
