// Sign-ins as clients see them: the request they send a browser with, the answer that comes back,
// and what they make of the code.
import { createLocalJWKSet, jwtVerify } from 'jose'
import { vi } from 'vitest'
import { get, issuer, postern, type Answerer } from '../support/http.ts'
import { registerClient, type TestClient, type TestUser } from '../support/registry.ts'
import { postAs, tokensOf, type Tokens } from '../support/tokens.ts'
import { UserAgent, type Place } from '../support/user-agent.ts'

export const callback = 'https://client.example/cb'

// RFC 7636, appendix B.
export const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
export const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

const scope = 'openid profile email address phone offline_access read'

/** A confidential client for sign-ins: trusted, so that no consent stands in the way. */
export const registerWebClient = (metadata: object = {}, to?: Answerer): Promise<TestClient> =>
  registerClient(
    {
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [callback],
      scope,
      ...metadata,
    },
    to,
  )

/** The same without a secret, which nobody trusts. */
export const registerSpa = (metadata: object = {}): Promise<TestClient> =>
  registerWebClient({ token_endpoint_auth_method: 'none', trusted: false, ...metadata })

export type Extra = Record<string, string | undefined>

/** The parameters of a usual request, but for `extra`; undefined leaves one out. */
export function authorizationRequest(
  client: TestClient,
  extra: Extra = {},
): Record<string, string> {
  const usual = {
    client_id: client.client_id,
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid',
    state: 'a state',
    nonce: 'a nonce',
    code_challenge: challenge,
    code_challenge_method: 'S256',
  }
  const all = Object.entries({ ...usual, ...extra })
  return Object.fromEntries(
    all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

export const authorizePath = (client: TestClient, extra: Extra = {}): string =>
  `/oauth2/authorize?${new URLSearchParams(authorizationRequest(client, extra))}`

/** A browser that this user has signed in with, at our own pages. */
export async function signedIn(user: TestUser, to: Answerer = postern): Promise<UserAgent> {
  const agent = new UserAgent(to)
  const home = await signInAt(agent, await agent.open('/'), user)
  if (home.path !== '/') throw new Error(`not signed in but at ${home.path}: ${home.html}`)
  return agent
}

/** Fills in the sign-in page. */
export const signInAt = (
  agent: UserAgent,
  place: Place,
  { username, password }: Pick<TestUser, 'username' | 'password'>,
): Promise<Place> => agent.submit(place, { username, password }, { action: '/login' })

/** Answers the consent page. */
export const decide = (
  agent: UserAgent,
  place: Place,
  decision: 'allow' | 'deny' | 'switch',
): Promise<Place> => agent.submit(place, { decision })

/** Allows what a page asks for; a place that asks nothing stays as it is. */
export const allowIfAsked = (agent: UserAgent, place: Place): Promise<Place> =>
  place.away === null ? decide(agent, place, 'allow') : Promise.resolve(place)

/** What a claim about a place is made of: where it leads with which parameters, or what it shows. */
export function outcome(place: Place): Record<string, unknown> {
  const { status, title, away } = place
  if (away === null) return { status, page: title }
  const url = new URL(away)
  const parameters = Object.fromEntries(url.searchParams)
  return { status, to: away.split('?', 1)[0], ...parameters }
}

/** The outcome of a request that was granted. */
export const granted = (more: object = {}) => ({
  status: 303,
  to: callback,
  code: expectedCode,
  state: 'a state',
  iss: issuer,
  ...more,
})

const expectedCode: unknown = {
  asymmetricMatch: (value: unknown) => typeof value === 'string' && /^acp?_[\w.-]+$/.test(value),
  toString: () => 'a code',
}

/** The outcome of a request that was refused at the client. */
export const refusedWith = (error: string, more: object = {}) => ({
  status: 303,
  to: callback,
  error,
  error_description: expectedText,
  state: 'a state',
  iss: issuer,
  ...more,
})

const expectedText: unknown = {
  asymmetricMatch: (value: unknown) =>
    typeof value === 'string' && /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/.test(value),
  toString: () => 'a description in ASCII',
}

/** The code that a place brings to the client. */
export function codeOf(place: Place): string {
  const code = place.away === null ? null : new URL(place.away).searchParams.get('code')
  if (code === null) throw new Error(`no code but ${JSON.stringify(outcome(place))}`)
  return code
}

/** A code for a browser that is signed in and need not be asked. */
export const codeFor = async (
  agent: UserAgent,
  client: TestClient,
  extra: Extra = {},
): Promise<string> => codeOf(await agent.open(authorizePath(client, extra)))

/** Lets `seconds` pass; a file that does says `afterEach(backToNow)`. */
export const pass = (seconds: number): void => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })
}
export const backToNow = (): void => {
  vi.useRealTimers()
}

/** The parameters by which the client redeems a code. */
export const codeForm = (code: string) => ({
  grant_type: 'authorization_code',
  code,
  redirect_uri: callback,
  code_verifier: verifier,
})

/** The client's token request; undefined leaves a parameter out. */
export const redeem = (
  client: TestClient,
  code: string,
  extra: Extra = {},
  to: Answerer = postern,
): Promise<Response> => postAs(client, '/oauth2/token', { ...codeForm(code), ...extra }, to)

/** Authorizes and redeems. */
export const signInTo = async (
  agent: UserAgent,
  client: TestClient,
  extra: Extra = {},
): Promise<Tokens> => tokensOf(redeem(client, await codeFor(agent, client, extra)))

/** Claims and header of an ID token that one of our public keys verifies. */
export async function verifiedIdToken(tokens: Pick<Tokens, 'id_token'>, to: Answerer = postern) {
  const { id_token } = tokens
  if (id_token === undefined) throw new Error('there is no ID token')
  return verifiedJwt(id_token, to)
}

export async function verifiedJwt(text: string, to: Answerer = postern) {
  const keys = createLocalJWKSet(await (await get('/.well-known/jwks.json', {}, to)).json())
  const { payload, protectedHeader } = await jwtVerify(text, keys, { issuer })
  return { payload, header: protectedHeader }
}
