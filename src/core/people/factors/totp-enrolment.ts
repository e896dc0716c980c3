// Setting up an authenticator app. The secret waits in the form of its page, sealed, until a first code
// shows that the app has it: nothing is stored before. Only a fresh sign-in gets a secret, because the
// cookie of a session may be a stolen copy.
import { utf8, utf8Text } from '../../../crypto/encoding.ts'
import {
  type TotpSecret,
  base32,
  matchingStep,
  newTotpSecret,
  readTotpText,
  totpText,
  totpUri,
} from '../../../crypto/totp.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { auditOf } from '../../server/audit.ts'
import { renewSession } from '../browser-session.ts'
import { isFresh } from '../fresh-sign-in.ts'
import { noticeOf } from '../mail/notice.ts'
import { sendMails } from '../mail/outbox.ts'
import type { SessionStanding, User } from '../storage.ts'
import { secondFactorMethods } from './second-factor.ts'

/** Seconds for which a secret waits for its first code. */
const waitsFor = 900

/** A secret that waits: as the picture and the text tell it to the app, and as the form carries it. */
export type WaitingTotp = { uri: string; secret: string; sealed: string }

/**
 * Returns a new secret for a user, or the one that a form of theirs carries; null = the sign-in of the
 * session is not fresh.
 */
export async function waitingTotp(
  as: AuthorizationServer,
  standing: SessionStanding,
  carried?: string,
): Promise<WaitingTotp | null> {
  const known = carried === undefined ? null : await openWaiting(as, standing, carried)
  if (carried !== undefined && known !== null) return shownTotp(as, standing, known, carried)
  if (!isFresh(as, standing)) return null
  const secret = newTotpSecret()
  const text = `${Math.floor(as.now)} ${totpText(secret)}`
  const sealed = await as.keys.seal('totp enrolment', utf8(text), contextOf(standing))
  return shownTotp(as, standing, secret, sealed)
}

const shownTotp = (
  { settings }: AuthorizationServer,
  { user }: SessionStanding,
  secret: TotpSecret,
  sealed: string,
): WaitingTotp => ({
  uri: totpUri(secret, { issuer: settings.brand.name, account: user.username }),
  secret: base32(secret.key),
  sealed,
})

/** Bound to the session, so that nobody can have another user set up a secret that they know. */
const contextOf = ({ user, session }: SessionStanding): string => `${user.sub} ${session.id}`

async function openWaiting(
  as: AuthorizationServer,
  standing: SessionStanding,
  sealed: string,
): Promise<TotpSecret | null> {
  const opened = await as.keys.open('totp enrolment', sealed, contextOf(standing))
  const [begun, text] = (opened === null ? '' : (utf8Text(opened) ?? '')).split(' ')
  if (text === undefined || Number(begun) + waitsFor <= as.now) return null
  return readTotpText(text)
}

/**
 * How an answer to the page ended: `old` = the secret no longer waits; `second` = the session has been
 * renewed, or the user has an app, since the page was shown.
 */
type EnrolmentOutcome =
  | { outcome: 'added'; secret: string }
  | { outcome: 'wrong' }
  | { outcome: 'old' }
  | { outcome: 'second' }

/**
 * Stores the secret that a form carries, once its app has shown a code of it. The session, which has
 * proved a second factor by that, gets a new secret. D1 decides between two answers: the first one finds
 * the session as it was. Guessing is pointless, because the page shows the secret.
 * @throws temporarily_unavailable
 */
export async function completeTotp(
  as: AuthorizationServer,
  standing: SessionStanding,
  sessionSecret: string,
  { carried, code, language }: { carried: string; code: string; language: string },
): Promise<EnrolmentOutcome> {
  const { user, session } = standing
  const secret = await openWaiting(as, standing, carried)
  if (secret === null) return { outcome: 'old' }
  const step = await matchingStep(secret, code.replaceAll(/\s/g, ''), as.now)
  if (step === null) return { outcome: 'wrong' }
  const sealedTotp = await as.keys.seal('totp secret', utf8(totpText(secret)), user.sub)
  const amr = [...new Set([...session.amr.split(' '), ...secondFactorMethods])].join(' ')
  const { renewal, successor } = await renewSession(standing, sessionSecret)
  const audit = auditOf(as, 'user.totp-added', { userId: user.id, sessionId: session.id })
  const { factors } = as.store
  const enrolment = { renewal, sealedTotp, step, amr }
  const mails = await noticeOf(as, user, { change: 'appAdded', language })
  const isAdded = await factors.addTotp(user.id, enrolment, audit, mails)
  sendMails(as)
  return isAdded ? { outcome: 'added', secret: successor } : { outcome: 'second' }
}

/** Removes the authenticator app of a user, with the recovery codes. @throws temporarily_unavailable */
export async function removeTotp(
  as: AuthorizationServer,
  user: User,
  language: string,
): Promise<void> {
  const audit = auditOf(as, 'user.totp-removed', { userId: user.id })
  const mails = await noticeOf(as, user, { change: 'appRemoved', language })
  await as.store.factors.removeTotp(user.id, audit, mails)
  sendMails(as)
}
