// What token, introspection and revocation have in common: a form and an authenticated client.
// RFC 6749 2.3, 3.2.
import { authenticateClient } from '../core/clients/authentication.ts'
import type { Client } from '../core/clients/storage.ts'
import type { FaceContext } from '../http/app.ts'
import { readClientCredentials } from '../http/credentials.ts'
import { readForm } from '../http/form.ts'
import type { ParameterRules, Parameters } from '../protocol/parameters.ts'

/**
 * The client that a posted form proves, and what it asks.
 * @throws invalid_request, request_too_large, invalid_client
 */
export async function readClientRequest(
  context: FaceContext,
  rules?: ParameterRules,
): Promise<{ client: Client; parameters: Parameters }> {
  const parameters = await readForm(context.req.raw, rules)
  const credentials = readClientCredentials(context.req.raw, parameters)
  const client = await authenticateClient(context.env.as, credentials)
  context.set('corsClient', client)
  return { client, parameters }
}
