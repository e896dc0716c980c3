// Interfaces that take a password and can ask for nothing else: there a password is too little of
// somebody who has or must have a second factor. P23.
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { basic, issuer, post, type Answerer } from '../support/http.ts'
import { registerClient, registerPublicClient, registerUser } from '../support/registry.ts'
import { passwordGrant } from '../support/tokens.ts'
import { userWithApp } from '../support/totp.ts'
import { outcome } from '../support/transcript.ts'

const client = await registerClient({ scope: 'openid profile email feed search' })
const { client_id, client_secret = '' } = client
const credentials = basic(client_id, client_secret)
for (const name of ['cms', 'c64']) {
  await registerPublicClient({ client_id: name, scope: 'openid profile email' })
}

type Person = { username: string; password: string }
type Login = (person: Person, to: Answerer) => Promise<Response>

const logins: [string, Login][] = [
  ['the password grant', (person, to) => passwordGrant(client, person, {}, to)],
  ['the login of Turnstile', (person, to) => post('/api/v1/login', person, {}, to)],
  [
    'the token endpoint of Turnstile',
    (person, to) =>
      post('/api/v1/login', { grant_type: 'password', client_id: 'c64', ...person }, {}, to),
  ],
  [
    'the login of Traffic Ops',
    ({ username, password }, to) =>
      to(
        new Request(`${issuer}/api/4.0/user/login`, {
          method: 'POST',
          body: JSON.stringify({ u: username, p: password }),
        }),
      ),
  ],
  [
    'the token endpoint of Comic Clan',
    (person, to) =>
      post('/oauth/token/', { grant_type: 'password', scope: '*', ...person }, credentials, to),
  ],
  [
    'the login of the CMS',
    ({ username, password }, to) =>
      post('/api.php?method=oauth', { login: username, password }, {}, to),
  ],
  [
    'the token endpoint of KorAP',
    (person, to) =>
      post(
        '/api/oauth2/token',
        { grant_type: 'password', scope: 'search', ...person },
        credentials,
        to,
      ),
  ],
]

/** What a login tells; KorAP repeats the username. */
async function toldBy(login: Login, { username, password }: Person, to: Answerer) {
  const { status, body } = await outcome(login({ username, password }, to))
  return { status, body: body.replaceAll(username, 'USERNAME') }
}

/** The same, and what the login does with storage. */
async function costOf(login: Login, person: Person, server: Server) {
  server.plan(() => null)
  const told = await toldBy(login, person, server.fetch)
  await server.settled()
  const calls = server.calls.map(({ binding, method, text }) => `${binding} ${method} ${text}`)
  return { told, calls, rows: server.rowsWritten }
}

const wrong = ({ username }: Person): Person => ({ username, password: 'not the password at all' })

/** Three people of a kind. Each login tries them alike, so what they have behind them is alike. */
const threeOf = async (make: () => Promise<Person>) =>
  [await make(), await make(), await make()] as const

const plain = await registerUser()
const withApp = await threeOf(userWithApp)
const users = await threeOf(registerUser)
const editors = await threeOf(() => registerUser({ role: 'editor' }))
/** More tries than all logins together. */
const tries = { PASSWORD_TRIES_PER_ACCOUNT: '100', PASSWORD_TRIES_PER_ADDRESS: '1000' }

describe.each(logins)('P23: %s', (_name, login) => {
  it('takes the password of whoever has nothing else', async () => {
    const { fetch } = new Server()
    const user = await registerUser()
    const [right, refused] = [
      await toldBy(login, user, fetch),
      await toldBy(login, wrong(user), fetch),
    ]
    expect(right.body).not.toBe(refused.body)
  })

  it.each([
    ['has an authenticator app', {}, withApp],
    ['must have a second factor', { MFA: 'required' }, users],
    ['has a role that must', { MFA: 'role:editor' }, editors],
  ])(
    'refuses whoever %s as for a wrong password, and both cost the same',
    async (_who, settings, [first, second, third]) => {
      const server = new Server({ ...tries, ...settings })
      const refused = await toldBy(login, wrong(plain), server.fetch)
      // What an isolate learns from the first login is not the price of the others.
      await costOf(login, first, server)
      const right = await costOf(login, second, server)
      expect(right).toEqual(await costOf(login, wrong(third), server))
      expect(right.told).toEqual(refused)
    },
  )
})

describe('P23: a try with the right password', () => {
  it('counts', async () => {
    const { fetch } = new Server({ PASSWORD_TRIES_PER_ACCOUNT: '3' })
    const user = await userWithApp()
    const statuses = []
    for (let turn = 0; turn < 4; turn++) {
      statuses.push((await passwordGrant(client, user, {}, fetch)).status)
    }
    expect(statuses).toEqual([400, 400, 400, 429])
  })

  it('is as good as before where second factors are off, or are for another role', async () => {
    const user = await userWithApp()
    const editor = await registerUser({ role: 'viewer' })
    expect({
      off: (await passwordGrant(client, user, {}, new Server({ MFA: 'off' }).fetch)).status,
      role: (await passwordGrant(client, editor, {}, new Server({ MFA: 'role:editor' }).fetch))
        .status,
    }).toEqual({ off: 200, role: 200 })
  })
})

describe('The settings', () => {
  it.each([
    [{ MFA: 'sometimes' }],
    [{ MFA: 'role:' }],
    [{ ADMIN_MFA: 'off' }],
    [{ ADMIN_MFA: 'required', MFA: 'off' }],
  ])('%o is a fault', async (settings) => {
    const { status } = await post('/oauth2/token', {}, {}, new Server(settings).fetch)
    expect(status).toBe(503)
  })
})
