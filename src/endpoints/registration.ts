// Dynamic client registration (RFC 7591).
import { isConfidential } from '../core/clients/authentication.ts'
import { selfDescriptionOf } from '../core/clients/registration-metadata.ts'
import type { Registration } from '../core/clients/registration.ts'
import { addressPrefix } from '../core/people/address.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { readBearer } from '../http/credentials.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { mediaType, readText } from '../http/form.ts'
import { type JsonObject, readJsonObject } from '../http/json.ts'
import { invalidClientMetadata, invalidToken } from '../protocol/error.ts'
import { renderResourceError } from './error.ts'

const path = '/oauth2/register'

/** Where clients register; absent where REGISTRATION is `closed`. */
export const registrationEndpoint: EndpointGroup = {
  renderError: renderResourceError,
  readableBy: 'anyone',
  endpoints: [{ path, metadata: 'registration_endpoint', handlers: { POST: register } }],
}

// Most isolates never register a client: their first answer does not wait for this.
const registration = () => import('../core/clients/registration.ts')

async function register(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const { requireInitialAccessToken, readRegistration, registerClient } = await registration()
  const token = bearerOf(context)
  if (token === undefined && as.settings.registration.mode === 'token') return unauthorized()
  const allowed = await requireInitialAccessToken(as, token)
  const metadata = readRegistration(await readDocument(context), allowed)
  const registered = await registerClient(as, metadata, allowed, addressPrefix(as.address))
  return context.json(registrationAnswer(as.issuer, registered), 201, noStore)
}

/** The bearer token of the request; undefined if there is none. @throws invalid_token */
function bearerOf(context: FaceContext): string | undefined {
  const bearer = readBearer(context.req.raw)
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

/** The metadata in the body. @throws invalid_client_metadata (400, 415), request_too_large */
async function readDocument({ req }: FaceContext): Promise<JsonObject> {
  if (mediaType(req.raw) !== 'application/json') {
    const detail = 'send the metadata as JSON, with the header Content-Type: application/json'
    throw invalidClientMetadata(detail, { status: 415 })
  }
  const read = readJsonObject(await readText(req.raw))
  if ('object' in read) return read.object
  const [fault] = read.faults
  throw invalidClientMetadata(`the body ${fault?.detail ?? 'is not valid'}`)
}

/** RFC 7591 3.2.1. */
const registrationAnswer = (
  issuer: string,
  { client, secret, registrationToken }: Registration,
) => {
  return {
    client_id: client.id,
    client_id_issued_at: Math.floor(client.createdAt),
    ...(secret === undefined ? {} : { client_secret: secret }),
    ...(isConfidential(client) ? { client_secret_expires_at: 0 } : {}),
    registration_access_token: registrationToken,
    registration_client_uri: `${issuer}${path}/${client.id}`,
    ...selfDescriptionOf(client.metadata),
  }
}
