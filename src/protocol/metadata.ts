// What the server says about itself. RFC 8414 2, OpenID Connect Discovery 1.0 3. Only what works.
import { claimScopes, claimsSupported } from './claims.ts'

type Capabilities = {
  clientMethods: readonly string[]
  grantTypes: readonly string[]
  responseModes: readonly string[]
  prompts: readonly string[]
  acr: string
}

/** The metadata document of an issuer; both well-known addresses serve the same. */
export const serverMetadata = (issuer: string, capabilities: Capabilities) => ({
  issuer,
  authorization_endpoint: `${issuer}/oauth2/authorize`,
  token_endpoint: `${issuer}/oauth2/token`,
  jwks_uri: `${issuer}/.well-known/jwks.json`,
  userinfo_endpoint: `${issuer}/oauth2/userinfo`,
  introspection_endpoint: `${issuer}/oauth2/introspect`,
  revocation_endpoint: `${issuer}/oauth2/revoke`,
  end_session_endpoint: `${issuer}/oauth2/logout`,
  scopes_supported: ['openid', ...claimScopes, 'offline_access'],
  claims_supported: claimsSupported,
  claim_types_supported: ['normal'],
  response_types_supported: ['code'],
  response_modes_supported: capabilities.responseModes,
  grant_types_supported: capabilities.grantTypes,
  prompt_values_supported: capabilities.prompts,
  acr_values_supported: [capabilities.acr],
  subject_types_supported: ['public', 'pairwise'],
  id_token_signing_alg_values_supported: ['ES256', 'RS256'],
  userinfo_signing_alg_values_supported: ['ES256', 'RS256'],
  token_endpoint_auth_methods_supported: capabilities.clientMethods,
  introspection_endpoint_auth_methods_supported: capabilities.clientMethods,
  revocation_endpoint_auth_methods_supported: capabilities.clientMethods,
  code_challenge_methods_supported: ['S256'],
  ui_locales_supported: ['en', 'de'],
  claims_parameter_supported: true,
  request_parameter_supported: false,
  request_uri_parameter_supported: false,
  authorization_response_iss_parameter_supported: true,
  backchannel_logout_supported: true,
  backchannel_logout_session_supported: true,
})
