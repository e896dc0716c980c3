// What authenticators and browsers say of passkeys: CBOR, COSE, DER, client data, both ceremonies.
import { fromBase64url, utf8 } from '../../../src/crypto/encoding.ts'
import { CborFault, decodeCbor, decodeCborMap } from '../../../src/crypto/webauthn/cbor.ts'
import { parseAuthenticatorData } from '../../../src/crypto/webauthn/authenticator-data.ts'
import { rawSignature } from '../../../src/crypto/webauthn/der.ts'
import { importCoseKey } from '../../../src/crypto/webauthn/public-key.ts'
import {
  readAssertion,
  verifyAssertion,
  verifyRegistration,
} from '../../../src/crypto/webauthn/ceremony.ts'
import { SoftPasskey, cbor, derOf } from '../../support/soft-passkey.ts'
import type { Json } from '../hostile.ts'
import { type Target, bytesTarget, jsonTextTarget, promise, refusable } from '../target.ts'

const ceremony = {
  challenge: 'AAECAwQFBgcICQoLDA0ODw',
  origin: 'https://id.example',
  rpId: 'id.example',
}
const expected = { challenge: ceremony.challenge, rpId: ceremony.rpId, origins: [ceremony.origin] }

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const jsonOf = (value: unknown): Json => JSON.parse(JSON.stringify(value))
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => fromBase64url(text) ?? new Uint8Array()

/** Nothing that was decoded is larger than its bytes. */
function sizeOf(value: unknown): number {
  if (value instanceof Map) {
    return [...value].reduce((sum, [key, member]) => sum + sizeOf(key) + sizeOf(member), 1)
  }
  return Array.isArray(value) ? value.reduce<number>((sum, item) => sum + sizeOf(item), 1) : 1
}

/** The targets of passkeys, with a passkey of each algorithm. */
export async function passkeyTargets(): Promise<Target[]> {
  const passkeys = await Promise.all(
    (['ES256', 'RS256', 'EdDSA'] as const).map((algorithm) => SoftPasskey.make(algorithm)),
  )
  const registrations = await Promise.all(passkeys.map((one) => one.register(ceremony)))
  const attested = await Promise.all(
    passkeys.map((one) => one.register(ceremony, { isSelfAttested: true })),
  )
  const assertions = await Promise.all(passkeys.map((one) => one.assert(ceremony)))
  const registered = passkeys.map(({ publicKey }) => hex(publicKey))
  const objects = [...registrations, ...attested].map(({ response }) =>
    hex(bytesOf(response.attestationObject)),
  )
  const data = assertions.map(({ response }) => hex(bytesOf(response.authenticatorData)))

  const anyCbor = bytesTarget(
    'cbor',
    [...objects, ...registered, hex(cbor(new Map([['a', [1, -1, 'x', new Uint8Array(2)]]])))],
    (bytes) =>
      refusable([CborFault], () => {
        const { value, end } = decodeCbor(bytes)
        promise(end <= bytes.byteLength, 'ends within its bytes', end)
        promise(sizeOf(value) <= bytes.byteLength, 'no more values than bytes', sizeOf(value))
        return `${value instanceof Map} ${end === bytes.byteLength}`
      }),
    { slice: 800 },
  )

  const authenticatorData = bytesTarget('authenticator-data', data, (bytes) =>
    refusable([CborFault], () => {
      const read = parseAuthenticatorData(bytes)
      promise(!read.isBackedUp || read.isBackupEligible, 'WebAuthn 7.1: BE and BS', read)
      return `${read.isUserPresent} ${read.isUserVerified} ${read.credential === null}`
    }),
  )

  const coseKey = bytesTarget(
    'cose-key',
    registered,
    async (bytes) => {
      try {
        return `key ${(await importCoseKey(decodeCborMap(bytes))).algorithm}`
      } catch (thrown) {
        if (thrown instanceof CborFault) return `refused: ${thrown.message}`
        throw thrown
      }
    },
    { slice: 200 },
  )

  const der = bytesTarget(
    'der-signature',
    assertions.slice(0, 1).map(({ response }) => hex(bytesOf(response.signature))),
    (bytes) => {
      const raw = rawSignature(bytes)
      if (raw === null) return 'refused'
      promise(raw.byteLength === 64, 'r and s', hex(raw))
      promise(hex(derOf(raw)) === hex(bytes), 'X.690 10.1: one spelling', hex(bytes))
      return 'accepted'
    },
    { slice: 800 },
  )

  const registration = jsonTextTarget(
    'passkey-registration',
    [...registrations, ...attested].map(jsonOf),
    async (text) => {
      const judged = await verifyRegistration(text, expected)
      return 'fault' in judged ? judged.fault : 'registered'
    },
    { slice: 100 },
  )

  const clientData: Json = {
    type: 'webauthn.create',
    challenge: ceremony.challenge,
    origin: ceremony.origin,
    crossOrigin: false,
  }
  const [base] = registrations
  const browser = jsonTextTarget(
    'client-data',
    [clientData],
    async (text) => {
      if (base === undefined || !text.isWellFormed()) return 'no text'
      const response = {
        ...base.response,
        clientDataJSON: Buffer.from(utf8(text)).toString('base64url'),
      }
      const judged = await verifyRegistration(JSON.stringify({ ...base, response }), expected)
      return 'fault' in judged ? judged.fault : 'registered'
    },
    { slice: 100 },
  )

  const [passkey] = passkeys
  const assertion = jsonTextTarget(
    'passkey-assertion',
    assertions.map(jsonOf),
    async (text) => {
      const answer = readAssertion(text)
      if (answer === null || passkey === undefined) return 'none'
      const publicKey = Buffer.from(passkey.publicKey).toString('base64url')
      const judged = await verifyAssertion(answer, { publicKey, isBackupEligible: true }, expected)
      return 'fault' in judged ? judged.fault : 'proved'
    },
    { slice: 100 },
  )

  return [anyCbor, authenticatorData, coseKey, der, registration, browser, assertion]
}
