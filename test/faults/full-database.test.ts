// D1 has no room left (10 GB): reads work, and every write is refused. The runbook "The database is full"
// relies on what is here.
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { get } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import {
  clientCredentials,
  grantOf,
  introspect,
  passwordGrant,
  refresh,
  tokensOf,
  userinfo,
} from '../support/tokens.ts'

const client = await registerClient()
const user = await registerUser()
const isWrite = (text: string) => /\b(INSERT|UPDATE|DELETE)\b/.test(text)

/** A server with a grant, whose database then becomes full. */
async function fullServer() {
  const server = new Server()
  const grant = await grantOf(passwordGrant(client, user, {}, server.fetch))
  const own = await tokensOf(clientCredentials(client, {}, server.fetch))
  server.plan(({ binding, text }) => (binding === 'DB' && isWrite(text) ? 'fails' : null))
  return { server, grant, own }
}

const statusOf = async (answer: Promise<Response>) => (await answer).status

describe('A full database', () => {
  it('still verifies tokens: introspection, userinfo, keys, a client of its own', async () => {
    const { server, grant, own } = await fullServer()
    const { fetch } = server
    expect({
      introspect: Object(await (await introspect(client, grant.access_token, fetch)).json()).active,
      own: Object(await (await introspect(client, own.access_token, fetch)).json()).active,
      userinfo: await statusOf(userinfo(grant.access_token, fetch)),
      jwks: await statusOf(get('/.well-known/jwks.json', {}, fetch)),
      ready: await statusOf(get('/health/ready', {}, fetch)),
      clientCredentials: await statusOf(clientCredentials(client, {}, fetch)),
      export: await statusOf(admin('GET', '/export/users', undefined, fetch)),
    }).toEqual({
      introspect: true,
      own: true,
      userinfo: 200,
      jwks: 200,
      ready: 200,
      clientCredentials: 200,
      export: 200,
    })
  })

  it('answers sign-ins with 503 and when to come back, refreshes by what KV keeps, and loses no grant', async () => {
    const { server, grant } = await fullServer()
    const signIn = await passwordGrant(client, user, {}, server.fetch)
    const refreshed = await grantOf(refresh(client, grant.refresh_token, {}, server.fetch))
    expect({
      signIn: { status: signIn.status, retries: signIn.headers.has('Retry-After') },
      refreshed: { token: refreshed.refresh_token, expiresIn: refreshed.expires_in },
    }).toEqual({
      signIn: { status: 503, retries: true },
      refreshed: { token: grant.refresh_token, expiresIn: 300 },
    })
    server.plan(() => null)
    expect(await statusOf(refresh(client, grant.refresh_token, {}, server.fetch))).toBe(200)
  })
})
