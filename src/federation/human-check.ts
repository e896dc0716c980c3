// Asks Cloudflare whether a token is that of a person: a token counts once, for five minutes.
import type { HumanCheck } from '../core/people/sign-up/human.ts'
import { clientAllowance } from './client-address.ts'
import { OutboundError, guardedFetch, jsonObjectOf } from './outbound.ts'

/** The faults that are not the visitor's: the secret is wrong, or the service itself fails. */
const notTheirs = ['missing-input-secret', 'invalid-input-secret', 'internal-error']

export const checkHuman: HumanCheck = async (as, { secret, url }, token, action) => {
  const asked = { secret, response: token, ...(as.address === '' ? {} : { remoteip: as.address }) }
  const body = new URLSearchParams(asked).toString()
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
  try {
    const request = { method: 'POST', headers, body, longestAnswer: 4_096 } as const
    const answer = jsonObjectOf(await guardedFetch(as, url, request, clientAllowance(url)))
    const faults = [answer['error-codes']].flat()
    const fault = notTheirs.find((one) => faults.includes(one))
    if (fault !== undefined) {
      as.log({ event: 'human check failed', cause: fault })
      return 'unknown'
    }
    // A token of the same widget that was made at another host, or on another page, does not count.
    const isOurs = answer.hostname === new URL(as.issuer).hostname && answer.action === action
    return answer.success === true && isOurs ? 'human' : 'robot'
  } catch (failure) {
    if (!(failure instanceof OutboundError)) throw failure
    as.log({ event: 'human check failed', cause: failure.message })
    return 'unknown'
  }
}
