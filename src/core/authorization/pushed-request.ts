// Pushed authorization requests: a client sends its request itself, and the browser brings a reference
// to it. Like a code, the reference is the request, sealed: pushing one writes nothing. RFC 9126.
import { digestOf, randomSecret } from '../../crypto/secret.ts'
import { invalidRequest, invalidRequestUri, requestTooLarge } from '../../protocol/error.ts'
import {
  type Parameters,
  encodeParameters,
  isRepeatable,
  parseParameters,
} from '../../protocol/parameters.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { scopeOfSignIn } from '../clients/first-party.ts'
import { scopeOf } from '../clients/scope.ts'
import type { Client } from '../clients/storage.ts'
import { spendInMemory } from '../server/spending.ts'
import type { Spending } from '../server/storage.ts'
import type { Confirmation } from '../tokens/storage.ts'
import { grantScopeAt } from '../tokens/target.ts'
import { authorizationGoal } from './goal.ts'
import { signedParameters } from './request-object.ts'
import { isTooLong } from './request.ts'
import { type PushedRequest, type ResponseTarget, responseTargetOf } from './response-target.ts'
import { SealedFacts } from './sealed-facts.ts'
import { checkSignInRequest } from './steps/login.ts'

const prefix = 'urn:ietf:params:oauth:request_uri:'

/** Seconds in which the browser must bring the reference. */
const lifetime = 300

/** Characters of the reference to a request that must not be parked. */
const longestUnparked = 5_500

/** The facts that a reference carries. Instants in seconds. */
type Facts = PushedRequest & {
  clientId: string
  /** The parameters, form-encoded, without the credentials of the client. */
  query: string
  /** Until then the browser must bring the reference. */
  expiresAt: number
}

const references = new SealedFacts<Facts>({
  purpose: 'pushed request',
  format: 'pushed request 1',
  prefix: 'r_',
  parkedPrefix: 'p_',
})

/** What the request proves about its sender, and what it spends. */
type Sender = {
  confirmation: Confirmation | undefined
  /**
   * Whether the request may write rows: not that of a public client, nor of one whose document nobody
   * has agreed to. Anyone can send those, with keys and proofs of their own making.
   */
  mayWrite: boolean
  spends: readonly Spending[]
}

/**
 * Judges a request as the authorization endpoint would and returns the reference to it. `expiresIn` is
 * in seconds.
 * @throws what the authorization endpoint would tell the client or the person, and the refusal of an
 *   identifier that was spent before; request_too_large; temporarily_unavailable
 */
export async function pushRequest(
  as: AuthorizationServer,
  client: Client,
  sent: Parameters,
  { confirmation, mayWrite, spends }: Sender,
): Promise<{ requestUri: string; expiresIn: number }> {
  // "The request_uri parameter is one exception, and it MUST NOT be provided." RFC 9126 2.1
  if (sent.has('request_uri')) throw invalidRequest('a request_uri cannot be pushed')
  const counting = await signedParameters(as, client, sent)
  const parameters = boundTo(confirmation, withoutCredentials(client, counting))
  if (isTooLong(parameters)) throw requestTooLarge('the request is longer than 8192 bytes')
  const expiresAt = as.now + lifetime
  const answerBy = expiresAt + as.settings.lifetimes.interaction
  const pushed = { id: randomSecret(16), answerBy }
  const target = responseTargetOf(as, { client, documentChange: 'none' }, parameters, pushed)
  await checkRequest(as, target, parameters)
  const query = encodeParameters(parameters)
  const facts = { ...pushed, clientId: client.id, query, expiresAt }
  const reference = mayWrite
    ? await references.sealOrPark(as, facts, expiresAt, spends)
    : await sealUnparked(as, facts, spends)
  as.log({ event: 'request pushed', client_id: client.id })
  return { requestUri: prefix + reference, expiresIn: lifetime }
}

/** Judges what the browser will ask for, as far as it does not depend on the person. */
async function checkRequest(
  as: AuthorizationServer,
  target: ResponseTarget,
  parameters: Parameters,
): Promise<void> {
  const { client } = target
  const { request } = await authorizationGoal(as, target, parameters)
  const scope = grantScopeAt(request.targets, request.scope, scopeOf(client), null)
  scopeOfSignIn(as, client, scope)
  await checkSignInRequest(as, request)
}

const credentials = ['client_secret', 'client_assertion', 'client_assertion_type']

const withoutCredentials = (client: Client, sent: Parameters): Parameters =>
  withSingle(sent, [
    ...[...sent].filter(([name]) => !credentials.includes(name)),
    ['client_id', client.id],
  ])

const withSingle = ({ repeated }: Parameters, single: [string, string][]): Parameters =>
  repeated === undefined ? new Map(single) : Object.assign(new Map(single), { repeated })

/**
 * Binds the request to the key that its sender proves, as the parameter dpop_jkt would (RFC 9449 10.1).
 * @throws invalid_request if the two differ
 */
function boundTo(confirmation: Confirmation | undefined, parameters: Parameters): Parameters {
  if (confirmation === undefined || !('jkt' in confirmation)) return parameters
  const { jkt } = confirmation
  if ((parameters.get('dpop_jkt') ?? jkt) !== jkt) {
    throw invalidRequest('the dpop_jkt is not that of the key that the DPoP proof proves')
  }
  return withSingle(parameters, [...parameters, ['dpop_jkt', jkt]])
}

/**
 * Seals the facts and writes nothing. A proof of possession that another isolate takes again only binds
 * one more request to the same key.
 * @throws request_too_large, the refusal of an identifier that was spent before
 */
async function sealUnparked(
  as: AuthorizationServer,
  facts: Facts,
  spends: readonly Spending[],
): Promise<string> {
  const reference = await references.seal(as, facts)
  if (reference.length > longestUnparked) {
    throw requestTooLarge('the request is too long for a client that does not authenticate')
  }
  spendInMemory(as, spends)
  return reference
}

/** A request as a browser brought it, or as its reference carried it. */
type BroughtRequest = { parameters: Parameters; pushed: PushedRequest | null }

/**
 * Returns the request that a browser brings: its parameters, or those behind its `request_uri`. "The
 * Authorization Server MUST only use the parameters in the Request Object" (RFC 9101 6.3), so of the
 * others `client_id` alone counts.
 * @throws invalid_request_uri for a reference that is unknown, expired or of another client
 */
export async function broughtRequest(
  as: AuthorizationServer,
  sent: Parameters,
): Promise<BroughtRequest> {
  // A reference that is repeated refers to nothing.
  if (sent.repeated?.has('request_uri')) throw invalidRequest('a parameter is repeated')
  const requestUri = sent.get('request_uri')
  if (requestUri?.startsWith(prefix) !== true) return { parameters: sent, pushed: null }
  const facts = await references.open(as, requestUri.slice(prefix.length))
  if (facts === null) throw invalidRequestUri('the request_uri is unknown')
  if (facts.clientId !== sent.get('client_id')) {
    throw invalidRequestUri('the request_uri is not that of the client_id')
  }
  if (facts.expiresAt <= as.now) throw invalidRequestUri('the request_uri has expired')
  const { id, answerBy, query } = facts
  const parameters = parseParameters(query, { mayRepeat: isRepeatable })
  return { parameters, pushed: { id, answerBy } }
}

/**
 * Rejects a pushed request that was answered before, so that nobody signs in for it in vain. `useUp`
 * decides.
 * @throws invalid_request_uri, for our own page
 */
export async function requireUnanswered(
  as: AuthorizationServer,
  pushed: PushedRequest | null,
): Promise<void> {
  if (pushed === null) return
  const use = await as.store.usedIdentifiers.findUse(await markOf(pushed))
  if (use !== null) throw answeredBefore()
}

/** Seconds in which a second answer to one screen is a person who clicks twice. */
const doubleClick = 5

/**
 * Uses up the pushed request of an answer (a code, a denial or an error), which nobody may see before this. D1
 * decides which of several answers to one request counts. A page that is only looked at uses nothing
 * up, so that reloading it, going back or a second tab do no harm (FAPI 2.0 5.3.2.2, note 3).
 *
 * `screenId` is the screen that the browser has just answered. Whoever clicks twice gets the answer
 * twice, because their browser waits for the second one alone. The codes of one request redeem once.
 * @throws invalid_request_uri, for our own page
 */
export async function useUp(
  as: AuthorizationServer,
  { pushed }: Pick<ResponseTarget, 'pushed'>,
  screenId?: string,
): Promise<void> {
  if (pushed === null) return
  const digest = await markOf(pushed)
  const screen = screenId === undefined ? randomSecret(16) : await digestOf(screenId)
  const { now } = as
  const answer = { digest, expiresAt: pushed.answerBy, operation: `${screen} ${now}`, now }
  if (await as.store.usedIdentifiers.use(answer)) return
  const use = await as.store.usedIdentifiers.findUse(digest)
  const [usedBy, usedAt] = use?.operation?.split(' ') ?? []
  if (usedBy !== screen || now - Number(usedAt) > doubleClick) throw answeredBefore()
}

const markOf = ({ id }: PushedRequest): Promise<string> => digestOf(`par:${id}`)

const answeredBefore = () => invalidRequestUri('the request was answered before')
