// Signed requests: a client signs the parameters of its authorization request, so that nobody on the
// way can change them. RFC 9101, OpenID Connect Core 6.
import { foreignHeader, unprovedClaims, verifiedClaims } from '../../crypto/foreign-token.ts'
import type { Claims } from '../../crypto/jwt.ts'
import { OAuthError, invalidRequest, invalidRequestObject } from '../../protocol/error.ts'
import { once } from '../../protocol/once.ts'
import { type Parameters, isRepeatable, parseParameters } from '../../protocol/parameters.ts'
import * as v from '../../protocol/schema.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { algorithmsOf, expiryLeeway, futureLeeway } from '../clients/assertion.ts'
import { keysOfClient } from '../clients/key-sets.ts'
import { isFapi2, longestRequestObject } from '../clients/profile.ts'
import type { Client } from '../clients/storage.ts'
import { checkLength } from './request.ts'

const objectClaims = once(() =>
  v.looseObject({
    iss: v.string(),
    aud: v.union([v.string(), v.array(v.string())]),
    client_id: v.string(),
    exp: v.optional(v.number()),
    nbf: v.optional(v.number()),
    iat: v.optional(v.number()),
    // "request and request_uri parameters MUST NOT be included in Request Objects." RFC 9101 4
    request: v.optional(v.never()),
    request_uri: v.optional(v.never()),
  }),
)
type ObjectClaims = v.InferOutput<ReturnType<typeof objectClaims>>

/** Claims that are about the object itself (RFC 7519 4.1). Every other claim is a parameter. */
const aboutObject = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti']

/**
 * Returns the parameters of a request that count: those of its signed request object or, if it has
 * none, those that were sent. "The Authorization Server MUST only use the parameters in the Request
 * Object, even if the same parameter is provided in the query parameter." RFC 9101 6.3
 * @throws invalid_request if the client must sign its requests and did not; request_not_supported for a
 *   client without keys; invalid_request_object; temporarily_unavailable if the keys cannot be fetched
 */
export async function signedParameters(
  as: AuthorizationServer,
  client: Client,
  sent: Parameters,
): Promise<Parameters> {
  const request = sent.get('request')
  // An unsupported request_uri and a repeated request are refused with the other parameters.
  if (request === undefined || sent.has('request_uri')) {
    requireSignature(client, request)
    return sent
  }
  // The claim proves nothing yet, but the keys of this client cannot prove it.
  const named = unprovedClaims(request)?.['client_id']
  if (named !== undefined && named !== client.id) {
    throw invalidRequestObject('the client_id is not that of the request object', {
      reason: 'client_different',
    })
  }
  const parameters = parametersIn(await readRequestObject(as, client, request))
  checkLength(parameters)
  return parameters
}

/**
 * Holds a client to signing its requests if it is registered for that. `request` is its request object.
 * @throws invalid_request, for the client
 */
export function requireSignature({ metadata }: Client, request: string | undefined): void {
  if (metadata.require_signed_request_object !== true || request !== undefined) return
  throw invalidRequest('the client must sign its authorization requests (RFC 9101)')
}

/** Verifies a request object. RFC 9101 6, 10.8. */
async function readRequestObject(
  as: AuthorizationServer,
  client: Client,
  text: string,
): Promise<Claims> {
  const keys = keysOfClient(as, client)
  if (keys === null) {
    const description = 'the client has registered no key to sign a request with'
    throw new OAuthError('request_not_supported', description)
  }
  const header = foreignHeader(text, {
    algorithms: algorithmsOf(client, client.metadata.request_object_signing_alg),
    types: ['oauth-authz-req+jwt', 'jwt'],
  })
  if (header === null) throw refused('is not a JWT with an acceptable header (alg, typ)')
  const claims = await verifiedClaims(text, header, keys)
  if (claims === null) throw refused('is not signed by a registered key of the client')
  const parsed = v.safeParse(objectClaims(), claims)
  if (!parsed.success) {
    const name = String(parsed.issues[0].path?.[0].key)
    throw refused(`has a missing, malformed or forbidden claim: ${name}`)
  }
  const fault = objectFault(as, client, parsed.output)
  if (fault !== null) throw refused(fault)
  return claims
}

function objectFault(
  as: AuthorizationServer,
  client: Client,
  { iss, aud, sub, client_id, exp = Infinity, nbf = 0, iat = 0 }: ObjectClaims,
): string | null {
  if (client_id !== client.id) return 'has a client_id claim that is not the client_id'
  if (iss !== client.id) return 'has an iss claim that is not the client_id'
  // An array may contain other servers: an object authenticates nobody, so that they gain nothing by
  // it. FAPI 2.0 Message Signing 5.3.1
  if (![aud].flat().some((name) => as.ownIssuers.includes(name))) {
    return 'has an aud claim without the issuer'
  }
  // A client assertion says just that, and is sent to more places. RFC 9101 10.8
  if (sub === client.id) return 'is a client assertion: its sub claim is the client_id'
  if (exp <= as.now - expiryLeeway) return 'has expired: see its exp claim'
  if (nbf > as.now + futureLeeway) return 'is not valid yet: see its nbf claim'
  if (iat > as.now + futureLeeway) return 'has an iat claim in the future'
  // Without nbf or exp, both differences are endless.
  const isBrief = as.now - nbf <= longestRequestObject && exp - nbf <= longestRequestObject
  if (isFapi2(client) && !isBrief)
    return 'is good for more than an hour: see its nbf and exp claims'
  return null
}

/** Returns the claims as the parameters that they stand for, read as strictly as if they were sent. */
function parametersIn(claims: Claims): Parameters {
  const pairs = Object.entries(claims)
    .filter(([name]) => !aboutObject.includes(name))
    .flatMap(([name, value]) =>
      isRepeatable(name) && Array.isArray(value)
        ? value.map((one: unknown) => [name, textOf(one)])
        : [[name, textOf(value)]],
    )
  return parseParameters(new URLSearchParams(pairs).toString(), { mayRepeat: isRepeatable })
}

// "Parameter names and string values MUST be included as JSON strings ... Numerical values MUST be
// included as JSON numbers"; claims and authorization_details are JSON as they are. RFC 9101 4
function textOf(value: unknown): string {
  if (value === null) throw refused('has a parameter without a value')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const refused = (fault: string): OAuthError => invalidRequestObject(`the request object ${fault}`)
