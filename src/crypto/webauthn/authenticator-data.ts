// What an authenticator says and signs. WebAuthn 6.1.
import { type CborMap, CborFault, asMap, decodeCbor } from './cbor.ts'

/** Authenticator data. `credential` is there at a registration. */
export type AuthenticatorData = {
  rpIdHash: Uint8Array
  isUserPresent: boolean
  isUserVerified: boolean
  /** BE: whether the key may leave its device. */
  isBackupEligible: boolean
  /** BS: whether it has. */
  isBackedUp: boolean
  counter: number
  credential: { id: Uint8Array; publicKey: Uint8Array; cose: CborMap } | null
}

/** Bytes of a credential id at most (WebAuthn 7.1). */
const longestId = 1023

/**
 * Parses authenticator data to its last byte.
 * @throws CborFault
 */
export function parseAuthenticatorData(bytes: Uint8Array): AuthenticatorData {
  // SHA-256 of the rpId, flags, counter.
  if (bytes.byteLength < 37) throw new CborFault('ends too early')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const flags = view.getUint8(32)
  const has = (bit: number): boolean => (flags & (1 << bit)) !== 0
  const attested = has(6) ? attestedCredential(bytes, view) : { credential: null, end: 37 }
  let { end } = attested
  if (has(7)) {
    const extensions = decodeCbor(bytes, end)
    asMap(extensions.value)
    end = extensions.end
  }
  if (end !== bytes.byteLength) throw new CborFault('goes on after its end')
  // "If the BE bit of the flags in authData is not set, verify that the BS bit is not set." 7.1, 7.2
  if (has(4) && !has(3)) throw new CborFault('is backed up without being eligible')
  return {
    rpIdHash: bytes.subarray(0, 32),
    isUserPresent: has(0),
    isUserVerified: has(2),
    isBackupEligible: has(3),
    isBackedUp: has(4),
    counter: view.getUint32(33),
    credential: attested.credential,
  }
}

/** WebAuthn 6.5.1: the AAGUID of 16 bytes, the length of the id in two, the id and the key. */
function attestedCredential(
  bytes: Uint8Array,
  view: DataView,
): { credential: AuthenticatorData['credential']; end: number } {
  if (bytes.byteLength < 55) throw new CborFault('ends too early')
  const length = view.getUint16(53)
  const start = 55 + length
  if (length === 0 || length > longestId || start > bytes.byteLength)
    throw new CborFault('has a credential id of a wrong length')
  const { value, end } = decodeCbor(bytes, start)
  const id = bytes.subarray(55, start)
  return { credential: { id, publicKey: bytes.subarray(start, end), cose: asMap(value) }, end }
}
