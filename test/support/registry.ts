// Users and clients made by the admin REST, as an operator makes them: fresh each call, so that
// tests share nothing.
import { z } from 'zod'
import { issuer, postern, type Answerer } from './http.ts'
import { testSettings } from './settings.ts'

const registeredClient = z.looseObject({
  client_id: z.string(),
  client_secret: z.string().optional(),
})
export type TestClient = z.infer<typeof registeredClient>

const registeredUser = z.looseObject({ id: z.number(), sub: z.string(), username: z.string() })
export type TestUser = z.infer<typeof registeredUser> & { password: string; email: string }

/** A request of the admin REST, with the token of the tests. */
export function admin(
  method: string,
  path: string,
  body?: unknown,
  to: Answerer = postern,
): Promise<Response> {
  const headers = {
    Authorization: `Bearer ${testSettings.ADMIN_TOKEN}`,
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
  }
  const text = body === undefined ? null : JSON.stringify(body)
  return to(new Request(`${issuer}/admin/v1${path}`, { method, headers, body: text }))
}

async function made(answer: Response): Promise<unknown> {
  if (!answer.ok)
    throw new Error(`the admin REST answered ${answer.status}: ${await answer.text()}`)
  return answer.json()
}

/** A trusted confidential client with every grant that needs no browser, but for `metadata`. */
export async function registerClient(
  metadata: object = {},
  to: Answerer = postern,
): Promise<TestClient> {
  const defaults = {
    client_name: 'A test client',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['password', 'refresh_token', 'client_credentials'],
    scope: 'openid profile email read write',
    trusted: true,
  }
  const answer = await admin('POST', '/clients', { ...defaults, ...metadata }, to)
  return registeredClient.parse(await made(answer))
}

/** A trusted public client, but for `metadata`. */
export const registerPublicClient = (metadata: object = {}): Promise<TestClient> =>
  registerClient({
    token_endpoint_auth_method: 'none',
    grant_types: ['password', 'refresh_token'],
    ...metadata,
  })

export async function registerUser(facts: object = {}): Promise<TestUser> {
  const username = `user-${crypto.randomUUID()}`
  const defaults = { username, email: `${username}@example.com`, password: crypto.randomUUID() }
  const sent = { ...defaults, ...facts }
  const user = registeredUser.parse(await made(await admin('POST', '/users', sent)))
  return { ...user, password: sent.password, email: sent.email }
}

const registeredResource = z.looseObject({ id: z.union([z.number(), z.string()]) })

/** A protected resource with an address of its own, but for `facts`; `path` is where it is managed. */
export async function registerResource(
  facts: { resource?: string } & Record<string, unknown> = {},
  to: Answerer = postern,
): Promise<{ resource: string; path: string }> {
  const { resource = `https://${crypto.randomUUID()}.example/mcp`, ...others } = facts
  const answer = await admin('POST', '/resources', { resource, ...others }, to)
  const { id } = registeredResource.parse(await made(answer))
  return { resource, path: `/resources/${id}` }
}

/** Changes, as an operator makes them (JSON merge patch). */
export const patchUser = async (user: TestUser, change: object): Promise<unknown> =>
  made(await admin('PATCH', `/users/${user.id}`, change))

export const patchClient = async (client: TestClient, change: object): Promise<unknown> =>
  made(await admin('PATCH', `/clients/${client.client_id}`, change))
