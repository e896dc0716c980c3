// What the registration endpoints do with a request. RFC 7591 3, RFC 7592 2.
import { addressPrefix } from '../core/people/address.ts'
import {
  deleteRegistration,
  replaceRegistration,
  requireRegisteredClient,
  showRegistration,
} from '../core/clients/registration-management.ts'
import { selfDescriptionOf } from '../core/clients/registration-metadata.ts'
import {
  type Registration,
  readRegistration,
  registerClient,
  requireInitialAccessToken,
} from '../core/clients/registration.ts'
import { requireReachable } from '../federation/registered-addresses.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { readBearer } from '../http/credentials.ts'
import { type JsonObject, readJsonBody } from '../http/json.ts'
import { invalidClientMetadata, invalidToken } from '../protocol/error.ts'

/** Where clients register; their registrations are below it. */
export const registrationPath = '/oauth2/register'

/**
 * Registers a client. RFC 7591 3.
 * @throws invalid_token, invalid_redirect_uri, invalid_client_metadata, invalid_software_statement,
 *   unapproved_software_statement, too_many_requests
 */
export async function register(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const bearer = bearerOf(context)
  if (bearer === undefined && as.settings.registration.mode === 'token') return unauthorized()
  const token = await requireInitialAccessToken(as, bearer)
  const described = await readRegistration(as, await readDocument(context), token)
  await requireReachable(as, described.metadata, token !== null)
  const registered = await registerClient(as, described, token, addressPrefix(as.address))
  return context.json(registrationAnswer(as.issuer, registered), 201, noStore)
}

/**
 * Shows a client its registration. RFC 7592 2.1.
 * @throws invalid_token
 */
export async function show(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const bearer = bearerOf(context)
  if (bearer === undefined) return unauthorized()
  const registered = await showRegistration(as, clientIdOf(context), bearer)
  return context.json(registrationAnswer(as.issuer, registered), 200, noStore)
}

/**
 * Replaces the metadata of a client. RFC 7592 2.2.
 * @throws invalid_token, invalid_redirect_uri, invalid_client_metadata
 */
export async function replace(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const bearer = bearerOf(context)
  if (bearer === undefined) return unauthorized()
  const client = await requireRegisteredClient(as, clientIdOf(context), bearer)
  const document = await readDocument(context)
  const described = await readRegistration(as, document, client.registrationLimits)
  await requireReachable(as, described.metadata, client.registrationLimits !== null)
  const replaced = await replaceRegistration(as, client, bearer, document, described)
  return context.json(registrationAnswer(as.issuer, replaced), 200, noStore)
}

/**
 * Deletes a client and ends everything that it was given. RFC 7592 2.3.
 * @throws invalid_token
 */
export async function remove(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const bearer = bearerOf(context)
  if (bearer === undefined) return unauthorized()
  await deleteRegistration(as, clientIdOf(context), bearer)
  return context.body(null, 204, noStore)
}

const clientIdOf = ({ req }: FaceContext): string => req.param('client_id') ?? ''

/** Returns the bearer token of the request; undefined if there is none. @throws invalid_token */
function bearerOf({ req }: FaceContext): string | undefined {
  const bearer = readBearer(req.raw)
  if (bearer === 'malformed') throw invalidToken('the Authorization header is not a Bearer token')
  return bearer === 'none' ? undefined : bearer.token
}

/**
 * "If the request lacks any authentication information ..., the resource server SHOULD NOT include an
 * error code or other error information." RFC 6750 3.1
 */
const unauthorized = (): Response =>
  new Response(null, {
    status: 401,
    headers: { ...noStore, 'WWW-Authenticate': 'Bearer realm="postern"' },
  })

/** Returns the metadata in the body. @throws invalid_client_metadata (400, 415), request_too_large */
const readDocument = ({ req }: FaceContext): Promise<JsonObject> =>
  readJsonBody(req.raw, 'the metadata', invalidClientMetadata)

/** RFC 7591 3.2.1, RFC 7592 3. */
const registrationAnswer = (
  issuer: string,
  { client, secret, registrationToken }: Registration,
) => ({
  client_id: client.id,
  client_id_issued_at: Math.floor(client.createdAt),
  // A secret is said once: only its digest is stored.
  ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
  registration_access_token: registrationToken,
  registration_client_uri: `${issuer}${registrationPath}/${client.id}`,
  ...selfDescriptionOf(client.metadata),
  // "its value MUST be returned unmodified in the response". RFC 7591 3.2.1
  ...(client.softwareStatement === null ? {} : { software_statement: client.softwareStatement }),
})
