// Kustvakt's services as its clients call them: a super client, its users, and what they register.
import { z } from 'zod'
import { basic, bearer, issuer, post, postern, type Answerer } from '../support/http.ts'
import {
  registerClient,
  registerUser,
  type TestClient,
  type TestUser,
} from '../support/registry.ts'
import { kustvaktScopes } from '../../src/dialects/korap/scopes.ts'

export const redirectUri = 'https://app.example/callback'

/** A client that signs its users in with their passwords, as Kalamar does. */
export const registerKalamar = (metadata: object = {}): Promise<TestClient> =>
  registerClient({
    client_name: 'Kalamar',
    grant_types: ['password', 'refresh_token', 'client_credentials', 'authorization_code'],
    redirect_uris: ['http://localhost:8089/callback'],
    scope: kustvaktScopes.join(' '),
    ...metadata,
  })

const tokenAnswer = z.looseObject({
  access_token: z.string(),
  refresh_token: z.string().optional(),
})
export type KorapTokens = z.infer<typeof tokenAnswer>

/** The tokens that a super client gets for a user. */
export async function signIn(
  { client_id, client_secret = '' }: TestClient,
  { username, password }: Pick<TestUser, 'username' | 'password'>,
  scope = 'all',
): Promise<KorapTokens> {
  const form = { grant_type: 'password', username, password, scope }
  const answer = await post('/api/oauth2/token', form, basic(client_id, client_secret))
  return tokenAnswer.parse(await answer.json())
}

/** A new user with an access token of a super client for everything. */
export async function signedInUser(
  client: TestClient,
  facts: object = {},
): Promise<TestUser & { token: string }> {
  const user = await registerUser(facts)
  return { ...user, token: (await signIn(client, user)).access_token }
}

/** The credentials of a super client as parameters. */
export const asSuper = ({ client_id, client_secret = '' }: TestClient) => ({
  super_client_id: client_id,
  super_client_secret: client_secret,
})

export const confidential = {
  name: 'A corpus tool',
  type: 'CONFIDENTIAL',
  description: 'It counts words.',
  url: 'https://app.example/about#top',
  redirect_uri: redirectUri,
}

/** Sends a registration, as JSON. */
export const register = (
  token: string,
  body: unknown = confidential,
  root = '/api/v1.0',
  to: Answerer = postern,
): Promise<Response> =>
  to(
    new Request(`${issuer}${root}/oauth2/client/register`, {
      method: 'POST',
      headers: { ...bearer(token), 'Content-Type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  )

const registered = z.strictObject({ client_id: z.string(), client_secret: z.string().optional() })

/** Registers a client for the user of a token. */
export const registered200 = async (token: string, body: object = {}): Promise<TestClient> =>
  registered.parse(await (await register(token, { ...confidential, ...body })).json())

export const deregister = (
  token: string,
  id: string,
  root = '/api/v1.0',
  to: Answerer = postern,
): Promise<Response> =>
  to(
    new Request(`${issuer}${root}/oauth2/client/deregister/${encodeURIComponent(id)}`, {
      method: 'DELETE',
      headers: bearer(token),
    }),
  )

const code = z.looseObject({ code: z.string() })

/** The code that the super client's user gets for another client. */
export async function codeFor(
  client: TestClient,
  token: string,
  scope = 'search',
  more: Record<string, string> = {},
): Promise<string> {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirectUri,
    scope,
    ...more,
  })
  const request = new Request(`${issuer}/api/v1.0/oauth2/authorize?${query}`, {
    headers: bearer(token),
    redirect: 'manual',
  })
  const location = (await postern(request)).headers.get('Location') ?? ''
  return code.parse(Object.fromEntries(new URL(location).searchParams)).code
}

/** What the code gives its client. */
export const redeem = (
  { client_id, client_secret }: TestClient,
  code: string,
  more: Record<string, string> = {},
): Promise<Response> =>
  post(
    '/api/v1.0/oauth2/token',
    { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...more },
    client_secret === undefined ? {} : basic(client_id, client_secret),
  )

/** The tokens that a client has by a code. */
export async function tokensOf(client: TestClient, token: string): Promise<KorapTokens> {
  return tokenAnswer.parse(await (await redeem(client, await codeFor(client, token))).json())
}

/** Sends a form for the user of a token, who is a guest without one. */
export const ask = (
  path: string,
  form: Record<string, string> = {},
  token?: string,
  to: Answerer = postern,
): Promise<Response> => post(path, form, token === undefined ? {} : bearer(token), to)

/** A status and a body, which is JSON, or the word SUCCESS. */
export async function answer(
  response: Promise<Response>,
): Promise<{ status: number; body: unknown }> {
  const answered = await response
  const text = await answered.text()
  return { status: answered.status, body: text === 'SUCCESS' ? text : JSON.parse(text) }
}

export const success = { status: 200, body: 'SUCCESS' }

/** A refusal in Kustvakt's own format, as `read` returns it. */
export const kustvakt = (code: number, message: string | null, entity: string | null = '[]') => ({
  status: code >= 2001 ? 401 : 400,
  body: { errors: [[code, message, entity]] },
})

/** A refusal in OAuth's format. */
export const oauth = (error: string, description: string, status = 400) => ({
  status,
  body: { error_description: description, error },
})

/** The headers of an answer in either format. */
export const headers = {
  'cache-control': 'no-store',
  'content-type': 'application/json;charset=utf-8',
  pragma: 'no-store',
}

export const prefixes = ['/api', '/api/v1.0', '/api/v1.1']

/** An instant as Kustvakt writes it. */
export const aDate = /^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z\[UTC\]$/
