// Requests as they come from an address: only the platform can say which.
import { postern, type Answerer } from '../support/http.ts'

/** Sends requests as from this address. */
export const from =
  (address: string, to: Answerer = postern): Answerer =>
  (request) => {
    const sent = new Request(request)
    sent.headers.set('CF-Connecting-IP', address)
    return to(sent)
  }

/** An address of IPv6 in a /64 of its own, by number. */
export const ownNetwork = (index: number): string =>
  `2001:db8:${(index >> 16).toString(16)}:${(index & 0xffff).toString(16)}::1`
