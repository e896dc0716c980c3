// What a client is: RFC 7591 metadata under their registered names and Postern's own, one document.
import { foreignKey, foreignKeyFault } from '../../crypto/foreign-key.ts'
import { signingAlgorithms } from '../../crypto/signing-key.ts'
import { acrValues } from '../../protocol/acr.ts'
import { canonicalName } from '../../protocol/distinguished-name.ts'
import { managedBy } from '../../protocol/managed-by.ts'
import { once } from '../../protocol/once.ts'
import { isHttps, originFault, provenHosts, redirectUriFault } from '../../protocol/redirect-uri.ts'
import * as v from '../../protocol/schema.ts'
import { isScope } from '../../protocol/scope.ts'
import { assertionAlgorithms } from './assertion.ts'
import { methodsOf } from './methods/method.ts'
import { profileFault } from './fapi.ts'
import { clientMethodNames } from './methods/methods.ts'
import { none } from './methods/none.ts'
import { privateKeyJwt } from './methods/private-key-jwt.ts'
import { secretBasic } from './methods/secret-basic.ts'
import {
  registeredCertificates,
  selfSignedTlsClientAuth,
} from './methods/self-signed-tls-client-auth.ts'
import { tlsClientAuth } from './methods/tls-client-auth.ts'
import { defaultSigningAlgorithm, profiles } from './profile.ts'

/** RFC 8628 3.4. */
export const deviceCodeGrantType = 'urn:ietf:params:oauth:grant-type:device_code'

/** The grant types, once: registration and discovery name these, core/exchange/token.ts has each. */
export const grantTypes = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'password',
  deviceCodeGrantType,
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
] as const

/** What a client may be registered for of OpenID Connect Core 3 and 8. */
export const responseTypes = ['code'] as const
export const subjectTypes = ['public', 'pairwise'] as const

/** What the `aud` of a client's assertions may be; the issuer always may. */
const assertionAudiences = ['issuer', 'token_endpoint'] as const

export type GrantType = (typeof grantTypes)[number]

const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most))
const atMost = <Item extends v.GenericSchema>(most: number, item: Item) =>
  v.pipe(v.array(item), v.maxLength(most))

const httpsUrl = once(() =>
  v.pipe(
    v.string(),
    v.maxLength(2000),
    v.check(isHttps, 'must be an https URL'),
    // "https://bank.example@evil.example/" leads people by the nose.
    v.check((url) => !/^https:\/*[^/?#]*@/i.test(url), 'must have no user information'),
  ),
)

/** Text in which `faultOf` finds nothing wrong. */
const faultless = (faultOf: (text: string) => string | null) =>
  v.pipe(v.string(), v.noFault(faultOf))

const distinguishedName = once(() =>
  v.pipe(
    v.string(),
    v.maxLength(1000),
    v.check((name) => canonicalName(name) !== null, 'must be a distinguished name (RFC 4514)'),
  ),
)

const redirectUri = once(() => faultless(redirectUriFault))
const origin = once(() => faultless(originFault))

const resource = once(() =>
  v.pipe(
    v.string(),
    v.maxLength(2000),
    v.check((uri) => isResourceIndicator(uri), 'must be an absolute URI without fragment'),
  ),
)

const scope = once(() =>
  v.pipe(
    v.string(),
    v.maxLength(4000),
    v.check(isScope, 'must be scope names separated by one space each'),
  ),
)
const lifetime = once(() => v.pipe(v.int(), v.minValue(1), v.maxValue(31_536_000)))

// RFC 7591 2: "This value MUST be ... the client's public keys": a private half is refused, so that
// none ever stands in the database, and so is what could prove nothing.
const publicKey = once(() =>
  v.pipe(
    v.looseObject(foreignKey().entries),
    v.noFault((jwk) => foreignKeyFault(jwk)),
  ),
)

const publicKeySet = once(() =>
  v.looseObject({ keys: v.pipe(v.array(publicKey()), v.minLength(1), v.maxLength(20)) }),
)

/** RFC 8707 2: "an absolute URI, as specified by Section 4.3 of RFC3986" without a fragment. */
export const isResourceIndicator = (uri: string): boolean =>
  /^[\x21-\x7e]+$/.test(uri) && !uri.includes('#') && URL.canParse(uri)

const claimNames = once(() => atMost(50, text(100)))

/** Metadata as sent, every key optional; unknown keys are refused so that no typo is lost. */
export const clientMetadata = once(() =>
  v.partial(
    v.strictObject({
      client_name: text(200),
      client_description: text(2000),
      /** Offered to who has lost the way to the app, where it registered no `initiate_login_uri`. */
      client_uri: httpsUrl(),
      // Shown only where they are of the client's own origin, or the operator vouches for them.
      logo_uri: httpsUrl(),
      policy_uri: httpsUrl(),
      tos_uri: httpsUrl(),
      contacts: atMost(10, text(320)),
      software_id: text(200),
      software_version: text(200),
      /** Of no effect: what a redirect URI may be depends on itself alone. */
      application_type: v.picklist(['web', 'native']),
      redirect_uris: atMost(50, redirectUri()),
      post_logout_redirect_uris: atMost(50, redirectUri()),
      response_types: v.array(v.picklist(responseTypes)),
      grant_types: v.pipe(v.array(v.picklist(grantTypes)), v.minLength(1)),
      token_endpoint_auth_method: v.picklist(clientMethodNames),
      /** All methods of a client that has several; it may be public and send assertions, too. */
      token_endpoint_auth_methods_supported: v.pipe(
        v.array(v.picklist([none.name, privateKeyJwt.name])),
        v.minLength(1),
      ),
      /** What client assertions must be signed with; absent = any that fits the key. */
      token_endpoint_auth_signing_alg: v.picklist(assertionAlgorithms),
      scope: scope(),
      default_max_age: v.pipe(v.int(), v.minValue(0)),
      /** Asked for where a request names no `acr_values`, the preferred one first. */
      default_acr_values: atMost(10, v.picklist(acrValues)),
      /** Of no effect: every ID token has `auth_time`. */
      require_auth_time: v.boolean(),
      subject_type: v.picklist(subjectTypes),
      sector_identifier_uri: httpsUrl(),
      id_token_signed_response_alg: v.picklist(signingAlgorithms),
      userinfo_signed_response_alg: v.picklist(signingAlgorithms),
      /** What request objects must be signed with; absent = any that fits the key. RFC 9101 */
      request_object_signing_alg: v.picklist(assertionAlgorithms),
      /** No authorization request without a signature (RFC 9101 10.5). */
      require_signed_request_object: v.boolean(),
      /** What the JWT response modes sign with; absent = RS256, or ES256 for fapi2 (JARM 3). */
      authorization_signed_response_alg: v.picklist(signingAlgorithms),
      /** What introspection responses are signed with; absent = RS256, ES256 for fapi2 (RFC 9701 6). */
      introspection_signed_response_alg: v.picklist(signingAlgorithms),
      backchannel_logout_uri: v.pipe(v.string(), v.trim(), v.httpUrl(), v.maxLength(2000)),
      /** Then no notice is sent about grants without a `sid`. */
      backchannel_logout_session_required: v.boolean(),
      /** The client's public keys (RFC 7517), or the address where it publishes them; never both. */
      jwks: publicKeySet(),
      jwks_uri: v.pipe(v.string(), v.trim(), v.httpUrl(), v.maxLength(2000)),
      /** The subject of the certificate that proves the client (RFC 4514; RFC 8705 2.1.2). */
      tls_client_auth_subject_dn: distinguishedName(),
      /** No token without a certificate (RFC 8705 3.4). */
      tls_client_certificate_bound_access_tokens: v.boolean(),
      /** No token without a proof of possession (RFC 9449 5.2). */
      dpop_bound_access_tokens: v.boolean(),
      /** Refuses authorization requests that were not pushed (RFC 9126 6). */
      require_pushed_authorization_requests: v.boolean(),
      /** Where the app begins a sign-in; offered on a page that has expired and at home. */
      initiate_login_uri: httpsUrl(),
      // Postern's own.
      managed_by: managedBy(),
      /** What an app needs to know that runs the client as its plugin; nothing here reads it. */
      plugin_source: v.record(v.string(), v.unknown()),
      /** Holds the client to a security profile; only the operator can set it. */
      profile: v.picklist(profiles),
      trusted: v.boolean(),
      /** The least `acr` of the client's users, whatever its requests say. */
      require_acr: v.picklist(acrValues),
      /** The `aud` of its assertions; `token_endpoint` tolerates libraries older than RFC 10070. */
      assertion_audience: v.picklist(assertionAudiences),
      require_pkce: v.boolean(),
      /** Whether its proofs of possession must have a nonce; else the setting DPOP_NONCE decides. */
      dpop_nonce: v.picklist(['offered', 'required']),
      access_token_ttl: lifetime(),
      refresh_token_ttl: lifetime(),
      refresh_token_idle_ttl: lifetime(),
      refresh_token_grace: v.pipe(v.int(), v.minValue(0), v.maxValue(300)),
      /** `false` = a refresh gives the same refresh token again, so that processes may share it. */
      refresh_token_rotation: v.boolean(),
      resources: atMost(50, resource()),
      /** The types of authorization details that it may ask for (RFC 9396 10); absent = none. */
      authorization_details_types: atMost(50, text(200)),
      allowed_cors_origins: atMost(50, origin()),
      /** Names of the user's own claims that go into which token. */
      claims: v.partial(
        v.strictObject({
          id_token: claimNames(),
          access_token: claimNames(),
          userinfo: claimNames(),
        }),
      ),
      introspection: v.picklist(['any', 'own']),
      /** Which tokens of other clients it may exchange (RFC 8693): `any` is the default, `own` none. */
      token_exchange: v.union([
        v.picklist(['any', 'own']),
        v.partial(
          v.strictObject({
            /** Whose tokens. */
            clients: atMost(50, text(255)),
            /** For which resources. */
            resources: atMost(50, resource()),
          }),
        ),
      ]),
      /**
       * What ID tokens say of the user: `scope` (the default) = the claims of the granted scopes too.
       */
      id_token_claims: v.picklist(['scope', 'minimal']),
    }),
  ),
)

export type ClientMetadata = v.InferOutput<ReturnType<typeof clientMetadata>>

/** Metadata with every default filled in: what is stored and what a registration answers. */
export type RegisteredMetadata = ReturnType<typeof withDefaults>

/**
 * Fills in the defaults of RFC 7591 2 and OpenID Registration 2, or tells what is inconsistent.
 * `id_token_signed_response_alg` is RS256 where none was registered, as OpenID Registration says, and
 * ES256 for the profile fapi2.
 */
export function registerMetadata(
  sent: ClientMetadata,
): { metadata: RegisteredMetadata } | MetadataContradiction {
  const metadata = withDefaults(sent)
  return contradictionIn(metadata) ?? { metadata }
}

/** What is inconsistent in metadata, and at which member. */
export type MetadataContradiction = { field: keyof ClientMetadata; fault: string }

/** Returns what is inconsistent in metadata that have every default, or null. */
export function contradictionIn(metadata: RegisteredMetadata): MetadataContradiction | null {
  const isPublic = metadata.token_endpoint_auth_method === none.name
  const uses = (grantType: GrantType) => metadata.grant_types.includes(grantType)
  if (uses('authorization_code') && metadata.redirect_uris.length === 0) {
    return { field: 'redirect_uris', fault: 'is required for the grant type authorization_code' }
  }
  if (uses('client_credentials') && isPublic) {
    return { field: 'grant_types', fault: 'client_credentials needs a confidential client' }
  }
  const fault = keyFaultOf(metadata) ?? profileFault(metadata)
  if (fault !== null) return fault
  // A public client cannot be told from whoever was sent its token: the resource that was could
  // exchange it for a token for another one.
  if (uses('urn:ietf:params:oauth:grant-type:token-exchange') && isPublic) {
    return { field: 'grant_types', fault: 'token exchange needs a confidential client' }
  }
  if (!metadata.require_pkce && isPublic) {
    return { field: 'require_pkce', fault: 'may be turned off for a confidential client only' }
  }
  // "Refresh tokens for public clients MUST be sender-constrained or use refresh token rotation."
  // RFC 9700 2.2.2
  if (metadata.refresh_token_rotation === false && isPublic) {
    const fault = 'may be turned off for a confidential client only'
    return { field: 'refresh_token_rotation', fault }
  }
  // "If there are multiple hostnames in the registered redirect_uris, the Client MUST register a
  // sector_identifier_uri." OpenID Connect Core 8.1
  const hosts = provenHosts(metadata.redirect_uris)
  const isPairwise = metadata.subject_type === 'pairwise'
  if (isPairwise && hosts.length > 1 && metadata.sector_identifier_uri === undefined) {
    return { field: 'sector_identifier_uri', fault: 'is required for redirects to several hosts' }
  }
  return null
}

// "The jwks_uri and jwks parameters MUST NOT both be present in the same request or response."
// RFC 7591 2
function keyFaultOf(metadata: RegisteredMetadata): MetadataContradiction | null {
  const { jwks, jwks_uri, token_endpoint_auth_method: method } = metadata
  const { tls_client_auth_subject_dn: subject, require_signed_request_object: isSigned } = metadata
  if (jwks !== undefined && jwks_uri !== undefined) {
    return { field: 'jwks_uri', fault: 'must not be registered beside jwks' }
  }
  if (method === tlsClientAuth.name && subject === undefined) {
    return { field: 'tls_client_auth_subject_dn', fault: 'is required for tls_client_auth' }
  }
  const certificates = jwks === undefined ? [] : registeredCertificates(jwks)
  if (method === selfSignedTlsClientAuth.name && certificates.length === 0) {
    return { field: 'jwks', fault: 'with x5c is required for self_signed_tls_client_auth' }
  }
  const hasKeys = jwks !== undefined || jwks_uri !== undefined
  const methods = methodsOf(metadata)
  if (!methods.includes(method)) {
    const fault = 'must be one of token_endpoint_auth_methods_supported'
    return { field: 'token_endpoint_auth_method', fault }
  }
  if (hasKeys) return null
  if (isSigned === true) {
    return { field: 'jwks', fault: 'or jwks_uri is required for require_signed_request_object' }
  }
  if (!methods.includes(privateKeyJwt.name)) return null
  return { field: 'jwks', fault: 'or jwks_uri is required for private_key_jwt' }
}

function withDefaults(sent: ClientMetadata) {
  const grantTypes = sent.grant_types ?? (['authorization_code', 'refresh_token'] as const)
  const isOffline = grantTypes.some((grantType) => grantType === 'refresh_token')
  return {
    ...sent,
    // RFC 7591 2 has authorization_code alone: but whoever is asked for lasting access by the default
    // scope must find that the client gets it.
    grant_types: [...grantTypes],
    response_types: sent.response_types ?? (['code'] as const),
    redirect_uris: sent.redirect_uris ?? [],
    post_logout_redirect_uris: sent.post_logout_redirect_uris ?? [],
    token_endpoint_auth_method: sent.token_endpoint_auth_method ?? secretBasic.name,
    /** Whether a method was named: then it is enforced, else any with a secret is accepted. */
    token_endpoint_auth_method_named: sent.token_endpoint_auth_method !== undefined,
    application_type: sent.application_type ?? ('web' as const),
    scope: sent.scope ?? `openid profile email${isOffline ? ' offline_access' : ''}`,
    subject_type: sent.subject_type ?? ('public' as const),
    id_token_signed_response_alg:
      sent.id_token_signed_response_alg ?? defaultSigningAlgorithm(sent),
    trusted: sent.trusted ?? false,
    require_pkce: sent.require_pkce ?? true,
    introspection: sent.introspection ?? ('any' as const),
  }
}
