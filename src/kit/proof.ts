// Proofs of possession that come with a bound access token. RFC 9449 4.3, 7, 9.
import { readDpopProof } from '../crypto/dpop.ts'
import type { KeyRing } from '../crypto/key-ring.ts'
import { isProofNonce } from '../crypto/proof-nonce.ts'
import { digestOf } from '../crypto/secret.ts'
import { OAuthError } from '../protocol/error.ts'
import { isTimelyProof, oldestProof, targetOfProof } from '../protocol/proof-of-possession.ts'

/** Why a proof is rejected. */
export type ProofFault = { error: 'invalid_dpop_proof' | 'use_dpop_nonce'; description: string }

type ProofRequest = {
  /** The `DPoP` header; null if there is none. */
  header: string | null
  method: string
  /** The address of the request as clients know it. */
  url: string
  accessToken: string
  /** The thumbprint of the key that the token is bound to. */
  thumbprint: string
  /** NumericDate seconds. */
  now: number
  /** The keys of nonces; undefined = none is asked for. */
  nonceKeys: KeyRing | undefined
}

/** The most proofs that an isolate remembers, so that none is accepted twice. */
const mostRemembered = 10_000

// By thumbprint and `jti`: when the proof is too old to be accepted. A Map keeps its order of
// insertion.
const spent = new Map<string, number>()

/**
 * Verifies the proof of a request (RFC 9449 4.3). Returns what is wrong with it; null for a valid
 * proof.
 */
export async function proofFault(request: ProofRequest): Promise<ProofFault | null> {
  const { header, method, url, accessToken, thumbprint, now, nonceKeys } = request
  if (header === null) return invalid('the access token is bound and was sent without proof')
  try {
    const proof = await readDpopProof(header)
    if (proof.thumbprint !== thumbprint) return invalid('the proof is made with another key')
    if (proof.htm !== method) return invalid('the htm of the proof is not this method')
    if (!isSameAddress(proof.htu, url)) return invalid('the htu of the proof is not this address')
    if (proof.ath !== (await digestOf(accessToken))) {
      return invalid('the ath of the proof is not that of the access token')
    }
    if (nonceKeys !== undefined && !(await isFresh(nonceKeys, proof.nonce, now))) {
      return { error: 'use_dpop_nonce', description: 'the proof needs a nonce of this server' }
    }
    if (!isTimelyProof(proof.iat, now)) {
      return invalid('the iat of the proof is too old or in the future')
    }
    const isNew = spend(`${thumbprint} ${proof.jti}`, proof.iat + oldestProof, now)
    return isNew ? null : invalid('the jti of the proof was used before')
  } catch (failure) {
    if (failure instanceof OAuthError) return invalid(failure.description)
    throw failure
  }
}

const invalid = (description: string): ProofFault => ({ error: 'invalid_dpop_proof', description })

const isFresh = async (keys: KeyRing, nonce: string | undefined, now: number): Promise<boolean> =>
  nonce !== undefined && isProofNonce(keys, nonce, now)

/** Returns whether an `htu` names the address of the request. */
function isSameAddress(htu: string, url: string): boolean {
  const { origin, pathname } = new URL(url)
  const target = targetOfProof(htu)
  return target?.origin === origin && target.pathname === pathname
}

/** Returns whether this is the first use of a proof in this isolate; instants in seconds. */
function spend(identifier: string, expiresAt: number, now: number): boolean {
  const known = spent.get(identifier)
  if (known !== undefined && known > now) return false
  for (const [oldestIdentifier, expiry] of spent) {
    if (spent.size < mostRemembered && expiry > now) break
    spent.delete(oldestIdentifier)
  }
  spent.delete(identifier)
  spent.set(identifier, expiresAt)
  return true
}
