// Proofs of possession: JWTs that carry the public key which verifies them. What a proof says is judged
// by who receives it: core/tokens/proof.ts and kit/proof.ts. RFC 9449 4.2, 4.3.
import { calculateJwkThumbprint } from 'jose'
import { setNewest } from '../protocol/bounded-map.ts'
import { invalidDpopProof } from '../protocol/error.ts'
import { isJsonObject } from '../protocol/strict-json.ts'
import { isCompact, jsonObjectIn } from './compact-token.ts'
import { fromBase64url, utf8 } from './encoding.ts'
import { foreignKeyFault, keyKindOf, privateMembers } from './foreign-key.ts'

/** What a proof may be signed with: asymmetric, and one spelling of each key (FAPI 2.0 5.4.1). */
export const proofAlgorithms = ['ES256', 'EdDSA', 'Ed25519', 'PS256'] as const
type ProofAlgorithm = (typeof proofAlgorithms)[number]

/** A proof whose signature is good. Nothing that it says has been judged. */
type DpopProof = {
  /** The SHA-256 thumbprint of its key (RFC 7638). */
  thumbprint: string
  jti: string
  htm: string
  htu: string
  /** Seconds. */
  iat: number
  ath: string | undefined
  nonce: string | undefined
}

/** Characters of a proof at most: the largest RSA key that is taken needs a third of this. */
const longestProof = 8_192

/** Keys that an isolate goes on with; importing one costs more than verifying under it. */
const mostKeys = 100

// A thumbprint names one key for ever, so nothing in here grows old.
const importedKeys = new Map<string, CryptoKey>()

/**
 * Reads a proof and verifies its signature under the key in its own header.
 * @throws invalid_dpop_proof for what is no compact JWT of type `dpop+jwt`, for a key that is private,
 *   symmetric, weak or of another algorithm, for a bad signature and for claims that are malformed
 */
export async function readDpopProof(text: string): Promise<DpopProof> {
  if (!isCompact(text, 'jws', longestProof)) {
    throw invalidDpopProof('the DPoP header is not one compact JWT')
  }
  const [header = '', payload = '', signature = ''] = text.split('.')
  const { alg, jwk } = readHeader(header)
  const key = publicMembers(alg, jwk)
  const thumbprint = await calculateJwkThumbprint(key)
  const signed = utf8(`${header}.${payload}`)
  const bytes = fromBase64url(signature)
  const verifier = await importedKey(alg, key, thumbprint)
  const isGood =
    bytes !== null && (await crypto.subtle.verify(uses[alg].verifying, verifier, bytes, signed))
  if (!isGood) throw invalidDpopProof('the signature of the DPoP proof is invalid')
  return { thumbprint, ...readClaims(payload) }
}

/** Returns the JSON object in a part of the proof. @throws invalid_dpop_proof */
function readPart(part: string): Record<string, unknown> {
  const value = jsonObjectIn(part)
  if (value === null) throw invalidDpopProof('the DPoP proof is not a JWT')
  return value
}

// A key that is named elsewhere is not fetched, and an extension that must be understood is not.
const unusableHeaders = ['crit', 'b64', 'jku', 'x5u', 'x5c']

function readHeader(part: string): { alg: ProofAlgorithm; jwk: Record<string, unknown> } {
  const header = readPart(part)
  if (header.typ !== 'dpop+jwt')
    throw invalidDpopProof('the type of the DPoP proof is not dpop+jwt')
  const alg = proofAlgorithms.find((one) => one === header.alg)
  if (alg === undefined) throw invalidDpopProof('the algorithm of the DPoP proof is not supported')
  if (unusableHeaders.some((name) => name in header)) {
    throw invalidDpopProof('the DPoP proof has a header that is not supported')
  }
  const { jwk } = header
  if (!isJsonObject(jwk)) throw invalidDpopProof('the DPoP proof has no jwk')
  // "The key MUST NOT contain a private key." 4.3
  if (privateMembers.some((name) => name in jwk)) {
    throw invalidDpopProof('the jwk of the DPoP proof is not a public key')
  }
  if ((jwk.alg ?? alg) !== alg || (jwk.use ?? 'sig') !== 'sig') {
    throw invalidDpopProof('the jwk of the DPoP proof is for another use')
  }
  return { alg, jwk }
}

/** The members that make a key of an algorithm, and what WebCrypto calls its use. */
type KeyUse = {
  members: readonly string[]
  importing: { name: string; namedCurve?: string; hash?: string }
  verifying: { name: string; hash?: string; saltLength?: number }
}

/** A public JWK without any member that does not make the key. */
type PublicKey = { kty: string } & Record<string, string>

const edwards: KeyUse = {
  members: ['crv', 'x'],
  importing: { name: 'Ed25519' },
  verifying: { name: 'Ed25519' },
}

const uses: Readonly<Record<ProofAlgorithm, KeyUse>> = {
  ES256: {
    members: ['crv', 'x', 'y'],
    importing: { name: 'ECDSA', namedCurve: 'P-256' },
    verifying: { name: 'ECDSA', hash: 'SHA-256' },
  },
  EdDSA: edwards,
  Ed25519: edwards,
  PS256: {
    members: ['n', 'e'],
    importing: { name: 'RSA-PSS', hash: 'SHA-256' },
    verifying: { name: 'RSA-PSS', saltLength: 32 },
  },
}

/** The members of a JWK that make the key. @throws invalid_dpop_proof */
function publicMembers(alg: ProofAlgorithm, jwk: Readonly<Record<string, unknown>>): PublicKey {
  const { kty, crv } = keyKindOf(alg)
  const isKind = jwk.kty === kty && (crv === undefined || jwk.crv === crv)
  if (!isKind || foreignKeyFault(jwk) !== null) {
    throw invalidDpopProof('the jwk of the DPoP proof is not a key of its algorithm')
  }
  return { kty, ...Object.fromEntries(uses[alg].members.map((name) => [name, String(jwk[name])])) }
}

async function importedKey(
  alg: ProofAlgorithm,
  key: PublicKey,
  thumbprint: string,
): Promise<CryptoKey> {
  const known = importedKeys.get(thumbprint)
  if (known !== undefined) return known
  const imported = await importKey(alg, key)
  setNewest(importedKeys, thumbprint, imported, mostKeys)
  return imported
}

async function importKey(alg: ProofAlgorithm, key: PublicKey): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey('jwk', key, uses[alg].importing, false, ['verify'])
  } catch (cause) {
    throw invalidDpopProof('the jwk of the DPoP proof is not a key of its algorithm', { cause })
  }
}

function readClaims(part: string): Omit<DpopProof, 'thumbprint'> {
  const { jti, htm, htu, iat, ath, nonce } = readPart(part)
  if (typeof jti !== 'string' || jti === '') throw invalidDpopProof('the DPoP proof has no jti')
  if (typeof htm !== 'string') throw invalidDpopProof('the DPoP proof has no htm')
  if (typeof htu !== 'string') throw invalidDpopProof('the DPoP proof has no htu')
  if (typeof iat !== 'number' || !Number.isFinite(iat)) {
    throw invalidDpopProof('the DPoP proof has no iat')
  }
  if (ath !== undefined && typeof ath !== 'string') {
    throw invalidDpopProof('the ath of the DPoP proof is not text')
  }
  if (nonce !== undefined && typeof nonce !== 'string') {
    throw invalidDpopProof('the nonce of the DPoP proof is not text')
  }
  return { jti, htm, htu, iat, ath, nonce }
}
