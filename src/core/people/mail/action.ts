// What one-time links and codes let people do. A link has a random secret of which only the digest is
// stored. It counts once, for one purpose and one user (or an address of nobody yet), until it expires.
// The next link of its purpose ends it, and so does whatever ends everything else of the user: a new
// password, signing them out.
//
// Looking at a link never uses it up, because scanners of mails open every link. A form of ours uses it
// up, sent by the browser that was shown the form, with what a scanner does not know.
//
// The code in the same mail is short, so that a person can type it. It counts only in the browser that
// asked for it, or together with its link, and five tries end it.
import { base64url, utf8, utf8Text } from '../../../crypto/encoding.ts'
import {
  digestOf,
  equalInConstantTime,
  randomDigits,
  randomSecret,
} from '../../../crypto/secret.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { foldLoginName } from '../login-name.ts'
import type { User } from '../storage.ts'
import type {
  CodeOwner,
  CodeTry,
  MailActionStanding,
  MailActionUse,
  MailPurpose,
  NewMailAction,
} from './storage.ts'

const week = 604_800

/** Seconds for which a link of each purpose counts, unless whoever gives it out says otherwise. */
export const mailLifetimes: Readonly<Record<MailPurpose, number>> = {
  verify: 900,
  reset: 1_800,
  'sign-in': 900,
  'sign-up': 900,
  'change-address': 900,
  'undo-address': week,
  invite: week,
  delete: 900,
  restore: week,
}

/** Digits of a code, and the tries that it has. */
const codeLength = 8
const mostTries = 5

/** Returns the path to which the links of a purpose lead. */
export const mailActionPath = (purpose: MailPurpose): string => `/mail/${purpose}`

/** Returns the path and query of a link. */
export const mailActionAddress = (purpose: MailPurpose, secret: string): string =>
  `${mailActionPath(purpose)}?token=${secret}`

/** A link about to be given out, with its code. Both are secrets, never stored or logged. */
export type OneTimeLink = { link: string; code: string; action: NewMailAction }

/** What a link is about. `sealed` is stored under MASTER_KEY. */
type MailActionFacts = {
  /** The browser that asks: without it there is no code, and the link alone counts. */
  browserSecret?: string
  /** The address that the action is about, as typed. */
  address?: string
  sealed?: string
  /** In seconds, if not that of the purpose. */
  lifetime?: number
}

/**
 * Returns a new link. It counts once the write that gives it out has stored `action`
 * (`mailActionInsertion` of the store).
 */
export async function newMailAction(
  as: AuthorizationServer,
  purpose: MailPurpose,
  facts: MailActionFacts = {},
): Promise<OneTimeLink> {
  const { browserSecret, address = null, sealed, lifetime = mailLifetimes[purpose] } = facts
  const [secret, code] = [randomSecret(), randomDigits(codeLength)]
  const digest = await digestOf(secret)
  const action = {
    digest,
    purpose,
    address,
    codeDigest: browserSecret === undefined ? null : await codeDigestOf(as, digest, code),
    browserDigest: browserSecret === undefined ? null : await digestOf(browserSecret),
    sealed: sealed === undefined ? null : await as.keys.seal('mail facts', utf8(sealed), digest),
    createdAt: as.now,
    expiresAt: as.now + lifetime,
  }
  return { link: as.issuer + mailActionAddress(purpose, secret), code, action }
}

// Keyed by MASTER_KEY: a digest of eight digits would be guessed at once. With the link's own digest, so
// that equal codes are not seen to be equal.
const codeDigestOf = async (
  as: AuthorizationServer,
  digest: string,
  code: string,
  keyId?: string,
): Promise<string> => base64url(await as.keys.mac('mail code', `${digest} ${code}`, keyId))

/** What a link that counts is about. */
export type FoundMailAction = {
  /** Null = somebody who is no user yet. */
  user: User | null
  address: string | null
  /** What the purpose needs to know, opened. */
  sealed: string | null
  /** Whether this browser asked for the link, or the code of its mail was right in it. */
  isOwnBrowser: boolean
}

/**
 * Returns what a link is about; null if it is unknown, used, expired, or ended. `token` is the secret of
 * the link, or what `proveMailCode` returned in this browser.
 */
export async function findMailAction(
  as: AuthorizationServer,
  purpose: MailPurpose,
  token: string,
  browserSecret?: string,
): Promise<FoundMailAction | null> {
  const digest = await digestOfToken(as, purpose, token, browserSecret)
  if (digest === null) return null
  const found = await as.store.mailActions.find(purpose, digest, as.now)
  return found?.counts === true ? openedAction(as, digest, found, browserSecret) : null
}

/**
 * Finds the action of a link, and whether the link still counts; null if there is none. For the form of a
 * link: only `completeMailAction` can tell whether this form has used it, which makes a second click as good
 * as the first.
 */
export async function findAnsweredAction(
  as: AuthorizationServer,
  purpose: MailPurpose,
  token: string,
  browserSecret: string,
): Promise<(FoundMailAction & { counts: boolean }) | null> {
  const digest = await digestOfToken(as, purpose, token, browserSecret)
  if (digest === null) return null
  const found = await as.store.mailActions.find(purpose, digest, as.now)
  if (found === null) return null
  return { ...(await openedAction(as, digest, found, browserSecret)), counts: found.counts }
}

async function openedAction(
  as: AuthorizationServer,
  digest: string,
  { user, address, sealed, browserDigest }: MailActionStanding,
  browserSecret: string | undefined,
): Promise<FoundMailAction> {
  return {
    user,
    address,
    sealed:
      sealed === null ? null : utf8Text(await as.keys.openStored('mail facts', sealed, digest)),
    isOwnBrowser:
      browserSecret !== undefined &&
      browserDigest !== null &&
      equalInConstantTime(browserDigest, await digestOf(browserSecret)),
  }
}

/**
 * Counts the try of a code, and then compares it. Returns a token that stands for its link in this
 * browser, or null: the code is wrong, or nobody asked for one in this browser, or it had five tries.
 * @throws temporarily_unavailable
 */
export async function proveMailCode(
  as: AuthorizationServer,
  purpose: MailPurpose,
  { code, browserSecret, ...of }: TypedCode,
): Promise<string | null> {
  const owner = 'userId' in of ? of : { foldedAddress: foldLoginName(of.address) }
  const digest = await provedDigest(as, { purpose, owner, browserSecret }, code)
  const context = await tokenContext(purpose, browserSecret)
  return digest === null ? null : as.keys.seal('mail facts', utf8(digest), context)
}

/** A code as it was typed, and whose it should be. */
export type TypedCode = { code: string; browserSecret: string } & (
  { address: string } | { userId: number }
)

type CodePlace = { purpose: MailPurpose } & (
  { owner: CodeOwner; browserSecret: string } | { digest: string }
)

/** Returns the digest of the link whose code was typed; null if it is wrong. */
async function provedDigest(
  as: AuthorizationServer,
  place: CodePlace,
  typed: string,
): Promise<string | null> {
  const code = typed.replace(/[\s-]/g, '')
  if (!/^\d{8}$/.test(code)) return null
  const { purpose } = place
  const of: CodeTry =
    'digest' in place
      ? { purpose, now: as.now, digest: place.digest }
      : {
          purpose,
          now: as.now,
          owner: place.owner,
          browserDigest: await digestOf(place.browserSecret),
        }
  // Counted before it is compared: a thousand tries at once are five.
  for (const { digest, codeDigest } of await as.store.mailActions.countTry(of, mostTries)) {
    for (const keyId of as.keys.ids) {
      const expected = await codeDigestOf(as, digest, code, keyId)
      if (equalInConstantTime(codeDigest, expected)) return digest
    }
  }
  return null
}

/** What a token that stands for a link is bound to: it is worth nothing in another browser. */
const tokenContext = async (purpose: MailPurpose, browserSecret: string): Promise<string> =>
  `${purpose} ${await digestOf(browserSecret)}`

async function digestOfToken(
  as: AuthorizationServer,
  purpose: MailPurpose,
  token: string,
  browserSecret: string | undefined,
): Promise<string | null> {
  if (/^[\w-]{43}$/.test(token)) return digestOf(token)
  if (browserSecret === undefined) return null
  const context = await tokenContext(purpose, browserSecret)
  const opened = await as.keys.open('mail facts', token, context)
  return opened === null ? null : utf8Text(opened)
}

/**
 * Seconds for which the form that used a link may be sent again, because a second click or a lost answer
 * must not look like a failure. Later, whoever finds the form in a browser could try what was typed.
 */
const repeatableFor = 60

/**
 * What somebody sends by the form of a link: its secret, with the code where the form asks for it, or
 * the code alone in the browser that asked.
 */
export type MailActionAnswer = {
  /** The secret of the browser that was shown the form. */
  browserSecret: string
  /** What else was typed into the form: a repetition says the same. */
  typed?: string
} & ({ secret: string; code?: string } | TypedCode)

/**
 * How an answer ended. `repeated` = this form has just used the link already; `wrong` = the code does not
 * count; `dead` = the link does not count.
 */
export type MailActionOutcome = 'done' | 'repeated' | 'wrong' | 'dead'

/**
 * Uses up a link: `act` writes, in one batch, that the link is used (`usingUp` of the store) and what it
 * is used for. It returns false, and writes nothing, if the link does not count by then: D1 decides
 * which of two answers at once is the first.
 * @throws temporarily_unavailable; the same answer may be sent again
 */
export async function completeMailAction(
  as: AuthorizationServer,
  purpose: MailPurpose,
  answer: MailActionAnswer,
  act: (use: MailActionUse, found: FoundMailAction) => Promise<boolean>,
): Promise<MailActionOutcome> {
  const { browserSecret, typed = '' } = answer
  const digest = await answeredDigest(as, purpose, answer)
  if (digest === null) return 'secret' in answer && answer.code === undefined ? 'dead' : 'wrong'
  // Keyed by MASTER_KEY, so that the stored value helps nobody to guess what was typed.
  const mac = await as.keys.mac('mail code', JSON.stringify([digest, browserSecret, typed]))
  const use = { purpose, digest, operation: base64url(mac), now: as.now }
  const look = () => as.store.mailActions.find(purpose, digest, as.now)
  const isRepeated = async (used: MailActionStanding | null): Promise<boolean> =>
    used === null
      ? hasDeletedUser(as, use)
      : used.operation === use.operation && as.now - (used.usedAt ?? 0) < repeatableFor
  const found = await look()
  if (found?.counts) {
    try {
      if (await act(use, await openedAction(as, digest, found, browserSecret))) return 'done'
    } catch (failure) {
      // The outcome is unknown: the link tells whether this very answer has used it.
      if (await isRepeated(await look())) return 'repeated'
      throw failure
    }
  }
  // Somebody was faster, or this is a repetition.
  return (await isRepeated(found?.counts ? await look() : found)) ? 'repeated' : 'dead'
}

/** Returns whether this very answer has deleted the user at once, and the link with them. */
const hasDeletedUser = async (
  as: AuthorizationServer,
  { purpose, digest, operation }: MailActionUse,
): Promise<boolean> =>
  purpose === 'delete' && (await as.store.usedIdentifiers.findUse(digest))?.operation === operation

async function answeredDigest(
  as: AuthorizationServer,
  purpose: MailPurpose,
  answer: MailActionAnswer,
): Promise<string | null> {
  if (!('secret' in answer)) {
    const { code, browserSecret } = answer
    const owner =
      'userId' in answer
        ? { userId: answer.userId }
        : { foldedAddress: foldLoginName(answer.address) }
    return provedDigest(as, { purpose, owner, browserSecret }, code)
  }
  const digest = await digestOfToken(as, purpose, answer.secret, answer.browserSecret)
  if (digest === null || answer.code === undefined) return digest
  return provedDigest(as, { purpose, digest }, answer.code)
}
