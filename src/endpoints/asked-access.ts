// What a client asks for, as pages show it to the person who decides.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { Client } from '../core/clients/storage.ts'
import type { AuthorizationDetail } from '../core/tokens/details.ts'
import { detailsInWords } from '../core/tokens/shown-details.ts'
import { type Target, scopeTexts } from '../core/tokens/target.ts'
import type { AskedAccess, ShownResource } from '../pages/asked-access.tsx'

type Asked = {
  scope: readonly string[]
  targets: readonly Target[]
  details: readonly AuthorizationDetail[]
}

/**
 * Returns what a client asks for, in a language.
 * @throws temporarily_unavailable
 */
export const askedAccess = async (
  as: AuthorizationServer,
  client: Client,
  { scope, targets, details }: Asked,
  language: string,
): Promise<AskedAccess> => ({
  scopes: scope,
  scopeTexts: scopeTexts(as, targets, language),
  resources: targets.map((target) => shownResource(client, target)),
  details: await detailsInWords(as, details, language),
})

/** A resource that the operator registered stands for itself, any other for no more than its host. */
const shownResource = (client: Client, { uri, metadata }: Target): ShownResource => ({
  uri,
  isRegistered: metadata !== null || client.metadata.resources?.includes(uri) === true,
  name: metadata?.name,
})
