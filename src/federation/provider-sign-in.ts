// Sign-in at a provider. The browser leaves with PKCE, a nonce and a state that only this browser can
// bring back, and returns with a code that is proved before any claim is believed. OpenID Connect Core
// 3.1.2, RFC 7636, RFC 9207, RFC 9700 4.4.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { noteRefusedSignIn } from '../core/people/refused-sign-in.ts'
import { type ProvedUser, provedByProvider } from '../core/people/sign-in.ts'
import type { SessionStanding, User } from '../core/people/storage.ts'
import { habitsOf } from '../core/providers/presets.ts'
import type { Provider } from '../core/providers/storage.ts'
import { digestOf, randomSecret } from '../crypto/secret.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { endpointsOf } from './discovery.ts'
import { isIssuerOf } from './microsoft.ts'
import { OutboundError } from './outbound.ts'
import { type AccountRefusal, accountOf, linkTo, mayCome } from './provider-account.ts'
import { type BroughtBack, proveIdentity } from './provider-identity.ts'
import { type Journey, type Purpose, endJourney, sealJourney } from './journey.ts'

/** A browser about to leave for a provider. */
type Departure = {
  providerId: string
  browserSecret: string
  purpose: Purpose
  loginHint?: string | undefined
  /** Age in seconds that the sign-in at the provider may have; 0 = a new one, null = any age. */
  maxAge: number | null
}

export type SignInRefusal = AccountRefusal | 'denied' | 'unavailable' | 'expired'

/** A refusal, with the name that the person knows the provider by. */
export type Refused = { outcome: 'refused'; reason: SignInRefusal; label: string }

/** What a return amounts to. `lost` = it is not known what this browser was sent for. */
type Return =
  | { outcome: 'lost' }
  | (Refused & { purpose: Purpose })
  | { outcome: 'proved'; proved: ProvedUser; screen: string }
  | { outcome: 'linked' }

/**
 * The addresses that providers send browsers back to. They are registered there, so they never change.
 */
export const callbackPath = '/login/callback/'

/**
 * Returns the redirect URI of a provider. Each provider has its own, so that an answer of one can never
 * be taken for another's, even if providers do not name themselves (RFC 9700 4.4.2.2).
 */
export const callbackOf = (as: AuthorizationServer, providerId: string): string =>
  `${as.issuer}${callbackPath}${providerId}`

/** A browser that leaves: its destination, and what it carries until it returns with `state`. */
export type Sent = { outcome: 'sent'; location: string; state: string; journey: string }

/**
 * Prepares an authorization request to a provider (OpenID Connect Core 3.1.2.1). Null = no such
 * provider can sign people in.
 */
export async function beginProviderSignIn(
  as: AuthorizationServer,
  departure: Departure,
): Promise<Sent | Refused | null> {
  const provider = await signInProvider(as, departure.providerId)
  if (provider === null) return null
  try {
    const { authorization_endpoint: address } = await endpointsOf(as, provider.configuration)
    return await sent(as, provider, address, departure)
  } catch (failure) {
    return refuse(as, provider, departure.purpose, 'unavailable', faultOf(failure))
  }
}

/** A browser that returns to the redirect URI of a provider. */
type Arrival = {
  providerId: string
  parameters: Parameters
  browserSecret: string | undefined
  /** The journey that the browser carries for this state; '' = none. */
  journey: string
  /** The session of the browser. Only the session that asked for a link can complete it. */
  standing: SessionStanding | null
  sessionSecret: string | undefined
  /** The language of the mail about a new link, if the user has chosen none. */
  language: string
}

/**
 * Judges the answer that a browser brings back (OpenID Connect Core 3.1.2.5 to 3.1.3.7) and finds,
 * links or creates the account.
 */
export async function completeProviderSignIn(
  as: AuthorizationServer,
  arrival: Arrival,
): Promise<Return> {
  const { providerId, parameters, standing, sessionSecret, language } = arrival
  const state = parameters.get('state')
  const journey = await endJourney(as, state, arrival.browserSecret, arrival.journey)
  if (journey === null || journey.providerId !== providerId) return { outcome: 'lost' }
  const provider = await signInProvider(as, journey.providerId)
  if (provider === null) return { outcome: 'lost' }
  const { purpose } = journey
  const refused = (reason: SignInRefusal, fault: string) => ({
    ...refuse(as, provider, purpose, reason, fault),
    purpose,
  })
  if (purpose.kind === 'link' && !isOwnSession(purpose, standing)) {
    return refused('expired', 'the session is another one')
  }
  try {
    const answer = await readAnswer(as, provider, parameters)
    if ('refusal' in answer) return refused(answer.refusal, answer.fault)
    const identity = await proveIdentity(as, provider, journey, answer)
    if (purpose.kind === 'sign-in') {
      const account = await accountOf(as, provider, identity, language)
      if ('refusal' in account) return refused(account.refusal, 'no account')
      const { user } = account
      const authTime = identity.authTime ?? unvouchedAuthTime(as, journey, user)
      const proved = provedByProvider(user, authTime)
      return { outcome: 'proved', proved, screen: purpose.screen }
    }
    if (standing === null || !mayCome(provider, identity)) return refused('notAllowed', 'domain')
    // Where the session ended, or got another secret, while the provider was asked: no link.
    const basis = { sessionDigest: await digestOf(sessionSecret ?? '') }
    const link = await linkTo(as, standing.user, identity, { basis, language })
    return 'refusal' in link ? refused(link.refusal, 'linked to another') : { outcome: 'linked' }
  } catch (failure) {
    return refused('unavailable', faultOf(failure))
  }
}

/**
 * Returns the time of a sign-in (in seconds) that the provider does not tell. If an age was asked for,
 * a return proves no new sign-in, so it counts as old as the account. A session that the browser has
 * keeps its own, later time.
 */
const unvouchedAuthTime = (as: AuthorizationServer, { maxAge }: Journey, user: User): number =>
  maxAge === null ? as.now : user.createdAt

async function signInProvider(as: AuthorizationServer, id: string): Promise<Provider | null> {
  const provider = /^[a-z0-9-]{1,40}$/.test(id) ? await as.store.providers.find(id) : null
  return provider?.disabledAt === null && provider.configuration.sign_in ? provider : null
}

async function sent(
  as: AuthorizationServer,
  { id, configuration }: Provider,
  address: string,
  { browserSecret, purpose, loginHint, maxAge }: Departure,
): Promise<Sent> {
  const [state, nonce, codeVerifier] = [randomSecret(), randomSecret(), randomSecret()]
  const redirectUri = callbackOf(as, id)
  const journey: Journey = {
    ...{ providerId: id, codeVerifier, nonce, redirectUri, maxAge, begunAt: as.now, purpose },
  }
  const url = new URL(address)
  const { prompt, loginHint: hint, isFormPost } = habitsOf(configuration.preset)
  const [hosted, ...otherDomains] = configuration.email_domains
  const parameters = {
    response_type: 'code',
    client_id: configuration.client_id,
    redirect_uri: redirectUri,
    scope: configuration.scope,
    state,
    nonce,
    code_challenge: await digestOf(codeVerifier),
    code_challenge_method: 'S256',
    ...(loginHint === undefined || hint === undefined ? {} : { [hint]: loginHint }),
    ...(isFormPost === true ? { response_mode: 'form_post' } : {}),
    // Google then offers no other accounts; the address in the token decides, as ever.
    ...(configuration.preset === 'google' && hosted !== undefined && otherDomains.length === 0
      ? { hd: hosted }
      : {}),
    // "When max_age is used, the ID Token returned MUST include an auth_time Claim Value." Core 3.1.2.1
    ...(maxAge === null ? {} : { ...(prompt && { prompt }), max_age: String(maxAge) }),
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  const sealed = await sealJourney(as, state, browserSecret, journey)
  return { outcome: 'sent', location: url.href, state, journey: sealed }
}

type ProviderAnswer = BroughtBack | { refusal: SignInRefusal; fault: string }

/**
 * Returns the code if the answer is this provider's. The code of another must not be sent to its token
 * endpoint (mix-up, RFC 9207 2.4).
 */
async function readAnswer(
  as: AuthorizationServer,
  { configuration }: Provider,
  parameters: Parameters,
): Promise<ProviderAnswer> {
  const metadata = await endpointsOf(as, configuration)
  const issuer = parameters.get('iss')
  const isRequired = metadata.authorization_response_iss_parameter_supported === true
  if (issuer === undefined ? isRequired : !isIssuerOf(configuration, issuer)) {
    return { refusal: 'unavailable', fault: 'the answer is of another issuer' }
  }
  const error = parameters.get('error')
  // Apple has a code of its own for a person who turned back.
  if (error === 'access_denied' || error === 'user_cancelled_authorize')
    return { refusal: 'denied', fault: 'denied' }
  const code = parameters.get('code')
  if (error === undefined && code !== undefined) return { code, user: parameters.get('user') }
  const name = error !== undefined && /^[\w.-]{1,60}$/.test(error) ? error : 'no code'
  return { refusal: 'unavailable', fault: name }
}

const isOwnSession = (
  { userId, sessionId }: Extract<Purpose, { kind: 'link' }>,
  standing: SessionStanding | null,
): boolean => standing?.user.id === userId && standing.session.id === sessionId

function refuse(
  as: AuthorizationServer,
  { id, configuration }: Provider,
  { kind }: Purpose,
  reason: SignInRefusal,
  fault: string,
): Refused {
  as.log({ event: 'provider sign-in refused', provider: id, reason, fault })
  if (kind === 'sign-in') {
    noteRefusedSignIn(as, undefined, { reason: 'provider', outcome: reason, provider: id })
  }
  return { outcome: 'refused', reason, label: configuration.label }
}

/** Returns the message of an OutboundError; rethrows everything else. */
function faultOf(failure: unknown): string {
  if (failure instanceof OutboundError) return failure.message
  throw failure
}
