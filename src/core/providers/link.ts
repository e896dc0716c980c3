// A user's links to accounts at providers: listing and removal.
import type { AuthorizationServer } from '../authorization-server.ts'
import { linkIdOf, suspicionReach } from '../people/link-suspicion.ts'
import { noticeOf } from '../people/mail/notice.ts'
import { sendMails } from '../people/mail/outbox.ts'
import type { SealedMail } from '../people/mail/storage.ts'
import type { User } from '../people/storage.ts'
import { auditOf } from '../server/audit.ts'
import { signInProviders } from './sign-in-provider.ts'
import type { ProviderLink } from './storage.ts'

/** A link as shown to people and operators. */
export type Link = ProviderLink & {
  /** A digest of the link's key, for URLs and forms, because a subject may contain any text. */
  id: string
  /** The provider's name, or the issuer if no sign-in provider has that issuer. */
  label: string
  /** Whether changing the password would end the link. */
  isSuspect: boolean
}

/** Returns the links of a user, oldest first. */
export async function linksOf(
  as: AuthorizationServer,
  { id: userId, createdAt }: Pick<User, 'id' | 'createdAt'>,
): Promise<Link[]> {
  const [links, providers] = await Promise.all([
    as.store.providerLinks.listOfUser(userId),
    signInProviders(as),
  ])
  const since = as.now - suspicionReach
  return Promise.all(
    links.map(async (link) => ({
      ...link,
      id: await linkIdOf(link),
      label: providers.find(({ issuer }) => issuer === link.issuer)?.label ?? link.issuer,
      isSuspect: link.createdAt >= since && link.createdAt > createdAt,
    })),
  )
}

/**
 * Removes a link at the user's request. Returns `last` if the link is the user's only way to sign
 * in, which is kept, and `unknown` if the user has no such link.
 */
export async function unlink(
  as: AuthorizationServer,
  user: User,
  id: string,
  language: string,
): Promise<'unlinked' | 'last' | 'unknown'> {
  const link = await find(as, user.id, id)
  if (link === null) return 'unknown'
  const mails = await linkNotice(as, user, 'providerUnlinked', link, language)
  const outcome = await as.store.providerLinks.unlink(link, unlinked(as, link), mails)
  sendMails(as)
  if (outcome === 'unlinked') tell(as, link)
  return outcome
}

/** Returns the mail that tells the user about a link that was added or removed, if one can be sent. */
export async function linkNotice(
  as: AuthorizationServer,
  user: User,
  change: 'providerLinked' | 'providerUnlinked',
  { issuer }: Pick<ProviderLink, 'issuer'>,
  language: string,
): Promise<SealedMail[]> {
  const providers = as.mailer === null ? [] : await signInProviders(as)
  const provider = providers.find((one) => one.issuer === issuer)?.label ?? issuer
  return noticeOf(as, user, { change, provider, language })
}

/**
 * Removes a link at the operator's request, even the last one. Returns false if the user has no
 * such link.
 */
export async function endLink(
  as: AuthorizationServer,
  userId: number,
  id: string,
): Promise<boolean> {
  const link = await find(as, userId, id)
  if (link === null) return false
  await as.store.providerLinks.end(link, unlinked(as, link))
  tell(as, link)
  return true
}

const unlinked = (as: AuthorizationServer, { userId, issuer }: ProviderLink) =>
  auditOf(as, 'user.provider-unlinked', { userId, detail: { issuer } })

const tell = (as: AuthorizationServer, { userId, issuer }: ProviderLink): void =>
  as.log({ event: 'provider unlinked', user_id: userId, issuer })

async function find(
  as: AuthorizationServer,
  userId: number,
  id: string,
): Promise<ProviderLink | null> {
  const links = await as.store.providerLinks.listOfUser(userId)
  const ids = await Promise.all(links.map(linkIdOf))
  return links[ids.indexOf(id)] ?? null
}
