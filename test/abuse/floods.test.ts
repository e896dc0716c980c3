// Floods: whoever proves nothing, from ever new addresses, at every endpoint. No answer is 500 or above, and
// no table gets a row. `npm run test:abuse` sends more of them.
import { env } from 'cloudflare:workers'
import { describe, expect, it, type TestContext, vi } from 'vitest'
import { authorizationRequest, registerSpa, registerWebClient } from '../openid/flow.ts'
import { deviceGrant, registerDevice } from '../openid/device-flow.ts'
import { countRows } from '../soak/rows.ts'
import { countIn } from '../support/counted.ts'
import { deployed } from '../support/deployment.ts'
import { noFault, Server } from '../support/faults.ts'
import { basic, bearer, formRequest, issuer, type Form } from '../support/http.ts'
import { registerClient } from '../support/registry.ts'
import { mailSettings } from '../support/mails.ts'
import { from, ownNetwork } from './address.ts'
import { longer, rounds } from './rounds.ts'

vi.setConfig(longer)

const machine = await registerClient()
const web = await registerWebClient()
const spa = await registerSpa()
const device = await registerDevice()

/** A deployment in which no limit but those of D1 stands in the way. */
const server = new Server({
  ...deployed,
  ...mailSettings,
  MAIL: 'http',
  MAIL_API_KEY: 'a key',
  SIGN_UP: 'open',
  SIGN_IN_BY_MAIL: 'true',
  RATE_LIMITS: 'off',
  REGISTRATION: 'token',
})

const random = (): string => crypto.randomUUID()
const wrong = () => basic(machine.client_id, random())
const machineBasic = () => basic(machine.client_id, machine.client_secret ?? '')
const webBasic = () => basic(web.client_id, web.client_secret ?? '')
const token = (form: Form, headers: Record<string, string> = {}) =>
  formRequest('/oauth2/token', form, headers)
const at = (path: string, headers: Record<string, string> = {}) =>
  new Request(issuer + path, { redirect: 'manual', headers })
const authorize = (extra: Record<string, string> = {}) =>
  at(`/oauth2/authorize?${new URLSearchParams(authorizationRequest(web, extra))}`)
const json = (path: string, body: string, headers: Record<string, string> = {}) =>
  new Request(issuer + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body,
  })
const code = { grant_type: 'authorization_code', redirect_uri: 'https://client.example/cb' }
const forged = () => `rt_test.${random()}.1.${random().replaceAll('-', '')}.${random().slice(0, 8)}`
const jwt = () =>
  [{ alg: 'ES256', kid: random() }, { iss: web.client_id, sub: random() }, random()]
    .map((part) => btoa(JSON.stringify(part)).replaceAll('=', ''))
    .join('.')

/** A flood by its name: the statuses of its answers, and one request of it. */
const floods: [string, number[], () => Request][] = [
  ['token: a wrong secret', [401], () => token({ grant_type: 'client_credentials' }, wrong())],
  ['token: unknown clients', [401], () => token({ grant_type: 'password' }, basic(random(), 'x'))],
  ['token: invented codes', [400], () => token({ ...code, code: random() }, webBasic())],
  [
    'token: invented refresh tokens',
    [400],
    () => token({ grant_type: 'refresh_token', refresh_token: forged() }, machineBasic()),
  ],
  [
    'token: invented device codes',
    [400],
    () => token({ grant_type: deviceGrant, device_code: random(), client_id: device.client_id }),
  ],
  [
    'token: invented assertions',
    [400, 401],
    () =>
      token({
        grant_type: 'client_credentials',
        client_id: web.client_id,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: jwt(),
      }),
  ],
  ['authorize: nobody signed in', [200, 303], () => authorize()],
  ['authorize: prompt=none', [303], () => authorize({ prompt: 'none' })],
  ['authorize: unknown clients', [400], () => authorize({ client_id: random() })],
  [
    'authorize: foreign redirect URIs',
    [400],
    () => authorize({ redirect_uri: 'https://e.example' }),
  ],
  [
    'authorize: invented pushed requests',
    [303],
    () => authorize({ request_uri: `urn:${random()}` }),
  ],
  [
    'authorize: documents of this network',
    [400, 429],
    () => authorize({ client_id: `https://127.0.0.1/${random()}` }),
  ],
  [
    'PAR: a wrong secret',
    [401],
    () => formRequest('/oauth2/par', authorizationRequest(web), basic(web.client_id, random())),
  ],
  [
    'PAR: a public client',
    [201],
    () => formRequest('/oauth2/par', authorizationRequest(spa, { scope: 'openid' })),
  ],
  ['registration: no token', [401], () => json('/oauth2/register', '{"redirect_uris":[]}')],
  [
    'registration: invented tokens',
    [401],
    () => json('/oauth2/register', '{"redirect_uris":["https://a.example/"]}', bearer(random())),
  ],
  ['registration: management', [401], () => at(`/oauth2/register/${random()}`, bearer(random()))],
  ['introspection: nobody', [401], () => formRequest('/oauth2/introspect', { token: random() })],
  [
    'introspection: invented tokens',
    [200],
    () => formRequest('/oauth2/introspect', { token: jwt() }, machineBasic()),
  ],
  [
    'revocation: invented tokens',
    [200],
    () => formRequest('/oauth2/revoke', { token: forged() }, machineBasic()),
  ],
  ['userinfo: invented tokens', [401], () => at('/oauth2/userinfo', bearer(jwt()))],
  [
    'device_authorization: unknown clients',
    [401],
    () => formRequest('/oauth2/device_authorization', { client_id: random() }),
  ],
  ['sign-in page, with the options of passkeys', [200, 303], () => at('/')],
  [
    'sign-in: forms that no page has shown',
    [400, 403],
    () => formRequest('/login', { username: 'a', password: random() }),
  ],
  [
    'forgot: forms that no page has shown',
    [400, 403],
    () => formRequest('/forgot', { email: `${random()}@a.example` }),
  ],
  [
    'sign-up: forms that no page has shown',
    [400, 403],
    () => formRequest('/sign-up', { email: `${random()}@a.example` }),
  ],
  [
    'codes by mail: forms that no page has shown',
    [400, 403],
    () => formRequest('/login/code', { code: '12345678' }),
  ],
  [
    'user codes: nobody signed in',
    [303, 400, 403],
    () => formRequest('/device', { user_code: random() }),
  ],
  ['links of mails', [200, 400, 404, 405], () => at(`/mail/reset?token=${random()}`)],
  ['account: nobody signed in', [200, 303], () => at('/account')],
  [
    'account: invented sessions',
    [200, 303],
    () => at('/account', { Cookie: `__Host-session=${random()}` }),
  ],
  ['admin: no token', [401], () => at('/admin/v1/users')],
  [
    'admin: invented tokens',
    [401, 429],
    () => at('/admin/v1/users', bearer(`pat_${'a'.repeat(22)}.${'b'.repeat(43)}`)),
  ],
  ['console: nobody signed in', [200, 303, 404], () => at('/admin/users')],
  ['nothing at this address', [404], () => at(`/${random()}`)],
]

describe('A flood by somebody who proves nothing', () => {
  it.each(floods)('%s: writes nothing', async (_name, statuses, request) => {
    // What an isolate writes at its start is not written by the flood.
    await (await server.fetch(at('/.well-known/jwks.json'))).text()
    await server.settled()
    const before = await countRows(env.DB)
    server.plan(noFault)
    const found = new Set<number>()
    for (let index = 0; index < rounds; index++) {
      found.add((await from(ownNetwork(index), server.fetch)(request())).status)
    }
    await server.settled()
    expect([...found].filter((status) => !statuses.includes(status))).toEqual([])
    expect(server.rowsWritten).toBe(0)
    expect(await countRows(env.DB)).toEqual(before)
  })

  it('all of these at once: no answer is 500 or above', async (context: TestContext) => {
    const found = new Set<number>()
    for (let index = 0; index < rounds; index++) {
      const answers = floods.map(([, , request]) => server.fetch(request()))
      for (const { status } of await Promise.all(answers)) found.add(status)
    }
    await server.settled()
    expect([...found].filter((status) => status >= 500)).toEqual([])
    countIn(context, { 'flood requests': 2 * rounds * floods.length, floods: floods.length })
  })
})
