// The outbox. A mail waits as a sealed row in the batch that makes it necessary, is sent after the
// answer, and again by cron: the page answers in the same words and time whatever the transport does.
import { utf8, utf8Text } from '../../../crypto/encoding.ts'
import { digestOf, timeOrderedId } from '../../../crypto/secret.ts'
import { parseJson } from '../../../protocol/strict-json.ts'
import { once } from '../../../protocol/once.ts'
import * as v from '../../../protocol/schema.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import type { AuditEvent } from '../../server/storage.ts'
import { addressPrefix } from '../address.ts'
import { foldLoginName } from '../login-name.ts'
import { mailableAddress } from '../../../protocol/mail-address.ts'
import type { Mail, MailKind } from './kinds.ts'
import type { Mailer, WaitingMail } from './mailer.ts'
import type { SealedMail, TakenMail } from './storage.ts'

/** Seconds until the next try, by the number of tries before. After the last one it is given up. */
const pauses = [60, 300, 1_800, 1_800]

const mostTries = pauses.length

/** Mails that one run takes, and how many of them are sent at the same time. */
const mostOfAnswer = 5
const mostOfCron = 100
const atOnce = 5

/**
 * Returns what the limits of an address count by. A domain has a spelling in Unicode and one in ASCII
 * (RFC 5891), and they are one mailbox.
 */
const mailboxOf = (address: string): string => foldLoginName(mailableAddress(address) ?? address)

/**
 * Counts a mail to an address by the limits of the address, of the client's address and of all, before
 * anything else is done. Returns whether it may be sent. If not, the page is the same.
 * @throws temporarily_unavailable
 */
export async function admitMail(as: AuthorizationServer, address: string): Promise<boolean> {
  const { perAddressHour, perAddressDay, perClientHour, perHour } = as.settings.mail.limits
  const [of, from] = await Promise.all([
    digestOf(mailboxOf(address)),
    digestOf(addressPrefix(as.address)),
  ])
  const isAdmitted = await as.store.mails.admit(
    [
      { bucket: `${of}/hour`, most: perAddressHour, window: 3_600 },
      { bucket: `${of}/day`, most: perAddressDay, window: 86_400 },
      { bucket: `${from}/client`, most: perClientHour, window: 3_600 },
      { bucket: 'all', most: perHour, window: 3_600 },
    ],
    as.now,
  )
  if (!isAdmitted) as.log({ event: 'mail throttled' })
  return isAdmitted
}

/**
 * Counts a mail to the address of an account for which another name was typed, which `admitMail` has
 * counted: a username is no second allowance. The limits of the address alone apply. Where the address
 * itself was typed, as much is written and nothing is limited, so that nobody learns from the time
 * whose name it is.
 * @throws temporarily_unavailable
 */
export async function admitOwnMail(
  as: AuthorizationServer,
  typed: string,
  address: string,
): Promise<boolean> {
  const { perAddressHour, perAddressDay } = as.settings.mail.limits
  const mailbox = mailboxOf(address)
  const isCounted = mailbox === mailboxOf(typed)
  const of = await digestOf(isCounted ? `typed ${mailbox}` : mailbox)
  const unlimited = Number.MAX_SAFE_INTEGER
  return as.store.mails.admit(
    [
      { bucket: `${of}/hour`, most: isCounted ? unlimited : perAddressHour, window: 3_600 },
      { bucket: `${of}/day`, most: isCounted ? unlimited : perAddressDay, window: 86_400 },
    ],
    as.now,
  )
}

/**
 * Seals a mail for the batch of its reason (`mailInsertion` of the store). Send it by `sendMails` once
 * that batch is done.
 */
export async function newMail<Kind extends MailKind>(
  as: AuthorizationServer,
  { kind, to, language, facts, userId, until }: Mail<Kind>,
): Promise<SealedMail> {
  const id = timeOrderedId(as.now)
  const mail = { kind, to, language, facts, issuer: as.issuer, until: until ?? null }
  return {
    id,
    sealed: await as.keys.seal('mail', utf8(JSON.stringify(mail)), id),
    purpose: kind,
    userId: userId ?? null,
    createdAt: as.now,
    dueAt: as.now,
  }
}

/** Sends the mails that are due, after the response. */
export function sendMails(as: AuthorizationServer): void {
  as.waitUntil(sendDueMails(as, mostOfAnswer))
}

/** What sending needs: cron has no request. */
type Sender = Pick<AuthorizationServer, 'mailer' | 'store' | 'keys' | 'now' | 'log'>

/**
 * Sends up to `most` mails that are due. Of two runs at once one has each mail. A mail that cannot be
 * sent is tried again after 1, 5 and 30 minutes, and then given up.
 * @throws temporarily_unavailable
 */
export async function sendDueMails(as: Sender, most = mostOfCron): Promise<void> {
  const { mailer } = as
  if (mailer === null) return
  const mails = await as.store.mails.take(as.now, pauses, most)
  for (let first = 0; first < mails.length; first += atOnce) {
    await Promise.all(mails.slice(first, first + atOnce).map((mail) => send(as, mailer, mail)))
  }
}

async function send(as: Sender, mailer: Mailer, taken: TakenMail): Promise<void> {
  const { id, purpose: kind, tries } = taken
  // A run that was cut off has left it after its last try.
  if (tries > mostTries) return giveUp(as, taken, 'tries')
  try {
    const mail = await opened(as, taken)
    if (mail.until !== null && mail.until <= as.now) return await giveUp(as, taken, 'expired')
    if (mailableAddress(mail.to) === null) return await giveUp(as, taken, 'address')
    if ((await mailer.send(mail)) === 'refused') return await giveUp(as, taken, 'refused')
    await as.store.mails.remove(id)
    as.log({ event: 'mail sent', kind })
  } catch (failure) {
    as.log({ event: 'mail not sent', kind, tries, cause: String(failure) })
    if (tries === mostTries) await giveUp(as, taken, 'tries')
  }
}

const stored = once(() =>
  v.object({
    kind: v.custom<MailKind>((kind) => typeof kind === 'string'),
    to: v.string(),
    language: v.string(),
    facts: v.record(v.string(), v.string()),
    issuer: v.string(),
    until: v.nullable(v.number()),
  }),
)

async function opened({ keys, now }: Sender, { id, sealed }: SealedMail): Promise<WaitingMail> {
  const text = utf8Text(await keys.openStored('mail', sealed, id))
  return { id, at: now, ...v.parse(stored(), text === null ? null : parseJson(text)) }
}

/** Removes a mail that nobody will get, and leaves the event that says so. */
async function giveUp(
  { store, now }: Sender,
  { id, purpose, userId }: TakenMail,
  reason: 'tries' | 'expired' | 'address' | 'refused',
): Promise<void> {
  const audit: AuditEvent = {
    at: now,
    kind: 'mail.given-up',
    requestId: id,
    outcome: 'refused',
    detail: { kind: purpose, reason },
    ...(userId === null ? {} : { userId }),
  }
  await store.mails.remove(id, audit)
}
