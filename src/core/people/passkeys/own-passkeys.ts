// The passkeys of somebody who is signed in: adding, naming and removing them. WebAuthn 7.1.
import { type PasskeyFault, verifyRegistration } from '../../../crypto/webauthn/ceremony.ts'
import { randomSecret, digestOf } from '../../../crypto/secret.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { isYounger } from '../../server/age.ts'
import { auditOf, auditOfRefusal } from '../../server/audit.ts'
import type { Answer } from '../../server/storage.ts'
import { addressPrefix } from '../address.ts'
import { noticeOf } from '../mail/notice.ts'
import { sendMails } from '../mail/outbox.ts'
import type { SealedMail } from '../mail/storage.ts'
import type { User } from '../storage.ts'
import { challengeLifetime, mostPasskeys, userHandleOf } from './relying-party.ts'
import { originsOf, rpIdOf } from '../../server/rp-id.ts'

/** The screen whose id is the challenge. Instants in seconds. */
type Asking = { id: string; createdAt: number; expiresAt: number }

/** Characters of the name of a passkey. */
export const longestPasskeyName = 60

/** Why a passkey was not added. */
type AdditionRefusal = PasskeyFault | 'taken' | 'refused'

/**
 * Adds the passkey that a browser has just made for the user. `isSilent` = the browser did not ask its
 * person, after a sign-in by password. Returns whether it was added. D1 decides between two users who
 * send one credential id, and between two answers to one challenge.
 */
export async function addPasskey(
  as: AuthorizationServer,
  user: User,
  asking: Asking,
  text: string,
  { language, isSilent = false }: { language: string; isSilent?: boolean },
): Promise<boolean> {
  const mails = await noticeOf(as, user, { change: 'passkeyAdded', language })
  const outcome = await add(as, user, asking, { text, isSilent, mails })
  sendMails(as)
  if (outcome === 'added') return true
  as.log({ event: 'passkey refused', reason: outcome, user_id: user.id })
  const detail = { reason: outcome }
  const audit = auditOfRefusal(as, 'user.passkey-refused', { userId: user.id, detail })
  const minute = Math.floor(as.now / 60)
  const key = ['passkey', user.id, addressPrefix(as.address), minute, outcome].join(' ')
  as.waitUntil(as.store.audit.merge(audit, key))
  return false
}

async function add(
  as: AuthorizationServer,
  user: User,
  asking: Asking,
  { text, isSilent, mails }: { text: string; isSilent: boolean; mails: readonly SealedMail[] },
): Promise<'added' | AdditionRefusal> {
  const rpId = rpIdOf(as)
  if (rpId === null || !isYounger(asking.createdAt, as.now, challengeLifetime)) return 'challenge'
  const expected = { challenge: asking.id, rpId, origins: originsOf(as) }
  const made = await verifyRegistration(text, expected, { isSilent })
  if ('fault' in made) return made.fault
  const { userAgent } = as
  const audit = auditOf(as, 'user.passkey-added', { userId: user.id })
  const userHandle = await userHandleOf(user)
  const addition = { ...made, userId: user.id, rpId, userHandle, userAgent, createdAt: as.now }
  return as.store.passkeys.add(await answerOf(as, asking), addition, mostPasskeys, audit, mails)
}

/** Notes that a user wants no passkey for now. Returns false if the screen was answered before. */
export const declinePasskey = async (
  as: AuthorizationServer,
  { id }: User,
  asking: Asking,
): Promise<boolean> => as.store.passkeys.decline(await answerOf(as, asking), id)

const answerOf = async (
  { now }: AuthorizationServer,
  { id, expiresAt }: Asking,
): Promise<Answer> => ({
  digest: await digestOf(id),
  expiresAt,
  operation: randomSecret(16),
  now,
})

/** Names a passkey; empty = it has no name of its own any more. */
export const renamePasskey = (
  as: AuthorizationServer,
  { id: userId }: User,
  id: string,
  name: string,
): Promise<void> => {
  // No half of a character stays where the text is cut.
  const cut = name.replaceAll(/\p{C}/gu, ' ').trim().slice(0, longestPasskeyName)
  const kept = cut.replace(/[\uD800-\uDBFF]$/, '')
  return as.store.passkeys.rename(userId, id, kept === '' ? null : kept)
}

/** Removes a passkey; `last` = it is the only way in, and stays. */
export async function removePasskey(
  as: AuthorizationServer,
  user: User,
  id: string,
  language: string,
): Promise<'removed' | 'last'> {
  const audit = auditOf(as, 'user.passkey-removed', { userId: user.id })
  const mails = await noticeOf(as, user, { change: 'passkeyRemoved', language })
  const outcome = await as.store.passkeys.remove(user.id, id, audit, mails)
  sendMails(as)
  return outcome
}
