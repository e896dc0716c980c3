// What the server says about itself. RFC 8414 2, OpenID Connect Discovery 1.0 3. Only what works.
import { claimScopes, claimsSupported } from './claims.ts'

type Capabilities = { grantTypes: readonly string[] }

/** The metadata document of an issuer; both well-known addresses serve the same. */
export const serverMetadata = (issuer: string, { grantTypes }: Capabilities) => ({
  issuer,
  token_endpoint: `${issuer}/oauth2/token`,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  introspection_endpoint: `${issuer}/oauth2/introspect`,
  revocation_endpoint: `${issuer}/oauth2/revoke`,
  userinfo_endpoint: `${issuer}/oauth2/userinfo`,
  scopes_supported: ['openid', ...claimScopes, 'offline_access'],
  claims_supported: claimsSupported,
  response_types_supported: [],
  grant_types_supported: grantTypes,
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['ES256', 'RS256'],
  token_endpoint_auth_methods_supported: authenticationMethods,
  introspection_endpoint_auth_methods_supported: authenticationMethods,
  revocation_endpoint_auth_methods_supported: authenticationMethods,
})

const authenticationMethods = ['client_secret_basic', 'client_secret_post', 'none']
