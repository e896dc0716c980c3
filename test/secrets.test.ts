import { env } from 'cloudflare:workers'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { administrator } from './console/administrator.ts'
import { ScriptedProvider } from './federation/providers.ts'
import { allowDevice, codesFor, enterCode, poll, registerDevice } from './openid/device-flow.ts'
import { callback, codeFor, redeem, registerWebClient, signedIn } from './openid/flow.ts'
import {
  initialAccessToken,
  manage,
  registerAt,
  registeredClient,
} from './registration/registrant.ts'
import { assertionOf, registerKeyClient, tokenWith } from './support/assertions.ts'
import { hashMadeBy } from './crypto/foreign-password/hashes.ts'
import { always, Server } from './support/faults.ts'
import { basic, bearer, get, post } from './support/http.ts'
import { importRows, newRow, userNamed } from './support/imports.ts'
import { push, referenceOf, referredPath } from './support/pushed.ts'
import { admin, patchUser, registerClient, registerUser } from './support/registry.ts'
import { requestObject, signedPath } from './support/request-objects.ts'
import { type ResetLink, setPasswordAt } from './support/reset-links.ts'
import { testSettings } from './support/settings.ts'
import { UserAgent } from './support/user-agent.ts'
import {
  clientCredentials,
  introspect,
  grantOf,
  passwordGrant,
  refresh,
  revoke,
  tokensOf,
  userinfo,
} from './support/tokens.ts'

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

// Everything that is ever written to the console while tokens are made, used, refused and lost.
const written: string[] = []
for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
  vi.spyOn(console, method).mockImplementation((...values: unknown[]) => {
    written.push(
      values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(' '),
    )
  })
}
afterAll(() => vi.restoreAllMocks())

const client = await registerClient()
const webClient = await registerWebClient()
const user = await registerUser()
const newPassword = crypto.randomUUID()
const wrongPassword = crypto.randomUUID()
const wrongSecret = crypto.randomUUID()
const server = new Server()
const to = server.fetch

const first = await grantOf(passwordGrant(client, user, {}, to))
const second = await grantOf(refresh(client, first.refresh_token, {}, to))
const own = await tokensOf(clientCredentials(client, {}, to))
const browser = await signedIn(user, to)
const cookies = [...browser.cookies.values()].flatMap((value) => value.split('.'))
const code = await codeFor(browser, webClient)
const fromCode = await grantOf(redeem(webClient, code, {}, to))

// Uses, refusals and failures, each of which may be logged.
await userinfo(second.access_token, to)
await introspect(client, second.refresh_token, to)
await passwordGrant(client, { ...user, password: wrongPassword }, {}, to)
// Somebody types the password where the name belongs, until no more tries are admitted.
for (let round = 0; round < 12; round++) {
  await passwordGrant(client, { username: wrongPassword, password: wrongPassword }, {}, to)
}
await post('/oauth2/token', {}, basic(client.client_id, wrongSecret), to)
await get(`/oauth2/userinfo?access_token=${own.access_token}`, {}, to)
await revoke(webClient, second.refresh_token, to)
server.plan(always('fails', 'DB'))
await refresh(client, second.refresh_token, {}, to)
await userinfo(fromCode.access_token, to)
await passwordGrant(client, user, {}, to)
server.plan(() => null)
await revoke(client, own.access_token, to)
await revoke(client, second.refresh_token, to)
await redeem(webClient, code, {}, to)
// Registration, devices, pushed and signed requests, assertions: each accepted, refused, and lost.
const { token: initialToken } = await initialAccessToken()
const registered = registeredClient.parse(
  (await registerAt(to, { redirect_uris: [callback] }, bearer(initialToken))).body,
)
const put = await manage(to, 'PUT', registered, {
  client_id: registered.client_id,
  redirect_uris: [callback],
})
const nextRegistrationToken = String(put.body['registration_access_token'])
await registerAt(to, { redirect_uris: ['x'] }, bearer(initialToken))
await manage(to, 'GET', { ...registered, registration_access_token: nextRegistrationToken })

const device = await registerDevice()
const deviceCodes = await codesFor(device, { scope: 'openid' }, to)
await enterCode(browser, 'BCDF-GHJK')
await allowDevice(browser, deviceCodes.user_code)
const polled = await tokensOf(poll(device, deviceCodes.device_code, {}, to))
await poll(device, deviceCodes.device_code, {}, to)
await enterCode(browser, deviceCodes.user_code)

const references = [
  await referenceOf(push(webClient, {}, to)),
  await referenceOf(push(webClient, { state: 's'.repeat(2_000) }, to)),
]
for (const reference of references) {
  await browser.open(referredPath(webClient, reference))
  await browser.open(referredPath(webClient, reference))
}

const keyed = await registerKeyClient({
  grant_types: ['client_credentials', 'authorization_code', jwtBearer],
  redirect_uris: [callback],
})
const assertion = await assertionOf(keyed)
const userAssertion = await assertionOf(keyed, { sub: user.username })
const signedRequest = await requestObject(keyed)
const asserted = await tokensOf(tokenWith(assertion, {}, to))
await tokenWith(assertion, {}, to)
await post('/oauth2/token', { grant_type: jwtBearer, assertion: userAssertion }, {}, to)
await post('/oauth2/token', { grant_type: jwtBearer, assertion: userAssertion }, {}, to)
await browser.open(signedPath(keyed, signedRequest))
await browser.open(signedPath(keyed, `${signedRequest}x`))
server.plan(always('fails', 'DB'))
const lost = await assertionOf(keyed)
await tokenWith(lost, {}, to)
await poll(device, deviceCodes.device_code, {}, to)
await manage(to, 'GET', { ...registered, registration_access_token: nextRegistrationToken })
await browser.open(referredPath(webClient, references[1] ?? ''))
server.plan(() => null)
const rotated = await admin('POST', `/clients/${client.client_id}/secret`)
const { client_secret: newSecret } = await rotated.json<{ client_secret: string }>()
await patchUser(user, { password: newPassword })

const adminToken = { name: 'A', scope: 'read', expires_in: 3_600 }
const { token: operatorToken } = await (
  await admin('POST', '/tokens', adminToken, to)
).json<{ token: string }>()
const wrongOperatorToken = `pat_${crypto.randomUUID()}`
for (const token of [operatorToken, wrongOperatorToken]) {
  await get('/admin/v1/users', bearer(token), to)
  await get('/health/ready', bearer(token), to)
}

// What operators bring along and give out, some of it broken.
const foreign = hashMadeBy('bcrypt $2b$')
const totpSecret = 'JBSWY3DPEHPK3PXQJBSWY3DPEHPK3PXQ'
const brokenHash = `$2b$10$${crypto.randomUUID()}`
const plainPassword = `${crypto.randomUUID()} plain`
const oldPassword = `${crypto.randomUUID()} old`
const endpoint = new ScriptedProvider()
await endpoint.answer('/check', { body: { match: false } })
const asking = { source: 'csv', source_id: 'secrets', ask: endpoint.url('/check') }
const begunImport = await (
  await admin('POST', '/imports', asking, to)
).json<{ id: string; ask_key: string }>()
const importedRows = [
  { hash: foreign.hash },
  { hash: brokenHash },
  { plain: plainPassword },
  { plain: plainPassword, odd: plainPassword },
  { reset: true },
].map((password, index) => newRow({ line: index + 1, password, totp: totpSecret }))
await importRows(begunImport.id, importedRows, 1, to)
for (const [index, { username }] of importedRows.entries()) {
  const password = [foreign.password, '', plainPassword][index] ?? oldPassword
  await passwordGrant(client, { username, password }, {}, to)
}
const resetId = (await userNamed(importedRows[0]?.username ?? ''))?.id
const resetLink = await (
  await admin('POST', `/users/${resetId}/reset`, undefined, to)
).json<ResetLink>()
const resetSecret = resetLink.link.split('=')[1] ?? 'missing'
const resetTo = `${crypto.randomUUID()} reset`
await setPasswordAt(new UserAgent(to), resetLink, resetTo)
const providerSecret = crypto.randomUUID()
await admin(
  'POST',
  '/providers',
  { label: 'P', issuer: 'https://gone.example', client_id: 'p', client_secret: providerSecret },
  to,
)

await server.settled()
await server.cron()

/** What operators are shown of all this. */
const shown = await Promise.all(
  [
    ...['/events?limit=500', '/settings', '/statistics', '/metrics', '/tokens', '/keys'],
    ...['/users?limit=500', '/clients?limit=500', `/users/${user.id}/events`, '/openapi.json'],
    ...['users', 'provider-links', 'consents', 'grants'].map((kind) => `/export/${kind}`),
    ...['/imports', `/imports/${begunImport.id}`, '/providers', `/users/${resetId}/events`],
  ].map(async (path) => (await admin('GET', path, undefined, to)).text()),
)
const { agent: operator } = await administrator('admin', to)
for (const path of [
  ...['', '/users', `/users/${user.id}`, `/users/${resetId}`, '/clients', '/providers'],
  ...[`/clients/${client.client_id}`, '/imports', `/imports/${begunImport.id}`, '/tokens'],
  ...['/registration-tokens', '/keys', '/settings', '/events', '/events.csv'],
]) {
  const { status, html } = await operator.open(`/admin${path}`)
  shown.push(status === 200 ? html : '')
}

const [, masterKey = ''] = testSettings.MASTER_KEY.split(':')
const secrets: Record<string, string[]> = {
  'access tokens': [first, second, own, fromCode].map(({ access_token }) => access_token),
  'signatures of tokens': [first, second, own, fromCode].map(
    ({ access_token }) => access_token.split('.')[2] ?? '',
  ),
  'ID tokens': [fromCode.id_token ?? 'missing'],
  'refresh tokens and their secrets': [first, second, fromCode].flatMap(({ refresh_token }) => [
    refresh_token,
    refresh_token.split('.')[3] ?? '',
  ]),
  'authorization codes': [code, ...code.split('.').filter((part) => part.length > 20)],
  'session cookies': cookies.filter((value) => value.length > 20),
  'client secrets': [client.client_secret ?? '', webClient.client_secret ?? '', newSecret],
  'registration access tokens': [registered.registration_access_token, nextRegistrationToken],
  'secrets of registered clients': [registered.client_secret ?? ''],
  'initial access tokens': [initialToken],
  'device codes': [deviceCodes.device_code, deviceCodes.device_code.slice(3)],
  'tokens of devices and assertions': [polled, asserted].map(({ access_token }) => access_token),
  'references to pushed requests': references.flatMap((reference) => [
    reference,
    reference.slice(reference.lastIndexOf(':') + 3),
  ]),
  'assertions and signed requests': [assertion, userAssertion, signedRequest, lost].flatMap(
    (text) => [text, text.split('.')[1] ?? '', text.split('.')[2] ?? ''],
  ),
  'admin tokens': [operatorToken, operatorToken.split('.')[1] ?? '', wrongOperatorToken],
  'wrong client secrets': [wrongSecret],
  passwords: [user.password, newPassword],
  'wrong passwords': [wrongPassword],
  'imported passwords and their hashes': [
    ...[plainPassword, oldPassword, brokenHash, foreign.hash],
  ],
  'imported TOTP secrets': [totpSecret],
  'keys of asking': [begunImport.ask_key],
  'secrets of reset links, and what was typed there': [resetSecret, resetTo],
  'provider secrets': [providerSecret],
  ADMIN_TOKEN: [testSettings.ADMIN_TOKEN],
  MASTER_KEY: [masterKey, testSettings.MASTER_KEY],
}

/** Every value of every row of every table, as text. */
async function everyRow(): Promise<string[]> {
  const query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '_cf%'"
  const { results: tables } = await env.DB.prepare(query).all<{ name: string }>()
  const rows = await Promise.all(
    tables.map(({ name }) => env.DB.prepare(`SELECT * FROM "${name}"`).all()),
  )
  return rows.flatMap(({ results }) => results.map((row) => JSON.stringify(row)))
}

/** Every key and value of KV. */
async function everyKey(): Promise<string[]> {
  const { keys } = await env.KV.list()
  return Promise.all(keys.map(async ({ name }) => `${name} ${await env.KV.get(name)}`))
}

const rows = await everyRow()
const keys = await everyKey()
const privateMember = /"(d|p|q|dp|dq|qi)\\*"\s*:/

describe('no usable secret is at rest or in a log', () => {
  it('there is something to look through', () => {
    expect(
      Object.values(secrets)
        .flat()
        .filter((secret) => secret.length < 20),
    ).toEqual([])
    expect({
      hasRows: rows.length > 20,
      hasKeys: keys.length > 2,
      hasLines: written.length > 2,
      isShown: shown.every((text) => text.length > 20),
    }).toEqual({ hasRows: true, hasKeys: true, hasLines: true, isShown: true })
  })

  it.each(Object.entries(secrets))('O19: %s', (_kind, values) => {
    const places = [...rows, ...keys, ...written, ...shown]
    expect(places.filter((text) => values.some((value) => text.includes(value)))).toEqual([])
  })

  it('user codes', () => {
    const { user_code: code } = deviceCodes
    const spellings = [code, code.replace('-', '')]
    expect(
      [...rows, ...keys, ...written].filter((text) =>
        spellings.some((spelling) => text.includes(spelling)),
      ),
    ).toEqual([])
  })

  it('private keys', () => {
    expect([...rows, ...keys, ...written].filter((text) => privateMember.test(text))).toEqual([])
  })

  it('no address of a request, in whose query a token may stand, is in a log', () =>
    expect(written.filter((text) => /access_token=|https?:\/\/\S*\?/.test(text))).toEqual([]))

  it('whatever is logged is one line of JSON with the id of its request', () => {
    const strange = written.filter((text) => {
      const line: unknown = JSON.parse(text)
      return typeof line !== 'object' || line === null || !('event' in line && 'request_id' in line)
    })
    expect(strange).toEqual([])
  })

  it('a password hash is that of our own scheme, within the cap of the platform', async () => {
    const { results } = await env.DB.prepare(
      'SELECT password_hash FROM users WHERE password_hash IS NOT NULL AND import_id IS NULL',
    ).all<{ password_hash: string }>()
    const foreign = results.filter(
      ({ password_hash }) => !/^\$pbkdf2-sha256-chain\$r=6,i=100000,k=test\$/.test(password_hash),
    )
    expect({ hasResults: results.length > 0, foreign }).toEqual({ hasResults: true, foreign: [] })
  })
})
