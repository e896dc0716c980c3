// Asks the operator's own endpoint whether the first password of an imported user is right.
import type { PasswordAsking } from '../core/people/asked-password.ts'
import { hmacOf } from '../crypto/hmac.ts'
import { temporarilyUnavailable } from '../protocol/error.ts'
import { clientAddressFault, clientAllowance } from './client-address.ts'
import { OutboundError, type OutboundOrigin, guardedFetch, jsonObjectOf } from './outbound.ts'

/** The header of the signature, and its version. */
const header = 'Postern-Signature'

/** The most bytes of a useful answer. */
const longestAnswer = 4_096

/** Returns why passwords cannot be asked for at this address, or null if they can. */
export const passwordAskingFault = (as: OutboundOrigin, url: string): string | null =>
  clientAddressFault(as, url)

/**
 * POSTs `{"username", "password"}` with `Postern-Signature: t=<seconds>,v1=<base64>`: the HMAC-SHA-256
 * under the import's key of the seconds, a full stop and the body. `{"match": true}` is a yes.
 */
export const askPassword: PasswordAsking = async (as, { url, key }, asked) => {
  const body = JSON.stringify(asked)
  const seconds = Math.floor(as.now)
  const signature = await hmacOf(key, `${seconds}.${body}`)
  const headers = {
    'Content-Type': 'application/json',
    [header]: `t=${seconds},v1=${signature}`,
  }
  try {
    const request = { method: 'POST', headers, body, longestAnswer } as const
    const answer = await guardedFetch(as, url, request, clientAllowance(url))
    return jsonObjectOf(answer).match === true
  } catch (failure) {
    if (!(failure instanceof OutboundError)) throw failure
    as.log({ event: 'password not asked', cause: failure.message, reason: failure.reason })
    // Nobody has judged the password.
    if (failure.reason === 'late' || failure.reason === 'unreachable') {
      throw temporarilyUnavailable(failure)
    }
    return false
  }
}
