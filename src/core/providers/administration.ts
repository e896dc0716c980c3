// What an administrator does to providers, whichever face asks for it.
import type { AuthorizationServer } from '../authorization-server.ts'
import { auditOf } from '../server/audit.ts'
import type { ProviderConfiguration } from './configuration.ts'
import { wrapProviderSecret } from './secret.ts'
import type { Provider } from './storage.ts'

/** What is known about a provider to be created. */
export type ProviderDraft = {
  id: string
  configuration: ProviderConfiguration
  secret: string | undefined
  isDisabled: boolean
}

/** Creates a provider, unless the identifier belongs to another. */
export async function createProvider(
  as: AuthorizationServer,
  { id, configuration, secret, isDisabled }: ProviderDraft,
): Promise<Provider | 'taken'> {
  const provider: Provider = {
    id,
    configuration,
    wrappedClientSecret: secret === undefined ? null : await wrapProviderSecret(as, id, secret),
    disabledAt: isDisabled ? as.now : null,
    createdAt: as.now,
    updatedAt: as.now,
  }
  const audit = auditOf(as, 'provider.created', { detail: { provider: id } })
  if ((await as.store.providers.create(provider, audit)) === 'taken') return 'taken'
  as.providers.forget()
  return provider
}

/** Changes a provider; null if there is none. `decide` has no effects, because it may run again. */
export async function changeProvider(
  as: AuthorizationServer,
  id: string,
  fields: readonly string[],
  decide: (before: Provider) => Provider,
): Promise<Provider | null> {
  const audit = auditOf(as, 'provider.changed', { detail: { provider: id, fields } })
  const changed = await as.store.providers.change(id, decide, audit)
  if (changed !== null) as.providers.forget()
  return changed
}

/** Deletes a provider; false if there is none. Links to its accounts stay. */
export async function deleteProvider(as: AuthorizationServer, id: string): Promise<boolean> {
  const audit = auditOf(as, 'provider.deleted', { detail: { provider: id } })
  if (!(await as.store.providers.delete(id, audit))) return false
  as.providers.forget()
  return true
}

/** Returns the member whose value must identify one provider, but is another provider's, too. */
export async function takenMember(
  as: AuthorizationServer,
  id: string,
  { token_url, domains }: ProviderConfiguration,
): Promise<'token_url' | 'domains' | null> {
  if (token_url === undefined && domains.length === 0) return null
  const others = (await as.store.providers.listEnabled())
    .filter((other) => other.id !== id)
    .map(({ configuration }) => configuration)
  if (token_url !== undefined && others.some((other) => other.token_url === token_url)) {
    return 'token_url'
  }
  return others.some((other) => other.domains.some((domain) => domains.includes(domain)))
    ? 'domains'
    : null
}
