// Who has proved one factor of two: nobody is signed in yet. The screen of the second factor carries
// this, sealed, so that nothing is stored that a session, a code or a token could be made of.
import { digestOf } from '../../../crypto/secret.ts'
import { isPassword } from '../../../crypto/stored-password.ts'
import { once } from '../../../protocol/once.ts'
import * as v from '../../../protocol/schema.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import type { ProvedUser } from '../sign-in.ts'
import type { User } from '../storage.ts'
import { hasSecondFactor } from './second-factor.ts'

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
    /** The mark that the browser gets once the sign-in is complete. */
    knownMark: v.nullable(v.string()),
  }),
)

export type HalfProof = v.InferOutput<ReturnType<typeof halfProof>>

/** Returns until when a first factor stands, in seconds. */
export const halfProofEnd = ({ provedAt }: HalfProof): number => provedAt + halfProofLifetime

/**
 * Returns what is kept of a proof that is half of a sign-in; null = it is all of it: the user has no
 * second factor, or has proved one. A provider asks for the factors of its own accounts.
 */
export async function halfOf(
  { now, settings }: AuthorizationServer,
  { user, amr, provedBuckets, ...proved }: ProvedUser,
  knownMark: string | null,
): Promise<HalfProof | null> {
  if (settings.factors.mfa === 'off' || !hasSecondFactor(user)) return null
  if (proved.hasSecondFactor === true || proved.secondFactorAt !== undefined) return null
  if (amr.includes('fed')) return null
  return {
    userId: user.id,
    provedAt: now,
    amr: [...amr],
    buckets: [...provedBuckets],
    updatedAt: user.updatedAt,
    passwordDigest: await passwordDigestOf(user),
    knownMark,
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

const passwordDigestOf = async ({ passwordHash }: User): Promise<string | null> =>
  passwordHash !== null && isPassword(passwordHash) ? digestOf(passwordHash) : null
