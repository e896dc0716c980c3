// Proofs of possession: JWTs that carry the public key which verifies them. What a proof says is judged
// by who receives it: core/tokens/proof.ts and kit/proof.ts. RFC 9449 4.2, 4.3.
import { setNewest } from '../protocol/bounded-map.ts'
import { invalidDpopProof } from '../protocol/error.ts'
import { isJsonObject } from '../protocol/strict-json.ts'
import { isCompact, jsonObjectIn } from './compact-token.ts'
import { privateMembers } from './foreign-key.ts'
import { thumbprintOf } from './jwk.ts'
import { importVerifier, isSignature } from './jws.ts'

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

// By algorithm and thumbprint. A thumbprint names one key for ever, so nothing in here grows old.
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
  const { key, thumbprint } = await readKey(alg, jwk)
  const isGood = await isSignature(alg, key, signature, `${header}.${payload}`)
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

/** Returns the key in a proof, ready to verify. @throws invalid_dpop_proof */
async function readKey(
  alg: ProofAlgorithm,
  jwk: Readonly<Record<string, unknown>>,
): Promise<{ key: CryptoKey; thumbprint: string }> {
  try {
    const thumbprint = await thumbprintOf(jwk)
    return { key: await importedKey(alg, jwk, thumbprint), thumbprint }
  } catch (cause) {
    throw invalidDpopProof('the jwk of the DPoP proof is not a key of its algorithm', { cause })
  }
}

async function importedKey(
  alg: ProofAlgorithm,
  jwk: Readonly<Record<string, unknown>>,
  thumbprint: string,
): Promise<CryptoKey> {
  const name = `${alg} ${thumbprint}`
  const known = importedKeys.get(name)
  if (known !== undefined) return known
  const imported = await importVerifier(jwk, alg)
  setNewest(importedKeys, name, imported, mostKeys)
  return imported
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
