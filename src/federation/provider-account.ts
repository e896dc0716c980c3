// The account of a person whom a provider has signed in: the linked one; one with the same verified
// address, if the operator allows that; a new one, if anyone may come.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { emailFault, foldLoginName, loginNameFault } from '../core/people/login-name.ts'
import { asksFactor } from '../core/people/mail/password-reset.ts'
import { type UserFacts, newUser } from '../core/people/new-user.ts'
import { sendMails } from '../core/people/mail/outbox.ts'
import type { User } from '../core/people/storage.ts'
import { linkNotice } from '../core/providers/link.ts'
import type { LinkBasis, Provider, ProviderLink } from '../core/providers/storage.ts'
import { auditOf } from '../core/server/audit.ts'
import {
  asciiLowerCase,
  foldsToItself,
  isSameAddress,
  looksLikeAddress,
} from './provider-address.ts'
import type { ProviderIdentity } from './provider-identity.ts'

/** Why the person is not let in, as the page words it. */
export type AccountRefusal = 'noAccount' | 'notAllowed' | 'alreadyLinked' | 'emailTaken'

type AccountOutcome = { user: User } | { refusal: AccountRefusal }

/** Finds the account of a person, or links or creates one if the operator allows it. */
export async function accountOf(
  as: AuthorizationServer,
  provider: Provider,
  identity: ProviderIdentity,
  language: string,
): Promise<AccountOutcome> {
  if (!mayCome(provider, identity)) return { refusal: 'notAllowed' }
  const { issuer, subject, verifiedEmail } = identity
  const link = await as.store.providerLinks.find(issuer, subject)
  if (link !== null) return enabled(await as.store.users.find(link.userId))
  if (verifiedEmail !== null && !isOwnName(verifiedEmail)) return { refusal: 'notAllowed' }
  const { link_by_email, accounts } = provider.configuration
  const owner = verifiedEmail === null ? null : await ownerOf(as, verifiedEmail)
  if (verifiedEmail === null || owner === null) {
    return accounts === 'create' ? createAccount(as, provider, identity) : { refusal: 'noAccount' }
  }
  // An address that nobody has verified here may have been taken in advance, by an attacker who
  // waits in that account for whoever owns it.
  if (!link_by_email || !owner.emailVerified) return { refusal: 'emailTaken' }
  // Whoever reads the mail of an account gets an account of that address at a provider, too: where a
  // password asks for a second factor, they must not get in without it. Its user links in their account.
  if (asksFactor(as, owner) && !isOwnedBy(provider, verifiedEmail)) return { refusal: 'emailTaken' }
  return linkTo(as, owner, identity, { basis: { verifiedEmail }, language })
}

/** Links a person to an enabled user; storage checks that the basis of the link still holds. */
export async function linkTo(
  as: AuthorizationServer,
  user: User,
  identity: ProviderIdentity,
  { basis, language }: { basis: LinkBasis; language: string },
): Promise<AccountOutcome> {
  const link = { ...linkOf(as, identity), userId: user.id }
  const audit = auditOf(as, 'user.provider-linked', {
    userId: user.id,
    detail: { issuer: identity.issuer },
  })
  const mails = await linkNotice(as, user, 'providerLinked', identity, language)
  const outcome = await as.store.providerLinks.link(link, basis, audit, mails)
  sendMails(as)
  if (outcome === 'linked') {
    as.log({ event: 'provider linked', user_id: user.id, issuer: identity.issuer })
    return { user }
  }
  if (outcome === 'refused') return { refusal: 'notAllowed' }
  const { issuer, subject } = identity
  const standing = await as.store.providerLinks.find(issuer, subject)
  return standing?.userId === user.id ? { user } : { refusal: 'alreadyLinked' }
}

/** Returns whether the operator admits people with such an address. */
export function mayCome(provider: Provider, { verifiedEmail }: ProviderIdentity): boolean {
  const { email_domains: domains } = provider.configuration
  if (domains.length === 0) return true
  return verifiedEmail !== null && domains.includes(domainOf(verifiedEmail))
}

/** Returns whether addresses of this domain sign in at the provider alone. */
const isOwnedBy = ({ configuration }: Provider, address: string): boolean =>
  configuration.domains.includes(domainOf(address))

const domainOf = (address: string): string =>
  asciiLowerCase(address.slice(address.lastIndexOf('@') + 1))

const enabled = (user: User | null): AccountOutcome =>
  user === null || user.disabledAt !== null ? { refusal: 'notAllowed' } : { user }

const linkOf = (
  as: AuthorizationServer,
  { issuer, subject, label }: ProviderIdentity,
): Omit<ProviderLink, 'userId'> => ({ issuer, subject, email: label, createdAt: as.now })

/** Returns whether an account here can have the address, and the address folds to itself alone. */
const isOwnName = (email: string): boolean => foldsToItself(email) && emailFault(email) === null

/** Finds the user by e-mail address, not by username. */
async function ownerOf(as: AuthorizationServer, email: string): Promise<User | null> {
  const user = await as.store.users.findByName(foldLoginName(email))
  return user?.email != null && isSameAddress(user.email, email) ? user : null
}

async function createAccount(
  as: AuthorizationServer,
  provider: Provider,
  identity: ProviderIdentity,
): Promise<AccountOutcome> {
  const { username, verifiedEmail, issuer, subject } = identity
  const audit = auditOf(as, 'user.created-by-provider', { detail: { provider: provider.id } })
  // Names that are taken here are passed over; the last one is nobody's.
  const names = [username, verifiedEmail, `${provider.id}-${crypto.randomUUID()}`]
  for (const name of names) {
    if (name === null || loginNameFault(name) !== null) continue
    // Somebody else's address as a username would keep its owner, and the operator, from using it.
    if (looksLikeAddress(name) && (verifiedEmail === null || !isSameAddress(name, verifiedEmail)))
      continue
    const user = newUser(as, factsOf(provider, name, identity))
    const made = await as.store.providerLinks.createLinked(user, linkOf(as, identity), audit)
    if (made !== 'taken') return { user: made }
    // Perhaps not the name, but the person was taken: by a sign-in at the same moment.
    const link = await as.store.providerLinks.find(issuer, subject)
    if (link !== null) return enabled(await as.store.users.find(link.userId))
  }
  return { refusal: 'emailTaken' }
}

const factsOf = (
  { configuration }: Provider,
  username: string,
  { name, verifiedEmail }: ProviderIdentity,
): UserFacts => ({
  username,
  // An address that nobody has verified could be anyone's.
  email: verifiedEmail,
  emailVerified: verifiedEmail !== null,
  name: name === null ? null : name.slice(0, 200),
  role: null,
  scope: configuration.account_scope ?? null,
  claims: {},
  passwordHash: null,
  disabledAt: null,
})
