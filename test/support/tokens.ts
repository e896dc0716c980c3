// Tokens as a client gets them, and what it does with them.
import { z } from 'zod'
import { basic, bearer, get, post, postern, type Answerer, type Form } from './http.ts'
import type { TestClient, TestUser } from './registry.ts'

const tokenResponse = z.strictObject({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.number(),
  refresh_token: z.string().optional(),
  id_token: z.string().optional(),
  scope: z.string(),
  authorization_details: z.array(z.looseObject({ type: z.string() })).optional(),
})
export type Tokens = z.infer<typeof tokenResponse>
export type GrantTokens = Tokens & { refresh_token: string }

/** A form as the client sends it: with Basic where it has a secret, else with its client_id. */
export function postAs(
  client: TestClient,
  path: string,
  form: Exclude<Form, string>,
  to: Answerer = postern,
): Promise<Response> {
  const { client_id, client_secret } = client
  return client_secret === undefined
    ? post(path, { client_id, ...form }, {}, to)
    : post(path, form, basic(client_id, client_secret), to)
}

type Extra = Record<string, string | undefined>

export const passwordGrant = (
  client: TestClient,
  user: Pick<TestUser, 'username' | 'password'>,
  extra: Extra = {},
  to: Answerer = postern,
): Promise<Response> => {
  const { username, password } = user
  return postAs(
    client,
    '/oauth2/token',
    { grant_type: 'password', username, password, ...extra },
    to,
  )
}

export const refresh = (
  client: TestClient,
  refreshToken: string,
  extra: Extra = {},
  to: Answerer = postern,
): Promise<Response> => {
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, ...extra }
  return postAs(client, '/oauth2/token', form, to)
}

export const clientCredentials = (
  client: TestClient,
  extra: Extra = {},
  to: Answerer = postern,
): Promise<Response> =>
  postAs(client, '/oauth2/token', { grant_type: 'client_credentials', ...extra }, to)

export const introspect = (
  client: TestClient,
  token: string,
  to: Answerer = postern,
): Promise<Response> => postAs(client, '/oauth2/introspect', { token }, to)

export const introspectSigned = (
  client: TestClient,
  token: string,
  to: Answerer = postern,
): Promise<Response> =>
  postAs(client, '/oauth2/introspect', { token }, (request) => {
    request.headers.set('Accept', 'application/token-introspection+jwt')
    return to(request)
  })

export const revoke = (
  client: TestClient,
  token: string,
  to: Answerer = postern,
): Promise<Response> => postAs(client, '/oauth2/revoke', { token }, to)

export const userinfo = (token: string, to: Answerer = postern): Promise<Response> =>
  get('/oauth2/userinfo', bearer(token), to)

/** The tokens of an answer that must have some. */
export async function tokensOf(answer: Response | Promise<Response>): Promise<Tokens> {
  const response = await answer
  const text = await response.text()
  if (response.status !== 200) throw new Error(`no tokens but ${response.status}: ${text}`)
  return tokenResponse.parse(JSON.parse(text))
}

/** The tokens of an answer that must have a refresh token, too. */
export async function grantOf(answer: Response | Promise<Response>): Promise<GrantTokens> {
  const tokens = await tokensOf(answer)
  if (tokens.refresh_token === undefined) throw new Error('there is no refresh token')
  return { ...tokens, refresh_token: tokens.refresh_token }
}

/** Signs in with the password: a new grant. */
export const signIn = (
  client: TestClient,
  user: TestUser,
  extra: Extra = {},
): Promise<GrantTokens> => grantOf(passwordGrant(client, user, extra))
