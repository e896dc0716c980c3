// Authenticates the super client that asks on behalf of a user, by two parameters of their own names.
import type { AuthorizationServer } from '../../core/authorization-server.ts'
import {
  type ClientTolerance,
  authenticateClient,
  readCredentials,
} from '../../core/clients/authentication.ts'
import { isFirstParty } from '../../core/clients/first-party.ts'
import type { Client } from '../../core/clients/storage.ts'
import type { FaceContext } from '../../http/app.ts'
import {
  OAuthError,
  invalidClient,
  invalidRequest,
  unauthorizedClient,
} from '../../protocol/error.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { KustvaktRefusal, requireParameter } from './error.ts'

/** How a service words the refusals that differ from service to service. */
export type SuperWords = {
  /** Returns a parameter. @throws if it is missing */
  require: (parameters: Parameters, name: string) => string
  /** Creates the refusal of a client that is not super. */
  notSuper: () => OAuthError
}

/** Words in OAuth's format. */
export const oauthWords = (description: string): SuperWords => ({
  require(parameters, name) {
    const value = parameters.get(name)
    if (value === undefined) throw invalidRequest(`Missing parameter: ${name}`)
    return value
  },
  notSuper: () => unauthorizedClient(description),
})

/** Words in Kustvakt's own format. */
export const kustvaktWords: SuperWords = {
  require: requireParameter,
  notSuper: () => new KustvaktRefusal(1803, null, null),
}

/** The super client's credentials. @throws what the words say of a missing parameter */
export const readSuperCredentials = (parameters: Parameters, words: SuperWords): Parameters =>
  new Map([
    ['client_id', words.require(parameters, 'super_client_id')],
    ['client_secret', words.require(parameters, 'super_client_secret')],
  ])

/**
 * Authenticates the super client of a request.
 * @throws invalid_client, and what the words say of a client that is not super
 */
export async function requireSuperClient(
  { env: { as } }: FaceContext,
  credentials: Parameters,
  words: SuperWords,
): Promise<Client> {
  const client = await authenticated(as, credentials)
  if (!isFirstParty(client)) throw words.notSuper()
  return client
}

// Any client with a secret can use the body.
const tolerance: ClientTolerance = { anySecretMethod: true }

async function authenticated(as: AuthorizationServer, sent: Parameters): Promise<Client> {
  try {
    const credentials = readCredentials({ authorization: null, parameters: sent }, tolerance)
    return await authenticateClient(as, credentials, tolerance)
  } catch (thrown) {
    if (!(thrown instanceof OAuthError) || thrown.code !== 'invalid_client') throw thrown
    // Without the reason, whose words would repeat another parameter.
    throw invalidClient('Invalid super_client credentials')
  }
}
