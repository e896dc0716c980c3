// What a one-time link lets its holder do. The link has a random secret of which only the digest is
// stored. It counts once, for one purpose and one user, until it expires. The next link of its purpose
// ends it, and so does whatever ends everything else of the user: a new password, signing them out.
//
// Looking at a link never uses it up, because scanners of mails open every link. A form of ours uses it
// up, sent by the browser that was shown the form, with what a scanner does not know.
import { base64url } from '../../../crypto/encoding.ts'
import { digestOf, randomSecret } from '../../../crypto/secret.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import type { User } from '../storage.ts'
import type { MailActionUse, MailPurpose, NewMailAction } from './storage.ts'

/** Seconds for which a link of each purpose counts. */
const lifetimes: Record<MailPurpose, number> = { reset: 86_400 }

/** Returns the path to which the links of a purpose lead. */
export const mailActionPath = (purpose: MailPurpose): string => `/mail/${purpose}`

/** Returns the path and query of a link. */
export const mailActionAddress = (purpose: MailPurpose, secret: string): string =>
  `${mailActionPath(purpose)}?token=${secret}`

/** A link about to be given out. `link` has its secret, and is never stored or logged. */
export type OneTimeLink = { link: string; action: NewMailAction }

/** Returns a new link for a user. It counts once the write that gives it out has stored `action`. */
export async function newMailAction(
  as: AuthorizationServer,
  purpose: MailPurpose,
): Promise<OneTimeLink> {
  const secret = randomSecret()
  return {
    link: as.issuer + mailActionAddress(purpose, secret),
    action: {
      digest: await digestOf(secret),
      purpose,
      createdAt: as.now,
      expiresAt: as.now + lifetimes[purpose],
    },
  }
}

/** Returns the user whom a link is for; null if it is unknown, used, expired, or ended. */
export async function findMailAction(
  as: AuthorizationServer,
  purpose: MailPurpose,
  secret: string,
): Promise<User | null> {
  if (!isSecret(secret)) return null
  const found = await as.store.mailActions.find(purpose, await digestOf(secret), as.now)
  return found?.counts === true ? found.user : null
}

const isSecret = (text: string): boolean => /^[\w-]{43}$/.test(text)

/**
 * Seconds for which the form that used a link may be sent again, because a second click or a lost answer
 * must not look like a failure. Later, whoever finds the form in a browser could try what was typed.
 */
const repeatableFor = 60

/** What somebody sends by the form of a link. */
export type MailActionAnswer = {
  secret: string
  /** The secret of the browser that was shown the form. */
  browserSecret: string
  /** What was typed into the form. */
  typed: string
}

/** How an answer ended: `dead` = the link does not count. */
export type MailActionOutcome = 'done' | 'dead'

/**
 * Uses up a link: `act` writes, in one batch, that the link is used and what it is used for. It returns
 * false, and writes nothing, if the link does not count by then. Of two answers at once the first one
 * counts, and the second is `done` only if it says the same.
 * @throws temporarily_unavailable; the same answer may be sent again
 */
export async function completeMailAction(
  as: AuthorizationServer,
  purpose: MailPurpose,
  { secret, browserSecret, typed }: MailActionAnswer,
  act: (use: MailActionUse, user: User) => Promise<boolean>,
): Promise<MailActionOutcome> {
  if (!isSecret(secret)) return 'dead'
  const digest = await digestOf(secret)
  // Keyed by MASTER_KEY, so that the stored value helps nobody to guess what was typed.
  const mac = await as.keys.mac('mail action', JSON.stringify([secret, browserSecret, typed]))
  const use = { purpose, digest, operation: base64url(mac), now: as.now }
  const look = () => as.store.mailActions.find(purpose, digest, as.now)
  const found = await look()
  if (found === null) return 'dead'
  if (found.counts && (await act(use, found.user))) return 'done'
  // Somebody was faster, or this is a repetition.
  const used = found.counts ? await look() : found
  const isRepeated =
    used?.operation === use.operation && as.now - (used.usedAt ?? 0) < repeatableFor
  return isRepeated ? 'done' : 'dead'
}
