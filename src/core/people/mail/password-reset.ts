// Setting a new password by a one-time link, which an operator gives to the person.
import { hashPassword } from '../../../crypto/password.ts'
import { digestOf } from '../../../crypto/secret.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { auditOf } from '../../server/audit.ts'
import { tellKv } from '../../server/revocation-outbox.ts'
import { type PasswordFault, passwordFault } from '../chosen-password.ts'
import { hasSecondFactor, proveSecondFactor } from '../factors/second-factor.ts'
import { suspicionBut } from '../link-suspicion.ts'
import { loginNamesOf } from '../login-name.ts'
import { completeMailAction, newMailAction } from './action.ts'
import { newMail, sendMails } from './outbox.ts'
import type { SealedMail } from './storage.ts'
import type { User } from '../storage.ts'

/** Seconds for which a link counts that an operator gives to somebody. */
const operatorLifetime = 86_400

/**
 * Ends the password of a user with all sessions, grants and recent provider links, and returns a link by
 * which the person sets a new one; null if there is no such user. The old password ends at once: a reset
 * may be the answer to a stolen one, and whoever has forgotten theirs misses nothing.
 * @throws temporarily_unavailable
 */
export async function startPasswordReset(
  as: AuthorizationServer,
  userId: number,
  mayReset: (user: User) => void = () => undefined,
): Promise<{ link: string; expiresAt: number } | null> {
  const { link, action } = await newMailAction(as, 'reset', { lifetime: operatorLifetime })
  const audit = auditOf(as, 'user.password-reset-started', { userId })
  const suspicion = await suspicionBut(as, userId, [])
  const user = await as.store.userAdministration.startReset(
    userId,
    action,
    mayReset,
    suspicion,
    audit,
  )
  if (user === null) return null
  tellKv(as)
  return { link, expiresAt: action.expiresAt }
}

/** How the attempt to set a password ended. */
export type ResetOutcome =
  | { outcome: 'done' | 'dead' | 'wrongFactor' | PasswordFault }
  | { outcome: 'throttled'; retryAfter: number }

/** What somebody sends by the form of a reset link; `typed` is the new password. */
export type ResetAnswer = {
  secret: string
  browserSecret: string
  typed: string
  /** The code of a second factor, where the user has one. */
  factorCode: string
  /** Of the mail that tells about it. */
  language: string
}

/**
 * Sets the password that was typed into the form of a reset link. It ends what any new password ends,
 * and lets the person try it at once, however often they tried before. A user with a second factor proves
 * it, too, and keeps it: whoever reads their mail has no account yet. The address of the account is told.
 * @throws temporarily_unavailable; the same answer may be sent again
 */
export async function completePasswordReset(
  as: AuthorizationServer,
  { language, factorCode, ...answer }: ResetAnswer,
): Promise<ResetOutcome> {
  const { typed: password } = answer
  let refusal: ResetOutcome | null = null
  const outcome = await completeMailAction(as, 'reset', answer, async (use, { user }) => {
    if (user === null) return false
    const fault = await passwordFault(as, password, user)
    refusal = fault === null ? await factorRefusal(as, user, factorCode) : { outcome: fault }
    if (refusal !== null) return false
    const passwordHash = await hashPassword(as, password)
    const nameDigests = await nameDigestsOf(user)
    const suspicion = await suspicionBut(as, user.id, [])
    const audit = auditOf(as, 'user.password-reset', { userId: user.id })
    return as.store.mailActions.setPassword(
      use,
      { userId: user.id, passwordHash, nameDigests, suspicion },
      await noticeOf(as, user, language),
      audit,
    )
  })
  // Of two clicks at once, the second finds its code used up, and its password set.
  if (outcome !== 'done' && outcome !== 'repeated') return refusal ?? { outcome: 'dead' }
  tellKv(as)
  sendMails(as)
  return { outcome: 'done' }
}

/** Returns whether the form of a reset link asks for a code of the user's second factor. */
export const asksFactor = (as: AuthorizationServer, user: User): boolean =>
  as.settings.factors.mfa !== 'off' && hasSecondFactor(user)

/** Returns why the second factor of a user is not proved; null if it is, or if they have none. */
async function factorRefusal(
  as: AuthorizationServer,
  user: User,
  code: string,
): Promise<ResetOutcome | null> {
  if (!asksFactor(as, user)) return null
  const proof = await proveSecondFactor(as, user, code)
  if (proof.outcome === 'throttled') return proof
  return proof.outcome === 'right' ? null : { outcome: 'wrongFactor' }
}

/** Returns the mail that tells the owner of an account about its new password, if one can be sent. */
async function noticeOf(
  as: AuthorizationServer,
  { id: userId, email: to, locale }: User,
  language: string,
): Promise<SealedMail[]> {
  if (as.mailer === null || to === null) return []
  const facts = { link: `${as.issuer}/` }
  return [
    await newMail(as, {
      ...{ kind: 'password-changed', to, language: locale ?? language, facts, userId },
    }),
  ]
}

/** Returns the digests under which the password tries of a user are counted. */
export const nameDigestsOf = (user: User): Promise<string[]> =>
  Promise.all(loginNamesOf(user).map(digestOf))
