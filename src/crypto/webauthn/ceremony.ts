// The two ceremonies of a passkey as the server judges them: registration (WebAuthn 7.1) and assertion
// (7.2). Nothing here is stored; who may do what is decided in core/people/passkeys.
import { once } from '../../protocol/once.ts'
import * as v from '../../protocol/schema.ts'
import { JsonFault, isJsonObject, parseJson } from '../../protocol/strict-json.ts'
import { base64url, fromBase64url, joined, utf8, utf8Text } from '../encoding.ts'
import { equalBytesInConstantTime } from '../secret.ts'
import { type AuthenticatorData, parseAuthenticatorData } from './authenticator-data.ts'
import { type CborMap, CborFault, asBytes, asMap, decodeCborMap } from './cbor.ts'
import { type PasskeyKey, importCoseKey, isSignedBy } from './public-key.ts'

/** What is wrong with the answer of a browser. */
export type PasskeyFault =
  | 'malformed'
  | 'type'
  | 'challenge'
  | 'origin'
  | 'cross-origin'
  | 'rp-id'
  | 'user-presence'
  | 'user-verification'
  | 'attestation'
  | 'signature'

class Refused extends Error {
  readonly fault: PasskeyFault

  constructor(fault: PasskeyFault) {
    super(fault)
    this.fault = fault
  }
}

/** What an answer must be about. `challenge` is base64url. */
export type Expected = { challenge: string; rpId: string; origins: readonly string[] }

/** A passkey that a browser has just made; `id` and the COSE key `publicKey` are base64url. */
export type NewPasskey = {
  id: string
  publicKey: string
  counter: number
  isBackupEligible: boolean
  isBackedUp: boolean
  transports: readonly string[]
}

/** A passkey as it was registered. */
type RegisteredPasskey = Pick<NewPasskey, 'publicKey' | 'isBackupEligible'>

/** What an assertion says beside its proof. */
export type Assertion = { counter: number; isBackedUp: boolean }

const credential = { id: v.string(), rawId: v.string(), type: v.literal('public-key') }

const registration = once(() =>
  v.object({
    ...credential,
    response: v.object({
      clientDataJSON: v.string(),
      attestationObject: v.string(),
      transports: v.optional(v.array(v.string())),
    }),
  }),
)

const assertion = once(() =>
  v.object({
    ...credential,
    response: v.object({
      clientDataJSON: v.string(),
      authenticatorData: v.string(),
      signature: v.string(),
      userHandle: v.nullish(v.string()),
    }),
  }),
)

/** An assertion that is not proved yet: of which passkey (`id`), for whom (`response.userHandle`). */
export type AssertionAnswer = v.InferOutput<ReturnType<typeof assertion>>

/** WebAuthn 5.8.4; others are not kept. */
const knownTransports = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal']

/**
 * Judges a registration, `text` being the JSON of RegistrationResponseJSON (WebAuthn 5.1.8). Whoever made
 * the authenticator is not asked for: an attestation other than none, or one by the key itself, is
 * refused. `isSilent` = the browser made the passkey without asking (`mediation: 'conditional'`), so that
 * nobody was there to be seen or verified.
 */
export const verifyRegistration = (
  text: string,
  expected: Expected,
  { isSilent = false } = {},
): Promise<NewPasskey | { fault: PasskeyFault }> =>
  judged(async () => {
    const answer = v.safeParse(registration(), parseJson(text))
    if (!answer.success) throw new Refused('malformed')
    const { id, rawId, response } = answer.output
    const clientData = requireClientData(response.clientDataJSON, 'webauthn.create', expected)
    const attestation = decodeCborMap(bytesOf(response.attestationObject))
    const signed = asBytes(attestation.get('authData'))
    const data = parseAuthenticatorData(signed)
    await requireAuthenticator(data, expected, isSilent)
    const made = data.credential
    if (made === null || rawId !== id || base64url(made.id) !== id) throw new Refused('malformed')
    const key = await importCoseKey(made.cose)
    await requireAttestation(attestation, key, await signedBytes(signed, clientData))
    return {
      id,
      publicKey: base64url(made.publicKey),
      counter: data.counter,
      isBackupEligible: data.isBackupEligible,
      isBackedUp: data.isBackedUp,
      transports: knownTransports.filter((known) => response.transports?.includes(known)),
    }
  })

/** Reads the JSON of AuthenticationResponseJSON (WebAuthn 5.1.8); null = the text is none. */
export function readAssertion(text: string): AssertionAnswer | null {
  try {
    const answer = v.safeParse(assertion(), parseJson(text))
    return answer.success && answer.output.id === answer.output.rawId ? answer.output : null
  } catch (thrown) {
    if (thrown instanceof JsonFault) return null
    throw thrown
  }
}

/** Judges an assertion by the key of the passkey that it names. */
export const verifyAssertion = (
  { response }: AssertionAnswer,
  { publicKey, isBackupEligible }: RegisteredPasskey,
  expected: Expected,
): Promise<Assertion | { fault: PasskeyFault }> =>
  judged(async () => {
    const clientData = requireClientData(response.clientDataJSON, 'webauthn.get', expected)
    const signed = bytesOf(response.authenticatorData)
    const data = parseAuthenticatorData(signed)
    await requireAuthenticator(data, expected)
    // A passkey does not change its kind: "verify that currentBe is set" where it was (7.2).
    if (data.isBackupEligible !== isBackupEligible) throw new Refused('malformed')
    const key = await importCoseKey(decodeCborMap(bytesOf(publicKey)))
    const content = await signedBytes(signed, clientData)
    if (!(await isSignedBy(key, bytesOf(response.signature), content)))
      throw new Refused('signature')
    return { counter: data.counter, isBackedUp: data.isBackedUp }
  })

async function judged<Result>(
  judge: () => Promise<Result>,
): Promise<Result | { fault: PasskeyFault }> {
  try {
    return await judge()
  } catch (thrown) {
    if (thrown instanceof Refused) return { fault: thrown.fault }
    if (thrown instanceof CborFault || thrown instanceof JsonFault) return { fault: 'malformed' }
    throw thrown
  }
}

/** @throws Refused */
function bytesOf(text: string): Uint8Array {
  const bytes = fromBase64url(text)
  if (bytes === null) throw new Refused('malformed')
  return bytes
}

/** Returns the bytes of the client data (WebAuthn 5.8.1). @throws Refused, JsonFault */
function requireClientData(
  encoded: string,
  type: 'webauthn.create' | 'webauthn.get',
  { challenge, origins }: Expected,
): Uint8Array {
  const bytes = bytesOf(encoded)
  const data = parseJson(utf8Text(bytes) ?? '')
  if (!isJsonObject(data)) throw new Refused('malformed')
  if (data.type !== type) throw new Refused('type')
  if (data.challenge !== challenge) throw new Refused('challenge')
  if (!origins.some((origin) => origin === data.origin)) throw new Refused('origin')
  // Our pages are never framed, so that a ceremony in a frame is another site's.
  if (![undefined, false].some((no) => no === data.crossOrigin) || data.topOrigin !== undefined)
    throw new Refused('cross-origin')
  return bytes
}

/** @throws Refused */
async function requireAuthenticator(
  { rpIdHash, isUserPresent, isUserVerified }: AuthenticatorData,
  { rpId }: Expected,
  isSilent = false,
): Promise<void> {
  const expected = await sha256(utf8(rpId))
  if (!equalBytesInConstantTime(rpIdHash, expected)) throw new Refused('rp-id')
  // 7.1: "If options.mediation is not set to conditional, verify that the UP bit ... is set."
  if (isSilent) return
  if (!isUserPresent) throw new Refused('user-presence')
  if (!isUserVerified) throw new Refused('user-verification')
}

/**
 * Accepts no attestation, and the passkey's own (WebAuthn 8.2, "self attestation"), which a browser need
 * not remove although none was asked for.
 * @throws Refused
 */
async function requireAttestation(
  attestation: CborMap,
  key: PasskeyKey,
  content: Uint8Array,
): Promise<void> {
  const format = attestation.get('fmt')
  const statement = asMap(attestation.get('attStmt'))
  if (format === 'none' && statement.size === 0) return
  const isOwn =
    format === 'packed' &&
    !statement.has('x5c') &&
    statement.get('alg') === key.algorithm &&
    (await isSignedBy(key, asBytes(statement.get('sig')), content))
  if (!isOwn) throw new Refused('attestation')
}

/** What both signatures are over: the authenticator data and the hash of the client data. */
const signedBytes = async (
  authenticatorData: Uint8Array,
  clientData: Uint8Array,
): Promise<Uint8Array> => joined(authenticatorData, await sha256(clientData))

const sha256 = async (bytes: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
