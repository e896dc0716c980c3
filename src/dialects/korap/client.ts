// Authenticates the client of a Kustvakt request, by header or body.
import { type ClientTolerance, authenticateClient } from '../../core/clients/authentication.ts'
import type { Client } from '../../core/clients/storage.ts'
import type { FaceContext } from '../../http/app.ts'
import { readClientCredentials } from '../../http/credentials.ts'
import { readForm } from '../../http/form.ts'
import { invalidRequest } from '../../protocol/error.ts'
import type { Parameters } from '../../protocol/parameters.ts'

/**
 * Reads the form. The document's example breaks its body before each ampersand, and curl sends
 * these line breaks unchanged, so they are removed from the end of each value.
 */
export async function readParameters(context: FaceContext): Promise<Parameters> {
  const sent = await readForm(context.req.raw)
  const parameters = new Map<string, string>()
  for (const [name, text] of sent) {
    const value = text.replace(/[\r\n]+$/, '')
    if (value !== '') parameters.set(name, value)
  }
  context.set('parameters', parameters)
  return parameters
}

// A header takes precedence over the body, any client with a secret can use either, and the secret
// of a public client is ignored.
const tolerance: ClientTolerance = {
  headerWins: true,
  anySecretMethod: true,
  ignoresSecretOfPublicClient: true,
}

/**
 * Authenticates the client.
 * @throws invalid_request (another scheme), invalid_client
 */
export async function requireClient(context: FaceContext, parameters: Parameters): Promise<Client> {
  const header = context.req.header('Authorization')
  if (header !== undefined && !/^basic\b/i.test(header)) {
    throw invalidRequest('HTTP authentication must be Basic')
  }
  const credentials = readClientCredentials(context.req.raw, parameters, tolerance)
  const { clientId } = credentials
  if (clientId !== undefined) {
    context.set('parameters', new Map([...parameters, ['client_id', clientId]]))
  }
  return authenticateClient(context.env.as, credentials, tolerance)
}
