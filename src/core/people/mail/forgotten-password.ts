// Asking for a new password by an address. Whoever asks learns nothing: what depends on the account
// happens after the response.
import type { AuthorizationServer } from '../../authorization-server.ts'
import { emailFault, foldLoginName } from '../login-name.ts'
import type { User } from '../storage.ts'
import { mailLifetimes, newMailAction } from './action.ts'
import { admitMail, newMail, sendMails } from './outbox.ts'
import type { SealedMail } from './storage.ts'

/**
 * Who asks, and in which language the answer is if the user has chosen none. `isOwned` returns whether a
 * provider owns the domain of the address, so that no page takes a password of it; it is asked after the
 * response.
 */
type Asking = { browserSecret: string; language: string; isOwned: () => Promise<boolean> }

/**
 * Sends a mail by which the owner of an address sets a new password, or one that says why they need none.
 * Unknown addresses and disabled users get no mail. The response does not depend on any of this: before
 * it, there is one count of limits. Returns false if the text is no address.
 * @throws temporarily_unavailable
 */
export async function askForReset(
  as: AuthorizationServer,
  typed: string,
  asking: Asking,
): Promise<boolean> {
  const address = foldLoginName(typed)
  if (emailFault(address) !== null) return false
  if (await admitMail(as, address)) as.waitUntil(answerOwner(as, address, asking))
  return true
}

/**
 * Milliseconds after which the account is looked up. By then the response is on its way: work that began
 * with it would delay it on a busy machine, and more for an account that gets a mail.
 */
const responseFirst = 100

async function answerOwner(
  as: AuthorizationServer,
  address: string,
  asking: Asking,
): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, responseFirst))
  const user = await as.store.users.findByName(address)
  // A username may look like an address; the mail goes to the address of the account, never to what was
  // typed, because two texts may fold to one.
  const to = user?.email ?? null
  if (user === null || to === null || foldLoginName(to) !== address || user.disabledAt !== null) {
    return
  }
  await ((await asking.isOwned()) || (await signsInOtherwise(as, user))
    ? as.store.mailActions.give(null, null, [await noPasswordMail(as, user, to, asking)])
    : giveReset(as, user, to, asking))
  sendMails(as)
}

/** Returns whether a user without a password has another way to sign in. */
async function signsInOtherwise(as: AuthorizationServer, user: User): Promise<boolean> {
  if (user.passwordHash !== null) return false
  return user.userHandle !== null || (await as.store.providerLinks.listOfUser(user.id)).length > 0
}

const noPasswordMail = (
  as: AuthorizationServer,
  { id: userId, locale }: User,
  to: string,
  asking: Asking,
): Promise<SealedMail> =>
  newMail(as, {
    kind: 'no-password',
    to,
    language: locale ?? asking.language,
    facts: { link: `${as.issuer}/` },
    userId,
  })

async function giveReset(
  as: AuthorizationServer,
  { id: userId, locale }: User,
  to: string,
  { browserSecret, language }: Asking,
): Promise<void> {
  const { link, code, action } = await newMailAction(as, 'reset', { browserSecret, address: to })
  const mail = await newMail(as, {
    kind: 'reset',
    to,
    language: locale ?? language,
    facts: { link, code, minutes: String(mailLifetimes.reset / 60) },
    userId,
    until: action.expiresAt,
  })
  await as.store.mailActions.give(userId, action, [mail])
}
