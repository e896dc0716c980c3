// Kustvakt's token service: password (for super clients), refresh_token, client_credentials and
// authorization_code. It checks in Kustvakt's order: grant type, header, client, grant. Unlike
// Kustvakt, an access token stays valid until it expires when its grant is refreshed, and a token
// of client_credentials has no refresh token (RFC 6749 4.4.3) and always the scope client_info.
import { isConfidential, requireGrantType } from '../../core/clients/authentication.ts'
import type { Client } from '../../core/clients/storage.ts'
import { exchangeGrant } from '../../core/exchange/token.ts'
import { type Issued, withoutRefreshToken } from '../../core/tokens/issuance.ts'
import type { FaceContext } from '../../http/app.ts'
import { invalidRequest, invalidScope, unsupportedGrantType } from '../../protocol/error.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { parseScope, storedScope } from '../../protocol/scope.ts'
import { answered } from './answer.ts'
import { readParameters, requireClient } from './client.ts'

/** The grant types of the service and their required parameters. */
const wireGrants = {
  password: ['username', 'password'],
  refresh_token: ['refresh_token'],
  authorization_code: ['code'],
  client_credentials: [],
} as const

type WireGrant = keyof typeof wireGrants

const isWireGrant = (text: string): text is WireGrant => Object.hasOwn(wireGrants, text)

/** Grant types that are recognized and refused. */
const refusedGrantTypes = [
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
  'urn:ietf:params:oauth:grant-type:saml2-bearer',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:openid:params:grant-type:ciba',
]

/** The document's token response, with its order of members. */
type TokenAnswer = {
  access_token: string
  refresh_token?: string
  scope: string
  token_type: 'Bearer'
  /** Seconds. */
  expires_in: number
}

/** Returns the scope to request; undefined = the scope of the grant. */
function toScope(
  grantType: WireGrant,
  scope: string | undefined,
  client: Client,
): string | undefined {
  if (grantType === 'client_credentials') return 'client_info'
  if (grantType === 'password') return toRegisteredNames(scope ?? 'all', client)
  const narrows = grantType === 'refresh_token' && scope !== undefined
  return narrows ? toRegisteredNames(scope, client) : undefined
}

/**
 * Returns the scope names in the client's registered spelling, ignoring their case.
 * @throws invalid_scope
 */
export function toRegisteredNames(scope: string, client: Client): string {
  const registered = new Map(
    storedScope(client.metadata.scope).map((name) => [name.toLowerCase(), name]),
  )
  const names = parseScope(scope).map((name) => {
    const known = registered.get(name.toLowerCase())
    if (known === undefined) throw invalidScope('Invalid scope')
    return known
  })
  return names.join(' ')
}

function toTokenRequest(parameters: Parameters, grantType: WireGrant, client: Client): Parameters {
  const request = new Map(parameters)
  const scope = toScope(grantType, parameters.get('scope'), client)
  if (scope === undefined) request.delete('scope')
  else request.set('scope', scope)
  return request
}

const toTokenAnswer = (issued: Issued): TokenAnswer => ({
  access_token: issued.accessToken,
  ...(issued.refreshToken === undefined ? {} : { refresh_token: issued.refreshToken }),
  scope: issued.scope.join(' '),
  token_type: 'Bearer',
  expires_in: issued.expiresIn,
})

/** Answers `POST oauth2/token` (RFC 6749 3.2). */
export async function token(context: FaceContext): Promise<Response> {
  const parameters = await readParameters(context)
  const grantType = requireParameters(parameters)
  const needsSecret = grantType === 'client_credentials'
  if (needsSecret && !bringsSecret(context, parameters)) throw secretRequired()
  const client = await requireClient(context, parameters)
  if (!isWireGrant(grantType)) throw unsupportedGrantType(`${grantType} is not supported.`)
  if (needsSecret && !isConfidential(client)) throw secretRequired()
  // Only confidential clients get refresh tokens, so a public client cannot refresh here either.
  const served = isConfidential(client) ? client : withoutRefreshToken(client)
  // Whether the client may use the grant is checked before the scope.
  requireGrantType(served, grantType)
  const request = { parameters: toTokenRequest(parameters, grantType, served) }
  const issued = await exchangeGrant(context.env.as, served, request)
  return answered(JSON.stringify(toTokenAnswer(issued)))
}

/** Returns the grant type after checking its parameters. @throws invalid_request */
function requireParameters(parameters: Parameters): string {
  const grantType = parameters.get('grant_type')
  if (grantType === undefined) throw invalidRequest('Missing grant_type parameter')
  if (refusedGrantTypes.includes(grantType)) return grantType
  if (!isWireGrant(grantType)) {
    throw invalidRequest('the grant type is unknown', { reason: 'grant_type_unknown' })
  }
  const missing = wireGrants[grantType].find((name) => !parameters.has(name))
  if (missing !== undefined) throw invalidRequest(`Missing or empty ${missing} parameter`)
  return grantType
}

const bringsSecret = (context: FaceContext, parameters: Parameters): boolean =>
  context.req.header('Authorization') !== undefined || parameters.has('client_secret')

const secretRequired = () =>
  invalidRequest('Malformed client secret post authentication: Missing client_secret parameter')
