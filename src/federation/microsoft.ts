// The tenants of Microsoft. The metadata of all tenants name an issuer with a gap, `{tenantid}`; each
// token names the issuer of its own tenant, and each key may name the tenant that it signs for.
import type { ProviderConfiguration } from '../core/providers/configuration.ts'
import type { ForeignKey } from '../crypto/foreign-key.ts'

type Configured = Pick<ProviderConfiguration, 'preset' | 'issuer'>

const manyTenants = /\/(common|organizations)\/v2\.0$/

/** The tenant of all personal accounts, which are of no organization. */
const personalTenant = '9188040d-6c67-4c5b-b112-36a304b66dad'

/** Returns whether a configuration admits people of more than one tenant. */
export const hasManyTenants = ({ preset, issuer }: Configured): boolean =>
  preset === 'microsoft' && manyTenants.test(issuer)

/** Returns the issuer that the provider's metadata must name. OpenID Connect Discovery 4.3. */
export const publishedIssuer = (configuration: Configured): string =>
  hasManyTenants(configuration)
    ? configuration.issuer.replace(manyTenants, '/{tenantid}/v2.0')
    : configuration.issuer

/** Returns the issuer that a token with these claims must have; null = its tenant does not count. */
export function expectedIssuer(
  configuration: Configured,
  claims: Readonly<Record<string, unknown>> | null,
): string | null {
  if (!hasManyTenants(configuration)) return configuration.issuer
  const tenant = claims?.tid
  const counts =
    typeof tenant === 'string' &&
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(tenant) &&
    (tenant !== personalTenant || !configuration.issuer.endsWith('/organizations/v2.0'))
  return counts ? publishedIssuer(configuration).replace('{tenantid}', tenant) : null
}

/** Returns whether a key may sign for this issuer: it names none, this one, or the one with the gap. */
export const signsFor = (
  configuration: Configured,
  issuer: string,
  { issuer: named }: ForeignKey,
): boolean =>
  !hasManyTenants(configuration) ||
  named === undefined ||
  named === issuer ||
  named === publishedIssuer(configuration)

/** Returns whether an answer of the browser may name this issuer. RFC 9207 2.4 */
export const isIssuerOf = (configuration: Configured, issuer: string): boolean =>
  issuer === expectedIssuer(configuration, { tid: issuer.split('/').at(-2) })
