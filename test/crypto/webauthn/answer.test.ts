// The answer of a browser: its form, what of it must be absent, and which attestations count.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { base64url, joined, utf8 } from '../../../src/crypto/encoding.ts'
import { randomSecret } from '../../../src/crypto/secret.ts'
import { decodeCborMap } from '../../../src/crypto/webauthn/cbor.ts'
import {
  readAssertion,
  verifyAssertion,
  verifyRegistration,
} from '../../../src/crypto/webauthn/ceremony.ts'
import { rawSignature } from '../../../src/crypto/webauthn/der.ts'
import { type CborInput, type Lies, SoftPasskey, cbor } from '../../support/soft-passkey.ts'

afterEach(() => vi.restoreAllMocks())

const rpId = 'id.example'
const origins = ['https://id.example', 'https://www.id.example']
const challenge = randomSecret(16)
const ceremony = { challenge, origin: 'https://id.example', rpId }
const expected = { challenge, rpId, origins }
const passkey = await SoftPasskey.make()

const registered = (answer: object) => verifyRegistration(JSON.stringify(answer), expected)
const registeredWith = async (lies: Lies) => registered(await passkey.register(ceremony, lies))
const malformed = { fault: 'malformed' }
const accepted = expect.objectContaining({ id: passkey.id })

describe('WebAuthn 5.1.8: the JSON of an answer', () => {
  it('has all of its members, in base64url, and one id', async () => {
    const answer = await passkey.register(ceremony)
    const { response } = answer
    const changed = (change: object) => registered({ ...answer, ...change })
    const withResponse = (change: object) => changed({ response: { ...response, ...change } })
    expect({
      right: await changed({}),
      noType: await changed({ type: undefined }),
      otherId: await changed({ rawId: 'other' }),
      noObject: await withResponse({ attestationObject: undefined }),
      badObject: await withResponse({ attestationObject: '***' }),
      badClientData: await withResponse({ clientDataJSON: '***' }),
      listForClientData: await withResponse({ clientDataJSON: base64url(utf8('[]')) }),
      noJson: await withResponse({ clientDataJSON: base64url(utf8('{')) }),
    }).toEqual({
      right: accepted,
      noType: malformed,
      otherId: malformed,
      noObject: malformed,
      badObject: malformed,
      badClientData: malformed,
      listForClientData: malformed,
      noJson: malformed,
    })
  })

  it('says by which transports the passkey is reached, or does not', async () => {
    const answer = await passkey.register(ceremony)
    const transports = async (named: unknown) => {
      const response = { ...answer.response, transports: named }
      const made = await registered({ ...answer, response })
      return 'transports' in made ? made.transports : made
    }
    expect({
      none: await transports(undefined),
      odd: await transports(['usb', 'carrier-pigeon', 'nfc']),
    }).toEqual({ none: [], odd: ['usb', 'nfc'] })
  })

  it('of an assertion names one id', async () => {
    const answer = await passkey.assert(ceremony)
    expect({
      right: readAssertion(JSON.stringify(answer)),
      other: readAssertion(JSON.stringify({ ...answer, rawId: 'other' })),
    }).toEqual({ right: expect.objectContaining({ id: passkey.id }), other: null })
  })

  it('registers a credential', async () => {
    const without = (data: Uint8Array) => {
      const head = data.slice(0, 37)
      head[32] = (head[32] ?? 0) & ~64
      return head
    }
    expect(await registeredWith({ authenticatorData: without })).toEqual(malformed)
  })
})

describe('WebAuthn 5.8.1: the client data', () => {
  it('names an origin of ours, in no frame', async () => {
    const by = (clientData: Record<string, unknown>) => registeredWith({ clientData })
    const crossOrigin = { fault: 'cross-origin' }
    expect({
      second: await by({ origin: origins[1] }),
      other: await by({ origin: 'https://other.example' }),
      silent: await by({ crossOrigin: undefined }),
      framed: await by({ crossOrigin: true }),
      odd: await by({ crossOrigin: 'false' }),
      framedBy: await by({ topOrigin: 'https://id.example' }),
    }).toEqual({
      second: accepted,
      other: { fault: 'origin' },
      silent: accepted,
      framed: crossOrigin,
      odd: crossOrigin,
      framedBy: crossOrigin,
    })
  })
})

describe('WebAuthn 8: an attestation', () => {
  /** The object of a registration with another format, or another statement. */
  const attested = (format: string, statement: Record<string, CborInput>, isSelfAttested = false) =>
    registeredWith({
      isSelfAttested,
      attestation: (object) => {
        const before = decodeCborMap(object)
        const own = before.get('attStmt')
        const attStmt = new Map([...(own instanceof Map ? own : []), ...Object.entries(statement)])
        return cbor(new Map([...before, ['fmt', format], ['attStmt', attStmt]]))
      },
    })
  const refused = { fault: 'attestation' }

  it('is none, or one by the key itself', async () => {
    expect({
      none: await attested('none', {}),
      own: await attested('packed', {}, true),
      noneWithStatement: await attested('none', { alg: -7 }),
      ownOfOtherFormat: await attested('fido-u2f', {}, true),
      ownWithCertificate: await attested('packed', { x5c: [] }, true),
      ownOfOtherAlgorithm: await attested('packed', { alg: -257 }, true),
      packedWithoutSignature: await attested('packed', { alg: -7 }),
    }).toEqual({
      none: accepted,
      own: accepted,
      noneWithStatement: refused,
      ownOfOtherFormat: refused,
      ownWithCertificate: refused,
      ownOfOtherAlgorithm: refused,
      packedWithoutSignature: malformed,
    })
  })
})

it('a failure of the server is no fault of the browser', async () => {
  const answer = readAssertion(JSON.stringify(await passkey.assert(ceremony)))
  if (answer === null) throw new Error('there is no assertion')
  vi.spyOn(crypto.subtle, 'digest').mockRejectedValue(new Error('out of order'))
  const own = { publicKey: base64url(passkey.publicKey), isBackupEligible: true }
  await expect(verifyAssertion(answer, own, expected)).rejects.toThrow('out of order')
})

describe('P15: a signature in DER', () => {
  const sequence = (...content: number[]) => new Uint8Array([0x30, content.length, ...content])

  it('has the lengths that it says', () => {
    const whole = sequence(2, 1, 1, 2, 1, 1)
    expect({
      right: rawSignature(whole)?.filter((byte) => byte !== 0),
      longer: rawSignature(joined(whole.with(1, 7))),
      shorter: rawSignature(whole.with(1, 5)),
      cut: rawSignature(sequence(2, 1, 1, 2, 2, 1)),
      needlessZero: rawSignature(sequence(2, 2, 0, 0x7f, 2, 1, 1)),
      neededZero: rawSignature(sequence(2, 2, 0, 0x80, 2, 1, 1))?.filter((byte) => byte !== 0),
      zero: rawSignature(sequence(2, 1, 0, 2, 1, 1))?.filter((byte) => byte !== 0),
    }).toEqual({
      right: new Uint8Array([1, 1]),
      longer: null,
      shorter: null,
      cut: null,
      needlessZero: null,
      neededZero: new Uint8Array([0x80, 1]),
      zero: new Uint8Array([1]),
    })
  })
})
