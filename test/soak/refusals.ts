// What others try, and what a broken app sends: each is refused, and proves nothing.
import { authorizationParameters, Browser } from '../bench/browser.ts'
import type { Question } from '../bench/load.ts'
import { expectStatus, type Person, type Proofs, type Visit, type World } from './person.ts'

const random = (): string => crypto.randomUUID().replaceAll('-', '')

/** A network of IPv6 that nobody came from before. */
const newNetwork = (): string =>
  `2001:db8:${random().slice(0, 4)}:${random().slice(0, 4)}::${random().slice(0, 4)}`

async function refusedApps(person: Person, world: World): Promise<Proofs> {
  const { app, machine, paths } = person.contestant
  const wrong = { id: app.id, secret: random() }
  const code = { grant_type: 'authorization_code', redirect_uri: app.redirectUri }
  const device_code = 'urn:ietf:params:oauth:grant-type:device_code'
  const refresh = { grant_type: 'refresh_token' }
  const forms: [number, string, Record<string, string>, { id: string; secret?: string }?][] = [
    [401, paths.token, { grant_type: 'client_credentials' }, wrong],
    [401, paths.token, { grant_type: 'client_credentials' }, { id: random(), secret: random() }],
    [400, paths.token, { ...code, code: random(), code_verifier: random() + random() }, app],
    [400, paths.token, { ...refresh, refresh_token: random() }, app],
    [400, paths.token, { ...refresh, refresh_token: `rt_bench.${random()}.1.${random()}.x` }, app],
    [400, paths.token, { grant_type: random() }, machine],
    [
      400,
      paths.token,
      { grant_type: device_code, device_code: random(), client_id: world.device.id },
    ],
    [401, '/oauth2/introspect', { token: random() }, wrong],
    [401, '/oauth2/revoke', { token: random() }, wrong],
    [401, '/oauth2/par', authorizationParameters(app), wrong],
    [401, '/oauth2/device_authorization', { client_id: random() }],
    [200, '/oauth2/introspect', { token: random() }, machine],
    [200, '/oauth2/revoke', { token: random() }, app],
  ]
  for (const [status, path, form, account] of forms) {
    expectStatus(await person.post(path, form, account), status)
  }
  return {}
}

async function refusedRequests(person: Person): Promise<Proofs> {
  const { app } = person.contestant
  const json = { 'Content-Type': 'application/json' }
  const Authorization = `Bearer ${random()}`
  const elsewhere = { ...authorizationParameters(app), redirect_uri: 'https://evil.example/' }
  const questions: [number, Question][] = [
    [401, { path: '/oauth2/userinfo', headers: { Authorization } }],
    [401, { path: '/admin/v1/users', headers: { Authorization } }],
    [401, { path: '/admin/v1/users' }],
    [404, { path: `/${random()}` }],
    [400, { path: `/oauth2/authorize?${new URLSearchParams(elsewhere)}` }],
    [400, { path: `/oauth2/authorize?client_id=${random()}` }],
    [400, { method: 'POST', path: '/oauth2/register', headers: json, body: '{"redirect_uris":' }],
    [405, { path: '/oauth2/token' }],
  ]
  for (const [status, question] of questions) expectStatus(await person.send(question), status)
  // More than this is refused by a limit of the isolate, which has to count a new address each time.
  const headers = { 'CF-Connecting-IP': newNetwork() }
  for (const status of [200, 429]) {
    expectStatus(await person.send({ path: '/robots.txt', headers }), 200, status)
  }
  return {}
}

/** A wrong password for a name that nobody has, from an address that nobody came from before. */
async function wrongPassword(person: Person): Promise<Proofs> {
  const { contestant } = person
  const address = { 'CF-Connecting-IP': newNetwork() }
  const browser = new Browser({ ...contestant, headers: { ...contestant.headers, ...address } })
  const query = new URLSearchParams(authorizationParameters(contestant.app))
  const page = await person.follow({ path: `/oauth2/authorize?${query}` }, browser)
  const wrong = { username: random(), password: random() }
  const refused = await person.answer(expectStatus(page, 200), wrong, browser)
  expectStatus(refused, 200, 400, 401, 403)
  if (!refused.body.includes('type="password"')) throw new Error('nobody is asked again')
  return { sign_in_attempts: 1, audit_events: 1 }
}

export const refusals: readonly Visit[] = [
  { name: 'refused apps', weight: 8, make: refusedApps },
  { name: 'refused requests', weight: 8, make: refusedRequests },
  { name: 'a wrong password', weight: 1, make: wrongPassword },
]
