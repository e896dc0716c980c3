// The logout that a client asks for. OpenID Connect RP-Initiated Logout 1.0.
import { invalidRequest } from '../../protocol/error.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Client } from '../clients/storage.ts'
import type { SessionStanding } from '../people/storage.ts'
import { type IdTokenHint, readIdTokenHint } from '../tokens/id-token.ts'
import { subjectFor } from '../tokens/subject.ts'
import { checkLength } from './request.ts'
import { SealedFacts } from './sealed-facts.ts'

/** A logout request, proved. */
export type LogoutRequest = {
  client: Client | null
  hint: IdTokenHint | null
  /** The address to go to afterwards, with `state`; null = stay on our page. */
  redirect: string | null
}

/**
 * Reads and proves a logout request (RP-Initiated Logout 1.0, 2). A request that names an address to go
 * to must prove a client for which that very address is registered.
 * @throws invalid_request, shown on our page: nobody is signed out and nobody redirected
 */
export async function readLogoutRequest(
  as: AuthorizationServer,
  parameters: Parameters,
): Promise<LogoutRequest> {
  checkLength(keptOf(parameters))
  const hint = await readHint(as, parameters)
  const clientId = parameters.get('client_id') ?? hint?.audience
  // "When both client_id and id_token_hint are present, the OP MUST verify that the Client
  // Identifier matches the one used when issuing the ID Token."
  if (hint !== null && clientId !== hint.audience) {
    throw invalidRequest('the client_id is not the one of the id_token_hint')
  }
  const client = clientId === undefined ? null : await as.clients.find(clientId, as.now)
  if (clientId !== undefined && (client === null || client.disabledAt !== null)) {
    throw invalidRequest('the client is not known')
  }
  return { client, hint, redirect: provenRedirect(client, parameters) }
}

/** Returns the parameters that are kept until the person has answered; anyone can send a link. */
const keptOf = (parameters: Parameters): Parameters =>
  new Map(
    [...parameters].filter(([name]) =>
      ['post_logout_redirect_uri', 'state', 'ui_locales'].includes(name),
    ),
  )

async function readHint(
  as: AuthorizationServer,
  parameters: Parameters,
): Promise<IdTokenHint | null> {
  const [hintText, sealed] = [parameters.get('id_token_hint'), parameters.get('proved_hint')]
  if (hintText === undefined && sealed === undefined) return null
  const hint =
    hintText === undefined
      ? await provedHints.open(as, sealed ?? '')
      : await readIdTokenHint(as, hintText)
  if (hint === null) throw invalidRequest('the id_token_hint is not an ID token of this server')
  return hint
}

const provedHints = new SealedFacts<IdTokenHint>({
  purpose: 'logout hint',
  format: 'hint 1',
  prefix: '',
})

/**
 * Returns a logout request in as few characters as possible: without parameters that mean nothing here,
 * and with the sealed facts of the hint instead of the ID token. An ID token can have any length, an
 * address cannot.
 */
export async function shortened(
  as: AuthorizationServer,
  parameters: Parameters,
  { client, hint }: LogoutRequest,
): Promise<URLSearchParams> {
  const short = new URLSearchParams([...keptOf(parameters)])
  if (client !== null) short.set('client_id', client.id)
  if (hint !== null) short.set('proved_hint', await provedHints.seal(as, hint))
  return short
}

function provenRedirect(client: Client | null, parameters: Parameters): string | null {
  const uri = parameters.get('post_logout_redirect_uri')
  if (uri === undefined) return null
  // "its value MUST have been previously registered": compared as text, nothing normalised.
  if (client === null || !client.metadata.post_logout_redirect_uris.includes(uri)) {
    throw invalidRequest('the post_logout_redirect_uri is not registered for this client')
  }
  const state = parameters.get('state')
  if (state === undefined) return uri
  return `${uri}${uri.includes('?') ? '&' : '?'}state=${encodeURIComponent(state)}`
}

/** Returns whether the hint is about this very session: then the person need not be asked. */
export async function isAboutSession(
  { client, hint }: LogoutRequest,
  { session, user }: SessionStanding,
): Promise<boolean> {
  if (hint === null || client === null) return false
  if (hint.sessionId !== undefined) return hint.sessionId === session.id
  return hint.subject === (await subjectFor(client, user))
}
