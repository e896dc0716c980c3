// The proof of a second factor: a code of an authenticator app, or a recovery code. A try is counted
// before the code is looked at, for the user alone: guesses from many browsers share the limit.
import { utf8Text } from '../../../crypto/encoding.ts'
import { digestOf } from '../../../crypto/secret.ts'
import { matchingStep, readTotpText } from '../../../crypto/totp.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { auditOf, auditOfRefusal } from '../../server/audit.ts'
import { addressPrefix } from '../address.ts'
import type { TryLimits, User } from '../storage.ts'
import { readRecoveryCode, recoveryDigests } from './recovery-code.ts'

// 480 guesses a day at a million codes. The limits of names and addresses do not apply.
const unlimited = 1_000_000
const wrongCodes: TryLimits = {
  perAccount: 5,
  perAccountEverywhere: unlimited,
  perAddress: unlimited,
  window: 900,
}

/** The methods of a second factor (RFC 8176 2), beside those of the first. */
export const secondFactorMethods = ['otp', 'mfa'] as const

/** Returns whether a user has an authenticator app, which a password alone does not replace. */
export const hasSecondFactor = ({ sealedTotp }: Pick<User, 'sealedTotp'>): boolean =>
  sealedTotp !== null

/** Returns whether a user has a passkey, which counts as two factors. */
export const hasPasskey = async (
  as: AuthorizationServer,
  { id, userHandle }: User,
): Promise<boolean> => userHandle !== null && (await as.store.factors.find(id)).passkeys > 0

/** Returns the digest under which the wrong codes of a user are counted. */
export const secondFactorDigest = ({ id }: Pick<User, 'id'>): Promise<string> =>
  digestOf(JSON.stringify(['second factor', id]))

/** Returns what a user has beside a password. Whoever has a passkey has a user handle. */
export const secondFactorsOf = ({
  sealedTotp,
  userHandle,
}: Pick<User, 'sealedTotp' | 'userHandle'>): ('totp' | 'passkey')[] => [
  ...(sealedTotp === null ? [] : (['totp'] as const)),
  ...(userHandle === null ? [] : (['passkey'] as const)),
]

/** How the proof of a second factor ended; `retryAfter` in seconds. */
export type SecondFactorOutcome =
  | { outcome: 'right'; amr: readonly string[] }
  | { outcome: 'wrong' }
  | { outcome: 'throttled'; retryAfter: number }

/**
 * Verifies a code of the user's app, or a recovery code, and uses it up. D1 decides between two uses of
 * one code: the statement that uses it up succeeds once.
 * @throws temporarily_unavailable if storage fails or MASTER_KEY lacks the key of the secret
 */
export async function proveSecondFactor(
  as: AuthorizationServer,
  user: User,
  typed: string,
): Promise<SecondFactorOutcome> {
  // A bucket of its own for each user: neither the address nor the browser has one.
  const nameDigest = await secondFactorDigest(user)
  const guess = { nameDigest, browserId: 'second factor' }
  const tried = await as.store.factors.countTry(guess, as.now, wrongCodes)
  if (!tried.admitted) {
    as.log({ event: 'second factor tries throttled', user_id: user.id })
    noteRefusal(as, user.id, 'throttled')
    return { outcome: 'throttled', retryAfter: Math.max(1, Math.ceil(tried.retryAt - as.now)) }
  }
  const { bucket } = tried
  if ((await useTotp(as, user, typed, bucket)) || (await useRecovery(as, user, typed, bucket))) {
    return { outcome: 'right', amr: secondFactorMethods }
  }
  as.log({ event: 'second factor refused', user_id: user.id })
  noteRefusal(as, user.id, 'code')
  return { outcome: 'wrong' }
}

async function useTotp(
  as: AuthorizationServer,
  { id: userId, sub, sealedTotp }: User,
  typed: string,
  bucket: string,
): Promise<boolean> {
  // Apps show a code in groups.
  const code = typed.replaceAll(/\s/g, '')
  if (sealedTotp === null || !/^(?:\d{6}|\d{8})$/.test(code)) return false
  const text = utf8Text(await as.keys.openStored('totp secret', sealedTotp, sub))
  const secret = text === null ? null : readTotpText(text)
  const step = secret === null ? null : await matchingStep(secret, code, as.now)
  if (step === null) return false
  return as.store.factors.useTotp({ userId, sealedTotp, step, bucket })
}

async function useRecovery(
  as: AuthorizationServer,
  { id: userId }: User,
  typed: string,
  bucket: string,
): Promise<boolean> {
  const code = readRecoveryCode(typed)
  if (code === null) return false
  const digests = await recoveryDigests(as, userId, code)
  const audit = auditOf(as, 'user.recovery-code-used', { userId })
  return as.store.factors.useRecoveryCode({ userId, digests, bucket }, audit)
}

/** Notes a refusal after the response: one row for a user, an address, a minute and a reason. */
function noteRefusal(as: AuthorizationServer, userId: number, reason: 'code' | 'throttled'): void {
  const audit = auditOfRefusal(as, 'user.second-factor-refused', { userId, detail: { reason } })
  const minute = Math.floor(as.now / 60)
  const key = ['second factor', userId, addressPrefix(as.address), minute, reason].join(' ')
  as.waitUntil(as.store.audit.merge(audit, key))
}
