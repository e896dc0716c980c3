// A provider on the wire: its configuration and its other members in one flat object.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import {
  type ProviderConfiguration,
  providerConfiguration,
} from '../core/providers/configuration.ts'
import { withPreset } from '../core/providers/presets.ts'
import type { Provider } from '../core/providers/storage.ts'
import { importP256Key } from '../crypto/pem-key.ts'
import { outboundFault } from '../federation/outbound.ts'
import type { Fault } from '../http/json.ts'
import { providerPorts } from '../federation/provider-ports.ts'
import { callbackOf } from '../federation/provider-sign-in.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { storedScope } from '../protocol/scope.ts'
import { type JsonObject, readAs } from './json.ts'
import { mergePatch, removable } from './merge-patch.ts'
import { invalid } from './problem.ts'

const providerId = once(() =>
  v.pipe(
    v.string(),
    v.regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be 1 to 40 of the characters a-z 0-9 -'),
  ),
)

/** A line of text, or a private key with its line breaks. */
const clientSecret = once(() =>
  v.pipe(
    v.string(),
    v.regex(/^([\x20-\x7e]+|-----BEGIN [\x20-\x7e\r\n]+)$/, 'must be printable ASCII'),
    v.maxLength(1000),
  ),
)

const configurationShape = once(() => providerConfiguration().entries)

/** The body that creates a provider. A preset fills in what is absent. */
export const newProvider = once(() =>
  v.strictObject({
    ...configurationShape(),
    label: v.optional(configurationShape().label),
    issuer: v.optional(configurationShape().issuer),
    id: v.pipe(v.optional(providerId()), v.description('identifier; part of the redirect URI')),
    client_secret: v.pipe(v.optional(clientSecret()), v.description('write-only')),
    disabled: v.optional(v.boolean()),
  }),
)

/** A merge patch (RFC 7396): absent members are unchanged, null removes one. */
export const providerPatch = once(() =>
  v.strictObject({
    ...removable(configurationShape()),
    client_secret: v.nullish(clientSecret()),
    disabled: v.nullish(v.boolean()),
  }),
)

/** A provider in a response. */
export const providerAnswer = once(() =>
  v.object({
    ...configurationShape(),
    id: v.string(),
    client_secret_set: v.boolean(),
    redirect_uri: v.pipe(v.string(), v.description('redirect URI to register with the provider')),
    disabled: v.boolean(),
    created_at: v.int(),
    updated_at: v.int(),
  }),
)

/** Returns the configuration after a merge patch, with all defaults filled in again. @throws 400 */
export function patchedConfiguration(
  as: AuthorizationServer,
  configuration: ProviderConfiguration,
  patch: JsonObject,
  hasSecret: boolean,
): ProviderConfiguration {
  const patched = readAs(providerConfiguration, withPreset(mergePatch(configuration, patch)))
  requireSound(as, patched, hasSecret)
  return patched
}

/** Requires that the server could use this provider, and may send requests to it. @throws 400 */
export function requireSound(
  as: AuthorizationServer,
  configuration: ProviderConfiguration,
  hasSecret: boolean,
): void {
  const faults = [
    ...addressFaults(as, configuration),
    ...(hasSecret || configuration.token_endpoint_auth_method === 'none'
      ? []
      : [{ field: 'client_secret', detail: 'is required for this token_endpoint_auth_method' }]),
    ...(configuration.preset === 'github' ? gitHubFaults : openIdFaults)(configuration),
    ...(configuration.preset === 'apple' ? appleFaults(configuration) : []),
  ]
  if (faults.length > 0) throw invalid(faults)
}

const openIdFaults = ({ sign_in, scope }: ProviderConfiguration): Fault[] =>
  !sign_in || storedScope(scope).includes('openid')
    ? []
    : [{ field: 'scope', detail: 'must contain openid' }]

/** GitHub signs nothing about people, so that there is nothing to exchange. */
const gitHubFaults = ({ assertions, token_url }: ProviderConfiguration): Fault[] =>
  Object.entries({ assertions, token_url })
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([field]) => ({ field, detail: 'needs an OpenID provider' }))

const appleFaults = ({ team_id, key_id }: ProviderConfiguration): Fault[] =>
  Object.entries({ team_id, key_id })
    .filter(([, value]) => value === undefined)
    .map(([field]) => ({ field, detail: 'is required for this preset' }))

/** Requires that a new secret is of the kind that the preset takes. @throws 400 */
export async function requireUsableSecret(
  { preset }: ProviderConfiguration,
  secret: string,
): Promise<void> {
  if (preset === 'apple' && (await importP256Key(secret)) === null) {
    throw invalid([{ field: 'client_secret', detail: 'must be the content of the .p8 file' }])
  }
}

function addressFaults(as: AuthorizationServer, configuration: ProviderConfiguration): Fault[] {
  const { issuer, token_url, key_set_host } = configuration
  const allow = { ports: providerPorts(configuration) }
  const addresses = {
    issuer,
    token_url,
    key_set_host: key_set_host === undefined ? undefined : `https://${key_set_host}/`,
  }
  const faults = Object.entries(addresses).flatMap(([field, url]) => {
    const detail = url === undefined ? null : outboundFault(as, url, allow)
    return detail === null ? [] : [{ field, detail }]
  })
  return issuer.includes('?')
    ? [...faults, { field: 'issuer', detail: 'must have no query' }]
    : faults
}

/** Returns a provider in its wire format, without its secret. */
export const shownProvider = (
  as: AuthorizationServer,
  provider: Provider,
): v.InferOutput<ReturnType<typeof providerAnswer>> => ({
  id: provider.id,
  ...provider.configuration,
  client_secret_set: provider.wrappedClientSecret !== null,
  redirect_uri: callbackOf(as, provider.id),
  disabled: provider.disabledAt !== null,
  created_at: Math.floor(provider.createdAt),
  updated_at: Math.floor(provider.updatedAt),
})
