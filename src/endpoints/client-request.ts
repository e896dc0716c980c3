// What the endpoints for clients have in common: a form and an authenticated client. RFC 6749 2.3, 3.2.
import { type FindClient, isUnnamed, proveClient } from '../core/clients/authentication.ts'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { Client } from '../core/clients/storage.ts'
import type { Spending } from '../core/server/storage.ts'
import type { FaceContext } from '../http/app.ts'
import { readClientCredentials } from '../http/credentials.ts'
import { readForm } from '../http/form.ts'
import type { ParameterRules, Parameters } from '../protocol/parameters.ts'

/**
 * What a posted form asks, who asks, and what the proof of that spends: the endpoint has to spend it.
 */
type ClientRequest = {
  client: Client
  parameters: Parameters
  spends: readonly Spending[]
}

/** Which client a request stands for that names none; null = none does. */
type ClientOfGrant = (as: AuthorizationServer, parameters: Parameters) => Promise<Client | null>

/**
 * Reads a posted form and proves which client sent it. Where the form names no client, `clientOfGrant`
 * may find it by the grant that the form presents. `findClient` looks up a client that is named
 * (default: the stored clients).
 * @throws invalid_request, request_too_large, invalid_client, temporarily_unavailable
 */
export async function readClientRequest(
  context: FaceContext,
  rules?: ParameterRules,
  clientOfGrant: ClientOfGrant = async () => null,
  findClient?: FindClient,
): Promise<ClientRequest> {
  const parameters = await readForm(context.req.raw, rules)
  return clientRequestOf(context, parameters, clientOfGrant, findClient)
}

/**
 * Authenticates the client of a form that was read before.
 * @throws as `readClientRequest`
 */
export async function clientRequestOf(
  context: FaceContext,
  parameters: Parameters,
  clientOfGrant: ClientOfGrant,
  findClient?: FindClient,
): Promise<ClientRequest> {
  const credentials = readClientCredentials(context.req.raw, parameters)
  const { as } = context.env
  const implied = isUnnamed(credentials) ? await clientOfGrant(as, parameters) : null
  const { client, spends = [] } =
    implied === null ? await proveClient(as, credentials, {}, findClient) : { client: implied }
  context.set('corsClient', client)
  return { client, parameters, spends }
}
