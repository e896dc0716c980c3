// Recovery codes: each stands once for the authenticator app that its person does not have at hand.
import { base64url } from '../../../crypto/encoding.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { auditOf } from '../../server/audit.ts'
import { noticeOf } from '../mail/notice.ts'
import { sendMails } from '../mail/outbox.ts'
import type { User } from '../storage.ts'
import type { FactorFacts } from './storage.ts'

// 32 letters and digits, without those that are mistaken for each other: 0 O, 1 I.
const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** How many codes a person gets at once. */
const codesAtOnce = 10

/** Fewer codes than this are nearly none: their person is told to create new ones. */
export const fewCodes = 3

/** Returns a random code of 50 bits. */
const newRecoveryCode = (): string =>
  [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => letters[byte % 32]).join('')

/** Returns a code as it is shown: in two groups, which people copy with fewer mistakes. */
const shown = (code: string): string => `${code.slice(0, 5)}-${code.slice(5)}`

/** Returns a typed recovery code as it was given out, or null if it cannot be one. */
export function readRecoveryCode(typed: string): string | null {
  const code = typed.replaceAll(/[\s\p{P}]/gu, '').toUpperCase()
  return code.length === 10 && [...code].every((one) => letters.includes(one)) ? code : null
}

/** Returns the digests of a code, which is that of one user, under each listed master key. */
export const recoveryDigests = (
  as: AuthorizationServer,
  userId: number,
  code: string,
): Promise<string[]> =>
  Promise.all(as.keys.ids.map((keyId) => recoveryDigest(as, userId, code, keyId)))

// Keyed: whoever reads the table cannot try out the 50 bits of a code.
const recoveryDigest = async (
  as: AuthorizationServer,
  userId: number,
  code: string,
  keyId = as.keys.currentId,
): Promise<string> =>
  `${keyId}.${base64url(await as.keys.mac('recovery code', `${userId} ${code}`, keyId))}`

/** Returns the codes that are left to a user: those under a listed master key. */
export const readableCodes = (
  as: AuthorizationServer,
  { recoveryCodes }: Pick<FactorFacts, 'recoveryCodes'>,
): readonly string[] =>
  recoveryCodes.filter((digest) => as.keys.has(digest.slice(0, digest.indexOf('.'))))

/**
 * Gives a user new recovery codes, which end the old ones. `replaced` is when the old ones were created
 * (seconds; 0 = none). Returns the codes, which are shown once; null if others were created meanwhile.
 */
export async function newRecoveryCodes(
  as: AuthorizationServer,
  user: User,
  { replaced, language }: { replaced: number; language: string },
): Promise<readonly string[] | null> {
  const userId = user.id
  const codes = Array.from({ length: codesAtOnce }, newRecoveryCode)
  const digests = await Promise.all(codes.map((code) => recoveryDigest(as, userId, code)))
  const audit = auditOf(as, 'user.recovery-codes-created', { userId })
  const mails = await noticeOf(as, user, { change: 'codesCreated', language })
  const { factors } = as.store
  const isDone = await factors.replaceRecoveryCodes(userId, { digests, replaced }, audit, mails)
  sendMails(as)
  return isDone ? codes.map(shown) : null
}
