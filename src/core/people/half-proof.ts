// Who has proved one factor of two: nobody is signed in yet. The screen of the second factor carries
// this, sealed, so that nothing is stored that a session, a code or a token could be made of.
import { digestOf } from '../../crypto/secret.ts'
import { isPassword } from '../../crypto/stored-password.ts'
import { once } from '../../protocol/once.ts'
import * as v from '../../protocol/schema.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { requireLater } from '../server/later.ts'
import type { ProvedUser } from './sign-in.ts'
import type { User } from './storage.ts'
import { isSecondFactorRequired } from './factor-policy.ts'
import { hasPasskey, hasSecondFactor } from './factors/second-factor.ts'

/** Seconds for which the first factor stands while the second one is asked for. */
const halfProofLifetime = 300

/** What a screen keeps of the first factor. Instants in seconds. */
export const halfProof = once(() =>
  v.object({
    userId: v.number(),
    provedAt: v.number(),
    amr: v.array(v.string()),
    /** The buckets of tries that the sign-in clears once it is complete. */
    buckets: v.array(v.string()),
    /** The user's row as it was proved; null = it has no password. */
    updatedAt: v.number(),
    passwordDigest: v.nullable(v.string()),
    /** Whether the second factor is an authenticator app; else it is a passkey. */
    hasApp: v.boolean(),
    /** The mark that the browser gets once the sign-in is complete. */
    knownMark: v.nullable(v.string()),
    /** The language that the person chose; absent in a screen of the release before. */
    locale: v.optional(v.nullable(v.string())),
  }),
)

export type HalfProof = v.InferOutput<ReturnType<typeof halfProof>>

/** Returns until when a first factor stands, in seconds. */
export const halfProofEnd = ({ provedAt }: HalfProof): number => provedAt + halfProofLifetime

/**
 * Returns what is kept of a proof that is half of a sign-in; null = it is all of it: the user has no
 * second factor, or has proved one. A passkey takes nothing from the password, unless a second factor is
 * required. A provider asks for the factors of its own accounts, and that is enough, too, unless one is
 * required.
 * @throws temporarily_unavailable if it would not stand yet (`requireLater`)
 */
export async function halfOf(
  as: AuthorizationServer,
  { user, amr, provedBuckets, ...proved }: ProvedUser,
  knownMark: string | null,
): Promise<HalfProof | null> {
  const { now, settings } = as
  if (proved.hasSecondFactor === true || proved.secondFactorAt !== undefined) return null
  const isRequired = isSecondFactorRequired(as, user)
  const hasApp = settings.factors.mfa !== 'off' && hasSecondFactor(user)
  if (!isRequired && (!hasApp || amr.includes('fed'))) return null
  // Who has no factor at all is led to add one, in their session.
  if (!hasApp && !(await hasPasskey(as, user))) return null
  requireLater(as, user.notBefore)
  return {
    userId: user.id,
    provedAt: now,
    amr: [...amr],
    buckets: [...provedBuckets],
    updatedAt: user.updatedAt,
    passwordDigest: await passwordDigestOf(user),
    hasApp,
    knownMark,
    locale: user.locale,
  }
}

/**
 * Returns the user whose first factor a half proof is, as they are now; null if it no longer stands:
 * the password was changed or reset, everything was ended, or the user is disabled or gone.
 */
export async function standingHalf(as: AuthorizationServer, half: HalfProof): Promise<User | null> {
  const user = halfProofEnd(half) <= as.now ? null : await as.store.users.find(half.userId)
  if (user === null || user.disabledAt !== null || user.notBefore > half.provedAt) return null
  if (user.updatedAt === half.updatedAt) return user
  // The row was changed by something else, such as a better hash of the same password.
  const digest = await passwordDigestOf(user)
  return digest !== null && digest === half.passwordDigest ? user : null
}

/** Returns the whole proof: the first factor, and the second one by these methods (RFC 8176). */
export const wholeOf = (
  { amr, buckets }: HalfProof,
  user: User,
  methods: readonly string[],
): ProvedUser => ({
  user,
  // A code by mail and one of an app are both `otp`.
  amr: [...new Set([...amr, ...methods])],
  provedBuckets: buckets,
  hasSecondFactor: true,
})

const passwordDigestOf = async ({ passwordHash }: User): Promise<string | null> =>
  passwordHash !== null && isPassword(passwordHash) ? digestOf(passwordHash) : null
