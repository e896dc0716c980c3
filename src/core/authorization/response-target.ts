// Phase one of an authorization request: which client asks, and where its answer may go. Until both are
// proved, a refusal is shown on our own page and never sent to an address from the request.
// RFC 6749 3.1.2, 4.1.2.1.
import { invalidRequest } from '../../protocol/error.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { matchesRedirectUri } from '../../protocol/redirect-uri.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { type DocumentChange, findAskingClient } from '../clients/asking-client.ts'
import { keepForRequest } from '../clients/registration-use.ts'
import type { Client } from '../clients/storage.ts'

/** How an answer is sent; the last three carry it as one signed JWT (JARM 2.3). */
export const responseModes = [
  'query',
  'fragment',
  'form_post',
  'jwt',
  'query.jwt',
  'form_post.jwt',
] as const
export type ResponseMode = (typeof responseModes)[number]

/** The pushed request that an answer uses up (RFC 9126). `answerBy` is in seconds. */
export type PushedRequest = {
  /** Random: names the request until it is answered. */
  id: string
  answerBy: number
}

/** The client that asks, and the address that is proved for its answer. */
export type ResponseTarget = {
  client: Client
  /** How the client differs from what is stored of it. */
  documentChange: DocumentChange
  redirectUri: string
  /** Whether the request named the address; else it is the only one registered. */
  redirectUriNamed: boolean
  responseMode: ResponseMode
  state: string | undefined
  /** Null = the browser brought the request itself. */
  pushed: PushedRequest | null
}

/**
 * Proves which client asks and where its answer may go. RFC 6749 3.1.2, RFC 9700 2.1.
 * @param known the digest of the client's document that a screen was made for, and the pushed request
 * @throws invalid_request, too_many_requests, to be shown on our own page and never redirected
 */
export async function proveResponseTarget(
  as: AuthorizationServer,
  parameters: Parameters,
  { seen, pushed = null }: { seen?: string | undefined; pushed?: PushedRequest | null } = {},
): Promise<ResponseTarget> {
  return responseTargetOf(as, await namedClient(as, parameters, seen), parameters, pushed)
}

/** The client that a request names, and how its document differs from what is stored. */
export type NamedClient = Pick<ResponseTarget, 'client' | 'documentChange'>

/**
 * Returns the client that a request names.
 * @param seen the digest of the client's document that a screen was made for, if any
 * @throws invalid_request, too_many_requests, for our own page
 */
export async function namedClient(
  as: AuthorizationServer,
  parameters: Parameters,
  seen?: string,
): Promise<NamedClient> {
  refuseTwo(parameters, 'client_id')
  const clientId = parameters.get('client_id')
  if (clientId === undefined) {
    throw invalidRequest('the client_id is missing', { reason: 'client_missing' })
  }
  const { client, documentChange } = await findAskingClient(as, clientId, seen)
  if (client === null || client.disabledAt !== null) {
    throw invalidRequest('the client is not known', { reason: 'client_unknown' })
  }
  as.nameClient(client.id)
  return { client, documentChange }
}

// Of two copies, one could be checked and the other used.
function refuseTwo({ repeated }: Parameters, name: string): void {
  if (repeated?.has(name)) throw invalidRequest('a parameter is repeated')
}

/**
 * Returns where the answer to a request of this client may go, and keeps the client from being removed
 * while the request waits.
 * @throws invalid_request, for our own page
 */
export function responseTargetOf(
  as: AuthorizationServer,
  { client, documentChange }: NamedClient,
  parameters: Parameters,
  pushed: PushedRequest | null,
): ResponseTarget {
  refuseTwo(parameters, 'redirect_uri')
  const redirectUri = provenRedirectUri(client, parameters)
  keepForRequest(as, client)
  const mode = parameters.get('response_mode')
  return {
    client,
    documentChange,
    pushed,
    redirectUri,
    redirectUriNamed: parameters.has('redirect_uri'),
    // "The default Response Mode for the OAuth 2.0 code Response Type is the query encoding."
    responseMode: responseModes.find((one) => one === mode) ?? 'query',
    state: parameters.get('state'),
  }
}

function provenRedirectUri(client: Client, parameters: Parameters): string {
  const named = parameters.get('redirect_uri')
  const registered = client.metadata.redirect_uris
  if (named !== undefined) {
    if (matchesRedirectUri(named, registered)) return named
    throw invalidRequest('the redirect_uri is not registered for this client', {
      reason: 'redirect_uri_different',
    })
  }
  const [only, ...others] = registered
  // OpenID Connect Core 3.1.2.1 requires it; plain OAuth lets the only registered one stand in.
  const isOpenId = (parameters.get('scope') ?? '').split(' ').includes('openid')
  if (only === undefined || others.length > 0 || isOpenId) {
    throw invalidRequest('the redirect_uri is missing', { reason: 'redirect_uri_missing' })
  }
  return only
}
