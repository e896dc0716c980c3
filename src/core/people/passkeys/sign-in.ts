// Signing in with a passkey: whoever holds it names nobody, the passkey does. WebAuthn 7.2.
import {
  type AssertionAnswer,
  type PasskeyFault,
  readAssertion,
  verifyAssertion,
} from '../../../crypto/webauthn/ceremony.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { isYounger } from '../../server/age.ts'
import { auditOf } from '../../server/audit.ts'
import { noteRefusedSignIn } from '../refused-sign-in.ts'
import { type ProvedUser, provedByPasskey } from '../sign-in.ts'
import { challengeLifetime } from './relying-party.ts'
import { originsOf, rpIdOf } from '../../server/rp-id.ts'

/** Why a sign-in was refused: a fault of the answer, or of what is stored. */
export type PasskeyRefusal = PasskeyFault | 'unknown' | 'disabled' | 'user-handle'

/**
 * A refused sign-in. `forgotten` is the id of a passkey that no longer signs anybody in, which the
 * browser may forget.
 */
export type RefusedPasskey = { reason: 'passkey'; forgotten?: string }

/** The screen whose id is the challenge. `createdAt` in seconds. */
type Asking = { id: string; createdAt: number }

/**
 * Verifies the answer of a browser and returns who proved it. Nothing is written: the batch that begins the
 * session uses up the challenge, and demands that the passkey is still there.
 */
export async function signInWithPasskey(
  as: AuthorizationServer,
  asking: Asking,
  text: string,
): Promise<ProvedUser | RefusedPasskey> {
  const answer = readAssertion(text)
  if (answer === null) return refusedPasskey(as, 'malformed')
  const found = await as.store.passkeys.find(answer.id)
  if (found === null) return refusedPasskey(as, 'unknown', undefined, answer.id)
  const { passkey, user } = found
  const judged = await judge(as, asking, answer, passkey)
  if ('fault' in judged) return refusedPasskey(as, judged.fault, user.id)
  // "verify that the user identified by this value is the owner of the credential", 7.2
  if (user.userHandle === null || answer.response.userHandle !== user.userHandle)
    return refusedPasskey(as, 'user-handle', user.id)
  if (user.disabledAt !== null) return refusedPasskey(as, 'disabled', user.id, passkey.id)
  if (judged.counter <= passkey.counter && judged.counter * passkey.counter !== 0)
    noteCounter(as, user.id)
  return provedByPasskey(user, { id: passkey.id, ...judged }, passkey.isBackupEligible)
}

// Perhaps somebody has a copy of the key, perhaps an answer was overtaken: its person is not locked out.
function noteCounter(as: AuthorizationServer, userId: number): void {
  as.log({ event: 'passkey counter went back', user_id: userId })
  const audit = auditOf(as, 'user.passkey-counter-went-back', { userId })
  as.waitUntil(as.store.audit.merge(audit, `passkey counter ${userId} ${Math.floor(as.now / 60)}`))
}

async function judge(
  as: AuthorizationServer,
  { id, createdAt }: Asking,
  answer: AssertionAnswer,
  passkey: Parameters<typeof verifyAssertion>[1],
): ReturnType<typeof verifyAssertion> {
  const rpId = rpIdOf(as)
  if (rpId === null || !isYounger(createdAt, as.now, challengeLifetime))
    return { fault: 'challenge' }
  return verifyAssertion(answer, passkey, { challenge: id, rpId, origins: originsOf(as) })
}

/** Notes a refusal, and returns what the browser is told. */
export function refusedPasskey(
  as: AuthorizationServer,
  fault: PasskeyRefusal,
  userId?: number,
  forgotten?: string,
): RefusedPasskey {
  as.log({ event: 'passkey refused', reason: fault, user_id: userId })
  noteRefusedSignIn(as, userId, { reason: 'passkey', fault })
  return { reason: 'passkey', ...(forgotten === undefined ? {} : { forgotten }) }
}
