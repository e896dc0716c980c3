// Kustvakt's registration of clients by users: translates a user's document to RFC 7591 metadata. The
// checks come in Kustvakt's order and in its words. Unlike Kustvakt, `url` must be https, and a redirect
// URI may be http on loopback addresses only.
import {
  type ClientMetadata,
  type RegisteredMetadata,
  clientMetadata,
  registerMetadata,
} from '../../core/clients/metadata.ts'
import { utf8 } from '../../crypto/encoding.ts'
import type { JsonObject } from '../../http/json.ts'
import { invalidRequest } from '../../protocol/error.ts'
import { isHttps, isLoopbackHost, redirectUriFault } from '../../protocol/redirect-uri.ts'
import * as v from '../../protocol/schema.ts'
import { isJsonObject } from '../../protocol/strict-json.ts'
import { KustvaktRefusal } from './error.ts'
import { thirdPartyScopes } from './scopes.ts'

/** Minimum length of a name in characters. */
const shortestName = 3
/** Maximum lifetime of a refresh token in seconds. */
const longestRefreshToken = 31_536_000
/** Maximum size of a plugin's source in bytes. */
const longestSource = 8 * 1024

/**
 * Reads the body of a registration. The client is never trusted, and it may introspect its own tokens
 * only.
 * @throws invalid_request, KustvaktRefusal
 */
export function readRegistration(sent: JsonObject): RegisteredMetadata {
  const name = requireText(sent, 'name')
  if ([...name].length < shortestName) {
    throw invalidRequest(`client_name must contain at least ${shortestName} characters`)
  }
  const isPublic = readType(sent) === 'PUBLIC'
  const description = requireText(sent, 'description')
  if (description === '') throw invalidRequest('client_description is empty')
  const url = readText(sent, 'url')
  if (url !== undefined && !isPublicUrl(url)) throw invalidRequest('Invalid URL')
  const redirectUri = readText(sent, 'redirect_uri')
  if (redirectUri !== undefined && redirectUriFault(redirectUri) !== null) {
    throw invalidRequest('Invalid redirect URI')
  }
  const lifetime = readLifetime(sent, isPublic)
  const source = readSource(sent, isPublic, url)
  return registered({
    client_name: name,
    client_description: description,
    ...(url === undefined ? {} : { client_uri: url }),
    redirect_uris: redirectUri === undefined ? [] : [redirectUri],
    // A confidential client names no method, and so can use the header or the body.
    ...(isPublic ? { token_endpoint_auth_method: 'none' as const } : {}),
    grant_types: grantTypesOf(isPublic, redirectUri !== undefined),
    scope: thirdPartyScopes.join(' '),
    ...(lifetime === undefined ? {} : { refresh_token_ttl: lifetime }),
    ...(source === undefined ? {} : { plugin_source: source }),
    introspection: 'own',
    trusted: false,
  })
}

/**
 * Codes need a registered redirect URI. A public client gets no refresh token: it has the grant type
 * only if it can use no other, until the operator registers a redirect URI.
 */
function grantTypesOf(isPublic: boolean, redirects: boolean): ClientMetadata['grant_types'] {
  if (isPublic) return redirects ? ['authorization_code'] : ['refresh_token']
  return [
    ...(redirects ? (['authorization_code'] as const) : []),
    'refresh_token',
    'client_credentials',
  ]
}

function registered(metadata: ClientMetadata): RegisteredMetadata {
  const parsed = v.safeParse(clientMetadata(), metadata)
  if (!parsed.success) {
    const field = parsed.issues[0].path?.[0].key
    throw invalidRequest(`Invalid ${typeof field === 'string' ? field : 'client'}`)
  }
  const outcome = registerMetadata(parsed.output)
  if ('fault' in outcome) throw invalidRequest(`${outcome.field} ${outcome.fault}`)
  return outcome.metadata
}

/** Returns an optional member; null counts as absent. @throws invalid_request for another type */
function readText(sent: JsonObject, name: string): string | undefined {
  const value = sent[name] ?? undefined
  if (value === undefined || typeof value === 'string') return value
  throw invalidRequest(`${name} must be a string`)
}

function requireText(sent: JsonObject, name: 'name' | 'type' | 'description'): string {
  const text = readText(sent, name)
  if (text === undefined) throw invalidRequest(`client_${name} is null`)
  return text
}

function readType(sent: JsonObject): 'PUBLIC' | 'CONFIDENTIAL' {
  const type = requireText(sent, 'type')
  if (type === 'PUBLIC' || type === 'CONFIDENTIAL') return type
  throw invalidRequest('client_type must be PUBLIC or CONFIDENTIAL')
}

const isPublicUrl = (url: string): boolean =>
  isHttps(url) &&
  !isLoopbackHost(new URL(url).hostname) &&
  v.safeParse(clientMetadata(), { client_uri: url }).success

/** Returns the lifetime of refresh tokens in seconds; 0 counts as absent, as in Kustvakt. */
function readLifetime(sent: JsonObject, isPublic: boolean): number | undefined {
  const { refresh_token_expiry: seconds = null } = sent
  if (seconds === null || seconds === 0) return undefined
  if (isPublic) {
    throw invalidRequest('Custom refresh token expiry is only applicable for confidential clients')
  }
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 0) {
    throw invalidRequest('refresh_token_expiry must be a number of seconds')
  }
  if (seconds > longestRefreshToken) {
    throw invalidRequest(`Maximum refresh token expiry is ${longestRefreshToken} seconds (1 year)`)
  }
  return seconds
}

function readSource(
  sent: JsonObject,
  isPublic: boolean,
  url: string | undefined,
): JsonObject | undefined {
  const { source = null } = sent
  if (source === null) return undefined
  if (isPublic) throw invalidRequest('Only confidential plugins are supported.')
  if (url === undefined) throw new KustvaktRefusal(105, 'URL is required for plugins.', 'url')
  if (!isJsonObject(source)) throw invalidRequest('source must be a JSON object')
  if (utf8(JSON.stringify(source)).byteLength > longestSource) {
    throw invalidRequest(`source must have at most ${longestSource} bytes`)
  }
  return source
}
