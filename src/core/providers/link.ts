// The links that a user has to accounts at providers: seen, and ended one by one.
import type { AuthorizationServer } from '../authorization-server.ts'
import { linkIdOf, suspicionReach } from '../people/link-suspicion.ts'
import type { User } from '../people/storage.ts'
import { auditOf } from '../server/audit.ts'
import { signInProviders } from './sign-in-provider.ts'
import type { ProviderLink } from './storage.ts'

/** A link as people and operators see one. */
export type Link = ProviderLink & {
  /** Made from the key, for addresses and forms: a subject could hold anything. */
  id: string
  /** The provider's name; the issuer where no provider that people can choose has it. */
  label: string
  /** Whether a new password would end it. */
  isSuspect: boolean
}

/** The links of a user, oldest first. */
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
 * Ends a link by the person's own wish. `last` = it is the only way in that the user has, and stays;
 * `unknown` = the user has no such link.
 */
export async function unlink(
  as: AuthorizationServer,
  userId: number,
  id: string,
): Promise<'unlinked' | 'last' | 'unknown'> {
  const link = await find(as, userId, id)
  if (link === null) return 'unknown'
  const outcome = await as.store.providerLinks.unlink(link, unlinked(as, link))
  if (outcome === 'unlinked') tell(as, link)
  return outcome
}

/** Ends a link by the operator's wish, the last way in, too. False = the user has no such link. */
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
  auditOf(as, 'provider unlinked', { userId, detail: { issuer } })

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
