// The providers that people can choose, and the links that a user has.
import { auditOf, type AuthorizationServer } from './authorization-server.ts'
import type { Provider } from './provider.ts'
import type { User } from './records.ts'

/** What a button says and brings. */
export type SignInProvider = { id: string; label: string }

const shown = ({ id, configuration }: Provider): SignInProvider => ({
  id,
  label: configuration.label,
})

const listed = async (as: AuthorizationServer): Promise<Provider[]> =>
  (await as.providers.list(as.now)).filter(({ configuration }) => configuration.sign_in)

/** Every provider that the sign-in page offers. */
export const signInProviders = async (as: AuthorizationServer): Promise<SignInProvider[]> =>
  (await listed(as)).map(shown)

/** The same with what each of a user's links is called over there; '' where nothing was told. */
export async function linkedProviders(
  as: AuthorizationServer,
  user: User,
): Promise<(SignInProvider & { linkedAs?: string })[]> {
  const [providers, links] = await Promise.all([
    listed(as),
    as.store.providerLinks.listOfUser(user.id),
  ])
  return providers.map((provider) => {
    const link = links.find(({ issuer }) => issuer === provider.configuration.issuer)
    return link === undefined ? shown(provider) : { ...shown(provider), linkedAs: link.email ?? '' }
  })
}

/**
 * Ends the links to a provider. `last` = it is the only way in that the user has, and stays;
 * `unknown` = there is no such provider.
 */
export async function unlinkProvider(
  as: AuthorizationServer,
  user: User,
  providerId: string,
): Promise<'unlinked' | 'last' | 'unknown'> {
  const provider = await as.store.providers.find(providerId)
  if (provider === null) return 'unknown'
  const { issuer } = provider.configuration
  const audit = auditOf(as, 'provider unlinked', { userId: user.id, detail: { issuer } })
  return as.store.providerLinks.unlink(issuer, user.id, audit)
}
