// Signing in by password. Tries are limited by name and address before the password is hashed.
import { utf8 } from '../../crypto/encoding.ts'
import { longestPassword, verifyPassword } from '../../crypto/password.ts'
import { digestOf } from '../../crypto/secret.ts'
import { type SignInReason, invalidGrant, tooManyRequests } from '../../protocol/error.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { requireLater } from '../server/later.ts'
import { addressPrefix } from './address.ts'
import { isAskedElsewhere, isRightElsewhere } from './asked-password.ts'
import { isPasswordTooLittle } from './factor-policy.ts'
import { foldLoginName, longestLoginName } from './login-name.ts'
import type { PasskeyUse } from './passkeys/storage.ts'
import { noteRefusedSignIn } from './refused-sign-in.ts'
import type { Attempt, Proof, User } from './storage.ts'

/**
 * A user who has just proved who they are, and how (`amr`, RFC 8176). `authTime` in seconds is set if
 * the proof is older than this request: a provider may vouch for an earlier sign-in.
 */
export type ProvedUser = Proof & {
  amr: readonly string[]
  authTime?: number
  /** Whether a second factor, or a passkey, was proved, too. */
  hasSecondFactor?: boolean
  /** When a second factor was proved earlier, in a browser that is remembered (seconds). */
  secondFactorAt?: number
}

/** Returns the proof of a user whom a provider has signed in. `authTime` in seconds; absent = now. */
export const provedByProvider = (user: User, authTime?: number): ProvedUser => ({
  user,
  amr: ['fed'],
  ...(authTime === undefined ? {} : { authTime }),
  // No password was tried, so no counter is cleared.
  provedBuckets: [],
})

/** Returns the proof of a user who has proved who they are without the try of a password. */
export const provedBy = (user: User, amr: readonly string[]): ProvedUser => ({
  user,
  amr,
  provedBuckets: [],
})

/**
 * Returns the proof of a user by a passkey, which is two factors: the device that holds it, and the person
 * whom the device verified. RFC 8176 2: a key that never leaves its device is of hardware, for all that a
 * server can know.
 */
export const provedByPasskey = (
  user: User,
  passkey: PasskeyUse,
  isBackupEligible: boolean,
): ProvedUser => ({
  user,
  amr: [isBackupEligible ? 'swk' : 'hwk', 'user'],
  hasSecondFactor: true,
  provedBuckets: [],
  passkey,
})

/**
 * Verifies a password and returns who proved it. Unknown users, users without a password and disabled
 * users cost the same work and get the same answer as a wrong password (OWASP: account enumeration);
 * the reason `user_unknown` is for the one interface whose contract tells them apart. `knownBrowser`
 * identifies a browser in which this account has signed in before: its tries count for that browser
 * alone, so that guesses from elsewhere cannot lock it out (NIST SP 800-63B 5.2.2). A `temporary` password
 * is accepted only where its user can be asked to change it, and so is the user of an account that is
 * about to be deleted: only a page can ask whether to keep it. Only there can somebody be asked for a
 * second factor, too: elsewhere whoever has or must have one is refused as for a wrong password, and
 * their password decides nothing.
 * @throws invalid_grant if the password is wrong; too_many_requests, with the seconds until the next
 *   try, if a limit is reached; temporarily_unavailable if storage fails or MASTER_KEY lacks the key
 *   that the hash is sealed under, or if nothing new of the user counts yet (`requireLater`), which counts
 *   as no try
 */
export async function signInWithPassword(
  as: AuthorizationServer,
  name: string,
  password: string,
  knownBrowser: string | null = null,
  temporary: 'accepted' | 'refused' = 'refused',
): Promise<ProvedUser> {
  // Refused before any hashing, never truncated (OWASP: denial of service by long passwords).
  if (name.length > longestLoginName) throw refused('user_unknown')
  if (utf8(password).byteLength > longestPassword) throw refused('credentials_wrong')
  const attempt = await attemptOf(as, foldLoginName(name), knownBrowser)
  const { user, bucket } = await countTry(as, attempt)
  const isTooLittle = temporary === 'refused' && user !== null && isPasswordTooLittle(as, user)
  const verdict = await verdictOn(as, user, password, bucket, isTooLittle)
  if (user === null || !verdict.matches || user.disabledAt !== null) {
    as.log({ event: 'password refused', user_id: user?.id })
    noteRefusedSignIn(as, user?.id, { reason: isTooLittle ? 'second_factor' : 'password' })
    const isThere = user !== null && user.disabledAt === null
    throw refused(isThere ? 'credentials_wrong' : 'user_unknown')
  }
  if (user.passwordState === 'temporary' && temporary === 'refused') {
    noteRefusedSignIn(as, user.id, { reason: 'temporary' })
    throw invalidGrant('the password is temporary: change it on the sign-in page first', {
      reason: 'credentials_wrong',
    })
  }
  if (user.deleteAt !== null && temporary === 'refused') {
    noteRefusedSignIn(as, user.id, { reason: 'leaving' })
    throw invalidGrant('the account is about to be deleted: restore it on the sign-in page first', {
      reason: 'credentials_wrong',
    })
  }
  await requireLaterTry(as, user, bucket)
  if (verdict.renew !== null && user.passwordHash !== null) {
    as.waitUntil(upgrade(as, user.id, user.passwordHash, verdict.renew))
  }
  return { user, amr: ['pwd'], provedBuckets: [bucket] }
}

/**
 * Verifies the password. Where it is too little by itself, the same work is done and no password matches:
 * neither the answer nor its time tells a right one.
 * @throws temporarily_unavailable
 */
async function verdictOn(
  as: AuthorizationServer,
  user: User | null,
  password: string,
  bucket: string,
  isTooLittle: boolean,
): ReturnType<typeof verifyPassword> {
  if (user !== null && user.disabledAt === null && !isTooLittle && isAskedElsewhere(user)) {
    return { matches: await isRightElsewhere(as, user, password), renew: null }
  }
  try {
    const verdict = await verifyPassword(as, password, user?.passwordHash ?? null)
    return isTooLittle ? { matches: false, renew: null } : verdict
  } catch (failure) {
    // The server failed and nobody guessed: that must lock nobody out.
    await as.store.passwords.takeBackTry(bucket)
    throw failure
  }
}

// Whoever repeats the right password until the clock is there must not be locked out by that.
async function requireLaterTry(
  as: AuthorizationServer,
  { notBefore }: User,
  bucket: string,
): Promise<void> {
  if (notBefore > as.now) await as.store.passwords.takeBackTry(bucket)
  requireLater(as, notBefore)
}

const refused = (reason: SignInReason) =>
  invalidGrant('the username or password is wrong', { reason })

async function attemptOf(
  as: AuthorizationServer,
  foldedName: string,
  knownBrowser: string | null,
): Promise<Attempt> {
  const attempt = { foldedName, nameDigest: await digestOf(foldedName) }
  return knownBrowser === null
    ? { ...attempt, address: addressPrefix(as.address) }
    : { ...attempt, browserId: knownBrowser }
}

async function countTry(
  as: AuthorizationServer,
  attempt: Attempt,
): Promise<{ user: User | null; bucket: string }> {
  const origin = 'browserId' in attempt ? attempt.browserId : attempt.address
  // In development all requests come from one address.
  if (!as.settings.development && !(await as.store.addressFilter.admits(origin))) {
    noteRefusedSignIn(as, undefined, { reason: 'throttled' })
    throw tooManyRequests(60)
  }
  const { user, outcome } = await as.store.passwords.countTry(
    attempt,
    as.now,
    as.settings.passwordTries,
  )
  if (outcome.admitted) return { user, bucket: outcome.bucket }
  as.log({ event: 'password tries throttled', user_id: user?.id })
  noteRefusedSignIn(as, user?.id, { reason: 'throttled' })
  throw tooManyRequests(Math.max(1, Math.ceil(outcome.retryAt - as.now)))
}

/**
 * Replaces a hash that is not of today's form, or that was imported. Of parallel sign-ins the first
 * update decides: the others find another hash than `from`, and change nothing.
 */
async function upgrade(
  as: AuthorizationServer,
  userId: number,
  from: string,
  renew: () => Promise<string>,
): Promise<void> {
  await as.store.passwords.upgrade(userId, from, await renew())
}
