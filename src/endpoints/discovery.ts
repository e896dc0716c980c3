// Documents for anyone: the JWK Set (RFC 7517) and the server metadata (RFC 8414 2, OpenID Connect
// Discovery 1.0 3), which say only what works: each value comes from where it is implemented.
import { responseModes } from '../core/authorization/response-target.ts'
import { promptValues } from '../core/authorization/steps/steps.ts'
import { assertionAlgorithms } from '../core/clients/assertion.ts'
import { grantTypes, responseTypes, subjectTypes } from '../core/clients/metadata.ts'
import { workingMethodNames } from '../core/clients/methods/methods.ts'
import { grantProfile } from '../core/exchange/provider-assertion.ts'
import { certificatePaths } from '../core/server/paths.ts'
import type { Settings } from '../core/server/settings.ts'
import { utf8 } from '../crypto/encoding.ts'
import { proofAlgorithms } from '../crypto/dpop.ts'
import { challengeMethods } from '../crypto/pkce.ts'
import { signingAlgorithms } from '../crypto/signing-key.ts'
import type { FaceContext } from '../http/app.ts'
import { type EndpointGroup, announced } from '../http/endpoint.ts'
import { languages } from '../pages/language.ts'
import { acrValues } from '../protocol/acr.ts'
import { claimsSupported, standardScopes } from '../protocol/claims.ts'
import { renderTokenError } from './error.ts'

export const keySetEndpoint: EndpointGroup = {
  renderError: renderTokenError,
  readableBy: 'anyone',
  endpoints: [{ path: '/.well-known/jwks.json', metadata: 'jwks_uri', handlers: { GET: keySet } }],
}

async function keySet(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const maxAge = as.settings.lifetimes.jwksMaxAge
  return publicDocument(await as.signingKeys.jwks(as.now), 'application/jwk-set+json', maxAge)
}

/** Returns the metadata of a server with these endpoints; both well-known addresses serve the same. */
export function metadataEndpoints(groups: readonly EndpointGroup[]): EndpointGroup {
  const documents = new Map<string, Uint8Array>()
  const metadata = async (context: FaceContext): Promise<Response> => {
    const { as } = context.env
    const { issuer, settings } = as
    const [takesIdentities, detailsTypes] = await Promise.all([
      as.providers.trustsAssertions(as.now, as.waitUntil),
      as.detailsTypes.names(as.now, as.waitUntil),
    ])
    const name = JSON.stringify([issuer, takesIdentities, detailsTypes])
    const document =
      documents.get(name) ??
      utf8(
        JSON.stringify({
          issuer,
          ...announced(issuer, groups),
          ...capabilitiesOf(settings, groups),
          ...(takesIdentities ? assertionProfiles : {}),
          // RFC 9396 10
          ...(detailsTypes.length === 0
            ? {}
            : { authorization_details_types_supported: detailsTypes }),
        }),
      )
    // A request names the issuer in development, and the operator changes the rest: the cache is small.
    if (documents.size < 10) documents.set(name, document)
    return publicDocument(document, 'application/json', 3_600)
  }
  return {
    renderError: renderTokenError,
    readableBy: 'anyone',
    endpoints: [
      { path: '/.well-known/openid-configuration', handlers: { GET: metadata } },
      { path: '/.well-known/oauth-authorization-server', handlers: { GET: metadata } },
    ],
  }
}

/** ID-JAG 7.2: only where a provider is trusted with assertions is there anyone to make one. */
const assertionProfiles = { authorization_grant_profiles_supported: [grantProfile] }

/** What the server can do with these settings. */
function capabilitiesOf({ mtlsHost, clientDocuments }: Settings, groups: readonly EndpointGroup[]) {
  const methods = workingMethodNames(mtlsHost !== undefined)
  return {
    ...capabilities,
    token_endpoint_auth_methods_supported: methods,
    introspection_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_methods_supported: methods,
    // Client ID Metadata Document draft-02, 7.
    ...(clientDocuments.isOn ? { client_id_metadata_document_supported: true } : {}),
    ...(mtlsHost === undefined ? {} : certificateCapabilities(mtlsHost, groups)),
  }
}

/** RFC 8705 3.3 and 5. */
function certificateCapabilities(mtlsHost: string, groups: readonly EndpointGroup[]) {
  const aliases = Object.entries(announced('', groups)).flatMap(([member, path]) =>
    certificatePaths.includes(path) ? [[member, `https://${mtlsHost}${path}`]] : [],
  )
  return {
    tls_client_certificate_bound_access_tokens: true,
    mtls_endpoint_aliases: Object.fromEntries(aliases),
  }
}

const capabilities = {
  scopes_supported: standardScopes,
  claims_supported: claimsSupported,
  claim_types_supported: ['normal'],
  response_types_supported: responseTypes,
  response_modes_supported: responseModes,
  grant_types_supported: grantTypes,
  prompt_values_supported: promptValues,
  acr_values_supported: acrValues,
  subject_types_supported: subjectTypes,
  id_token_signing_alg_values_supported: signingAlgorithms,
  userinfo_signing_alg_values_supported: signingAlgorithms,
  token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
  introspection_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
  revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
  request_object_signing_alg_values_supported: assertionAlgorithms,
  authorization_signing_alg_values_supported: signingAlgorithms,
  introspection_signing_alg_values_supported: signingAlgorithms,
  dpop_signing_alg_values_supported: proofAlgorithms,
  code_challenge_methods_supported: challengeMethods,
  ui_locales_supported: languages,
  claims_parameter_supported: true,
  request_parameter_supported: true,
  request_uri_parameter_supported: false,
  require_pushed_authorization_requests: false,
  authorization_response_iss_parameter_supported: true,
  backchannel_logout_supported: true,
  backchannel_logout_session_supported: true,
}

function publicDocument(body: string | Uint8Array, type: string, maxAge: number): Response {
  return new Response(body, {
    headers: {
      'Content-Type': type,
      'Cache-Control': `public, max-age=${maxAge}`,
    },
  })
}
