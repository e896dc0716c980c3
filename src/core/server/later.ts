// Clocks that disagree: an isolate whose clock is ahead ends everything that is older than its now, and
// another one, whose clock is behind, is asked for something new before that instant.
import { temporarilyUnavailable } from '../../protocol/error.ts'
import type { AuthorizationServer } from '../authorization-server.ts'

/**
 * Refuses to create what would count for nothing, because everything from before `notBefore` (seconds) was
 * ended and the clock of this isolate is not there yet. The new thing is not dated ahead instead: a
 * client that is revoked within that time, by a clock that is right, must take it along.
 * @throws temporarily_unavailable, with the seconds until then
 */
export function requireLater({ now }: Pick<AuthorizationServer, 'now'>, notBefore: number): void {
  const seconds = Math.ceil(notBefore - now)
  if (seconds <= 0) return
  const cause = new Error(`the clock is ${seconds} seconds behind the last revocation`)
  throw temporarilyUnavailable(cause, { retryAfter: seconds })
}
