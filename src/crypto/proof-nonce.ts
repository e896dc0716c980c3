// Nonces for proofs of possession: a MAC over the minute, so that nothing is stored and every isolate
// accepts those of all others. RFC 9449 8, 11.2.
import { base64url } from './encoding.ts'
import type { KeyRing } from './key-ring.ts'
import { equalInConstantTime } from './secret.ts'

/** Seconds that one nonce is given out. */
const stepLength = 60

/** How many steps a nonce is accepted: it lives two to three minutes. */
const acceptedSteps = 3

/** Returns the nonce of this minute under the current master key. `now` in seconds. */
export const proofNonce = (keys: KeyRing, now: number): Promise<string> =>
  nonceOf(keys, keys.currentId, stepAt(now))

/** Returns whether a nonce is one of ours that is not stale. `now` in seconds. */
export async function isProofNonce(keys: KeyRing, nonce: string, now: number): Promise<boolean> {
  const match = /^([\w-]{1,32})\.(\d{1,12})\.[\w-]{22}$/.exec(nonce)
  const [, keyId, number] = match ?? []
  if (keyId === undefined || !keys.has(keyId)) return false
  const age = stepAt(now) - Number(number)
  if (age < 0 || age >= acceptedSteps) return false
  return equalInConstantTime(nonce, await nonceOf(keys, keyId, Number(number)))
}

const stepAt = (now: number): number => Math.floor(now / stepLength)

async function nonceOf(keys: KeyRing, keyId: string, step: number): Promise<string> {
  const mac = await keys.mac('proof nonce', String(step), keyId)
  return `${keyId}.${step}.${base64url(mac.subarray(0, 16))}`
}
