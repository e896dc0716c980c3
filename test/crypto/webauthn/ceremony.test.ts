// Registrations and assertions, judged beside @simplewebauthn/server: what we accept, it accepts; what
// we refuse and it accepts is listed by name.
import {
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { describe, expect, it } from 'vitest'
import { rawSignature } from '../../../src/crypto/webauthn/der.ts'
import { base64url, fromBase64url, joined } from '../../../src/crypto/encoding.ts'
import { randomSecret } from '../../../src/crypto/secret.ts'
import {
  readAssertion,
  verifyAssertion,
  verifyRegistration,
} from '../../../src/crypto/webauthn/ceremony.ts'
import {
  type AssertionAnswer,
  type CborInput,
  type Lies,
  type PasskeyAlgorithm,
  type RegistrationAnswer,
  SoftPasskey,
  cbor,
  flag,
} from '../../support/soft-passkey.ts'

const rpId = 'id.example'
const origin = 'https://id.example'
const algorithms: readonly PasskeyAlgorithm[] = ['ES256', 'RS256', 'EdDSA']

const newCeremony = () => ({ challenge: randomSecret(16), origin, rpId })
type Ceremony = ReturnType<typeof newCeremony>
const expectedOf = ({ challenge }: Ceremony) => ({ challenge, rpId, origins: [origin] })

/** What we say of a registration: our fault, or null. */
async function ourFault(answer: RegistrationAnswer, ceremony: Ceremony): Promise<string | null> {
  const judged = await verifyRegistration(JSON.stringify(answer), expectedOf(ceremony))
  return 'fault' in judged ? judged.fault : null
}

async function judgeAccepts(answer: RegistrationAnswer, ceremony: Ceremony): Promise<boolean> {
  const response: RegistrationResponseJSON = { ...answer, response: { ...answer.response } }
  Reflect.deleteProperty(response.response, 'transports')
  try {
    const { verified } = await verifyRegistrationResponse({
      response,
      expectedChallenge: ceremony.challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
    })
    return verified
  } catch {
    return false
  }
}

async function ourAssertionFault(
  answer: AssertionAnswer,
  passkey: SoftPasskey,
  ceremony: Ceremony,
  isBackupEligible = true,
): Promise<string | null> {
  const read = readAssertion(JSON.stringify(answer))
  if (read === null) return 'unreadable'
  const registered = { publicKey: base64url(passkey.publicKey), isBackupEligible }
  const judged = await verifyAssertion(read, registered, expectedOf(ceremony))
  return 'fault' in judged ? judged.fault : null
}

async function judgeAcceptsAssertion(
  response: AuthenticationResponseJSON,
  passkey: SoftPasskey,
  { challenge }: Ceremony,
): Promise<boolean> {
  try {
    const { verified } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      credential: { id: passkey.id, publicKey: joined(passkey.publicKey), counter: 0 },
    })
    return verified
  } catch {
    return false
  }
}

const userSeen = flag.userPresent | flag.userVerified
/** Returns the bytes with one of them changed. */
const changed = (bytes: Uint8Array, index: number): Uint8Array =>
  bytes.map((byte, at) => (at === (index + bytes.length) % bytes.length ? byte ^ 1 : byte))

/** Lies that both ceremonies can tell, with our word for each. */
const commonLies: Record<string, { lies: Lies; fault: string; judgeAccepts?: true }> = {
  'P14: another origin': {
    lies: { clientData: { origin: 'https://id.example.evil' } },
    fault: 'origin',
  },
  'P14: an origin with a slash': {
    lies: { clientData: { origin: `${origin}/` } },
    fault: 'origin',
  },
  'P14: another rpId': { lies: { rpId: 'evil.example' }, fault: 'rp-id' },
  'P14: another challenge': {
    lies: { clientData: { challenge: randomSecret(16) } },
    fault: 'challenge',
  },
  'P14: the type of a payment': { lies: { clientData: { type: 'payment.get' } }, fault: 'type' },
  'P14: UV off': {
    lies: { flags: flag.userPresent | flag.eligible },
    fault: 'user-verification',
  },
  'P14: UP off': { lies: { flags: flag.userVerified | flag.eligible }, fault: 'user-presence' },
  'P14: crossOrigin true': {
    lies: { clientData: { crossOrigin: true } },
    fault: 'cross-origin',
    // It leaves that to its caller.
    judgeAccepts: true,
  },
  'a backup without eligibility': { lies: { flags: userSeen | flag.backedUp }, fault: 'malformed' },
  'P16: trailing bytes in the authenticator data': {
    lies: { authenticatorData: (data) => joined(data, new Uint8Array(1)) },
    fault: 'malformed',
  },
  'authenticator data that end early': {
    lies: { authenticatorData: (data) => data.subarray(0, 36) },
    fault: 'malformed',
  },
}

describe.each(algorithms)('a registration (%s)', (algorithm) => {
  it.each([true, false])('is accepted by both (synced: %s)', async (isSynced) => {
    const passkey = await SoftPasskey.make(algorithm, { isSynced })
    const ceremony = newCeremony()
    const answer = await passkey.register(ceremony)
    expect(await verifyRegistration(JSON.stringify(answer), expectedOf(ceremony))).toEqual({
      id: passkey.id,
      publicKey: base64url(passkey.publicKey),
      counter: 0,
      isBackupEligible: isSynced,
      isBackedUp: isSynced,
      transports: ['hybrid', 'internal'],
    })
    expect(await judgeAccepts(answer, ceremony)).toBe(true)
  })

  it('may be attested by its own key, which must have signed it', async () => {
    const passkey = await SoftPasskey.make(algorithm)
    const ceremony = newCeremony()
    const right = await passkey.register(ceremony, { isSelfAttested: true })
    expect(await ourFault(right, ceremony)).toBe(null)
    expect(await judgeAccepts(right, ceremony)).toBe(true)
    const signature = (bytes: Uint8Array) => changed(bytes, -1)
    const wrong = await passkey.register(ceremony, { isSelfAttested: true, signature })
    expect(await ourFault(wrong, ceremony)).toBe('attestation')
    expect(await judgeAccepts(wrong, ceremony)).toBe(false)
  })

  it('is refused for a key that is cut, or of another algorithm than it says', async () => {
    const passkey = await SoftPasskey.make(algorithm)
    const ceremony = newCeremony()
    for (let index = 0; index < 8; index++) {
      const key = (cose: Uint8Array) => changed(cose, index)
      const answer = await passkey.register(ceremony, { key })
      expect({ index, fault: await ourFault(answer, ceremony) }).toEqual({
        index,
        fault: 'malformed',
      })
    }
  })

  it('with any byte of the attestation object changed: we accept nothing that the judge refuses', async () => {
    const passkey = await SoftPasskey.make(algorithm)
    const ceremony = newCeremony()
    const answer = await passkey.register(ceremony)
    const object = fromBase64url(answer.response.attestationObject) ?? new Uint8Array()
    const disagreements: object[] = []
    for (let index = 0; index < object.length; index += algorithm === 'RS256' ? 3 : 1) {
      const attestationObject = base64url(changed(object, index))
      const mutant = { ...answer, response: { ...answer.response, attestationObject } }
      const fault = await ourFault(mutant, ceremony)
      const isAccepted = await judgeAccepts(mutant, ceremony)
      if (fault === null && !isAccepted) disagreements.push({ index })
    }
    expect(disagreements).toEqual([])
  })
})

describe('a registration that lies', () => {
  it.each(Object.entries(commonLies))('%s', async (_name, { lies, fault }) => {
    const passkey = await SoftPasskey.make()
    const ceremony = newCeremony()
    const answer = await passkey.register(ceremony, lies)
    expect(await ourFault(answer, ceremony)).toBe(fault)
  })

  it('P14: webauthn.get for create', async () => {
    const passkey = await SoftPasskey.make()
    const ceremony = newCeremony()
    const answer = await passkey.register(ceremony, { clientData: { type: 'webauthn.get' } })
    expect(await ourFault(answer, ceremony)).toBe('type')
    expect(await judgeAccepts(answer, ceremony)).toBe(false)
  })

  it('needs neither presence nor verification where the browser made it without asking', async () => {
    const passkey = await SoftPasskey.make()
    const ceremony = newCeremony()
    const answer = await passkey.register(ceremony, { flags: flag.eligible })
    const judge = (isSilent: boolean) =>
      verifyRegistration(JSON.stringify(answer), expectedOf(ceremony), { isSilent })
    expect(await judge(true)).toMatchObject({ id: passkey.id })
    expect(await judge(false)).toEqual({ fault: 'user-presence' })
  })

  it('names another credential id than its authenticator data', async () => {
    const passkey = await SoftPasskey.make()
    const ceremony = newCeremony()
    const answer = { ...(await passkey.register(ceremony)), id: 'other', rawId: 'other' }
    expect(await ourFault(answer, ceremony)).toBe('malformed')
  })
})

/** Returns an attestation object around other authenticator data or with other bytes. */
const nested = (depth: number): CborInput => (depth === 0 ? 1 : [nested(depth - 1)])

describe('P16: the CBOR of a registration', () => {
  const shapes: Record<string, (object: Uint8Array) => Uint8Array> = {
    '48 KiB of zero bytes': () => new Uint8Array(48 * 1024),
    '48 KiB of lists in lists': () => new Uint8Array(48 * 1024).fill(0x81),
    '100 levels': () => cbor(new Map([['fmt', nested(100)]])),
    'trailing bytes': (object) => joined(object, new Uint8Array([0])),
    'a key twice': (object) =>
      joined(new Uint8Array([0xa4]), object.subarray(1), cbor('fmt'), cbor('none')),
    'a map of indefinite length': (object) =>
      joined(new Uint8Array([0xbf]), object.subarray(1), new Uint8Array([0xff])),
    'text of indefinite length': (object) =>
      joined(
        object.subarray(0, 5),
        new Uint8Array([0x7f, 0x64]),
        object.subarray(6),
        new Uint8Array([0xff]),
      ),
    'a length of 4 GiB': () =>
      new Uint8Array([0xa1, 0x63, 0x66, 0x6d, 0x74, 0x5a, 255, 255, 255, 255]),
    'a length of eight bytes': () => new Uint8Array([0xbb, 0, 0, 0, 0, 0, 0, 0, 3]),
    'a map of 4 Gi entries': () => new Uint8Array([0xba, 255, 255, 255, 255]),
    'a list in place of the map': (object) => cbor([object]),
    'nothing at all': () => new Uint8Array(),
    'a tag': (object) => joined(new Uint8Array([0xc0]), object),
    'a float': () => cbor(new Map([['fmt', 'none']])).map((byte) => (byte === 0x64 ? 0xfb : byte)),
    'text that is not UTF-8': (object) => object.map((byte, at) => (at === 2 ? 0xff : byte)),
  }
  it.each(Object.entries(shapes))('%s is refused', async (_name, attestation) => {
    const passkey = await SoftPasskey.make()
    const ceremony = newCeremony()
    const answer = await passkey.register(ceremony, { attestation })
    expect(await ourFault(answer, ceremony)).toBe('malformed')
  })

  it('a number in a long form is refused by both', async () => {
    const passkey = await SoftPasskey.make()
    const ceremony = newCeremony()
    const attestation = (object: Uint8Array) =>
      joined(new Uint8Array([0xb8, 3]), object.subarray(1))
    const answer = await passkey.register(ceremony, { attestation })
    expect(await ourFault(answer, ceremony)).toBe('malformed')
    expect(await judgeAccepts(answer, ceremony)).toBe(false)
  })
})

describe.each(algorithms)('an assertion (%s)', (algorithm) => {
  it('is accepted by both', async () => {
    const passkey = await SoftPasskey.make(algorithm)
    const ceremony = newCeremony()
    const answer = await passkey.assert(ceremony)
    expect(await ourAssertionFault(answer, passkey, ceremony)).toBe(null)
    expect(await judgeAcceptsAssertion(answer, passkey, ceremony)).toBe(true)
  })

  it('by another passkey is refused by both', async () => {
    const [passkey, other] = [await SoftPasskey.make(algorithm), await SoftPasskey.make(algorithm)]
    const ceremony = newCeremony()
    const answer = await other.assert(ceremony)
    expect(await ourAssertionFault(answer, passkey, ceremony)).toBe('signature')
    expect(await judgeAcceptsAssertion(answer, passkey, ceremony)).toBe(false)
  })

  it('with any byte of its signature or its data changed is refused by both', async () => {
    const passkey = await SoftPasskey.make(algorithm)
    const ceremony = newCeremony()
    const answer = await passkey.assert(ceremony)
    const accepted: object[] = []
    for (const member of ['signature', 'authenticatorData'] as const) {
      const bytes = fromBase64url(answer.response[member]) ?? new Uint8Array()
      for (let index = 0; index < bytes.length; index += 1 + (bytes.length >> 6)) {
        const response = { ...answer.response, [member]: base64url(changed(bytes, index)) }
        const mutant = { ...answer, response }
        const fault = await ourAssertionFault(mutant, passkey, ceremony)
        const isAccepted = await judgeAcceptsAssertion(mutant, passkey, ceremony)
        if (fault === null || isAccepted) accepted.push({ member, index, fault, isAccepted })
      }
    }
    expect(accepted).toEqual([])
  })
})

describe('an assertion that lies', () => {
  it.each(Object.entries(commonLies))(
    '%s',
    async (_name, { lies, fault, judgeAccepts: isNamed }) => {
      const passkey = await SoftPasskey.make()
      const ceremony = newCeremony()
      const answer = await passkey.assert(ceremony, lies)
      expect(await ourAssertionFault(answer, passkey, ceremony)).toBe(fault)
      expect(await judgeAcceptsAssertion(answer, passkey, ceremony)).toBe(isNamed === true)
    },
  )

  it('P14: webauthn.create for get', async () => {
    const passkey = await SoftPasskey.make()
    const ceremony = newCeremony()
    const answer = await passkey.assert(ceremony, { clientData: { type: 'webauthn.create' } })
    expect(await ourAssertionFault(answer, passkey, ceremony)).toBe('type')
    expect(await judgeAcceptsAssertion(answer, passkey, ceremony)).toBe(false)
  })

  it('P15: has a signature of ES256 as r and s', async () => {
    const passkey = await SoftPasskey.make('ES256')
    const ceremony = newCeremony()
    const signature = (der: Uint8Array) => rawSignature(der) ?? new Uint8Array()
    const answer = await passkey.assert(ceremony, { signature })
    expect(await ourAssertionFault(answer, passkey, ceremony)).toBe('signature')
    expect(await judgeAcceptsAssertion(answer, passkey, ceremony)).toBe(false)
  })

  it('is of another kind (synced or not) than the passkey that was registered', async () => {
    const passkey = await SoftPasskey.make('ES256', { isSynced: true })
    const ceremony = newCeremony()
    const answer = await passkey.assert(ceremony)
    expect(await ourAssertionFault(answer, passkey, ceremony, false)).toBe('malformed')
  })

  it.each(['', '{', '[]', 'null', '{"id":1}', `{"id":"a","rawId":"b","type":"public-key"}`])(
    'is no JSON of an assertion: %s',
    (text) => {
      expect(readAssertion(text)).toBe(null)
    },
  )
})
