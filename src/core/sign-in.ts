// Proving who somebody is by password, throttled per account and per address before any hashing.
import { utf8 } from '../crypto/encoding.ts'
import { hashPassword, longestPassword, verifyPassword } from '../crypto/password.ts'
import { digestOf } from '../crypto/secret.ts'
import { invalidGrant, tooManyRequests, type Reason } from '../protocol/error.ts'
import { addressPrefix } from './address.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { foldLoginName, longestLoginName } from './login-name.ts'
import type { Proof, Tries, User } from './records.ts'

/** A browser that this very account has signed in with before: it has a bucket of its own. */
export type KnownBrowser = { foldedName: string; id: string }

/**
 * Checks a password. Unknown users, users without password and disabled users cost the same work
 * and get the same answer as a wrong password; the reason `user_unknown` is for the one face whose
 * contract is to tell them apart.
 * @throws too_many_requests, invalid_grant
 */
export async function signInWithPassword(
  as: AuthorizationServer,
  name: string,
  password: string,
  knownBrowser: KnownBrowser | null = null,
): Promise<Proof> {
  // Refused before any hashing, never truncated (OWASP: denial of service by long passwords).
  if (name.length > longestLoginName) throw refused('user_unknown')
  if (utf8(password).byteLength > longestPassword) throw refused('credentials_wrong')
  const foldedName = foldLoginName(name)
  // Guesses from elsewhere must not lock out a browser that has signed in before.
  const isKnown = knownBrowser !== null && knownBrowser.foldedName === foldedName
  const { user, account, address } = await countTries(
    as,
    foldedName,
    isKnown ? knownBrowser.id : null,
  )
  const verdict = await verifyPassword(as.keys, password, user?.passwordHash ?? null)
  if (user === null || !verdict.matches || user.disabledAt !== null) {
    as.log({ event: 'password refused', user_id: user?.id })
    const isThere = user !== null && user.disabledAt === null
    throw refused(isThere ? 'credentials_wrong' : 'user_unknown')
  }
  if (!verdict.current && user.passwordHash !== null) {
    as.waitUntil(upgrade(as, user.id, user.passwordHash, password))
  }
  return { user, provedBuckets: [account.bucket, address.bucket] }
}

const refused = (reason: Reason) => invalidGrant('the username or password is wrong', { reason })

async function countTries(
  as: AuthorizationServer,
  foldedName: string,
  browserId: string | null,
): Promise<{ user: User | null; account: Tries; address: Tries }> {
  const { perAccount, perAddress, window } = as.settings.passwordTries
  const prefix = addressPrefix(as.address)
  // In development everybody comes from one address.
  if (!as.settings.development && !(await as.store.addressFilter.admits(prefix))) {
    throw tooManyRequests(60)
  }
  const attempt = {
    foldedName,
    nameDigest: await digestOf(foldedName),
    scope: browserId === null ? '' : `browser:${browserId}:`,
    address: prefix,
  }
  const counted = await as.store.users.countTries(attempt, as.now, window)
  const { user, account, address } = counted
  if (account.tries > perAccount || address.tries > perAddress) {
    const { windowStartedAt } = account.tries > perAccount ? account : address
    as.log({ event: 'password tries throttled', user_id: user?.id })
    throw tooManyRequests(Math.max(1, Math.ceil(windowStartedAt + window - as.now)))
  }
  return counted
}

async function upgrade(
  as: AuthorizationServer,
  userId: number,
  from: string,
  password: string,
): Promise<void> {
  await as.store.users.upgradePassword(userId, from, await hashPassword(as.keys, password))
}
