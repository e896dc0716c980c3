// Exports: section 8 of the operator's side, and row O19 for what leaves the server.
import { env } from 'cloudflare:workers'
import { pbkdf2Sync } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import {
  allowIfAsked,
  authorizePath,
  backToNow,
  callback,
  codeFor,
  codeOf,
  pass,
  redeem,
  registerSpa,
  registerWebClient,
  signedIn,
} from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { bearer, read } from '../support/http.ts'
import { userWithPasskey } from '../support/passkeys.ts'
import { admin, registerClient, registerUser, type TestUser } from '../support/registry.ts'
import { testSettings } from '../support/settings.ts'
import { grantOf, passwordGrant } from '../support/tokens.ts'
import { adminToken, invalid, problem, send } from './operator.ts'

afterEach(backToNow)

type Item = Record<string, unknown> & { sub: string }
type Page = { items: Item[]; next_cursor: string | null }

const pageAt = async (path: string): Promise<Page> => (await admin('GET', path)).json()

/** Every item of a kind, by pages of two. */
async function exported(kind: string, parameters: object = {}): Promise<Item[]> {
  const items: Item[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = new URLSearchParams({ ...parameters, limit: '2', cursor })
    const page: Page = await pageAt(`/export/${kind}?${query}`)
    items.push(...page.items)
    cursor = page.next_cursor
  }
  return items
}

const of = (items: Item[], { sub }: { sub: string }): Item[] =>
  items.filter((item) => item.sub === sub)

const link = (user: TestUser, subject: string) =>
  env.DB.prepare(
    `INSERT INTO provider_links (issuer, subject, user_id, email, created_at)
     VALUES ('https://provider.example', ?1, ?2, 'ada@provider.example', 1700000000.5)`,
  )
    .bind(subject, user.id)
    .run()

const rowsOf = async (kind: string) => {
  const { results } = await env.DB.prepare(
    'SELECT actor, occurrences FROM audit_events WHERE kind = ?1 ORDER BY id',
  )
    .bind(kind)
    .all()
  return results
}

describe('An exported user', () => {
  it('has the language and the terms that the user chose, and no more of a passkey than that it is there', async () => {
    const { user } = await userWithPasskey()
    await env.DB.prepare(
      "UPDATE users SET locale = 'de', terms_version = '3', terms_accepted_at = 1700000000.5 WHERE id = ?1",
    )
      .bind(user.id)
      .run()
    const [exportedOne] = of(await exported('users'), user)
    expect(exportedOne).toMatchObject({
      locale: 'de',
      terms: { version: '3', accepted_at: 1_700_000_000 },
      credentials: ['password:pbkdf2-sha256-chain', 'passkey'],
    })
    expect(Object.keys(exportedOne ?? {})).not.toContain('passkeys')
  })

  it('has the members of an import, and only those that have a value', async () => {
    const subject = crypto.randomUUID()
    const full = await registerUser({
      email_verified: true,
      name: 'Ada Lovelace',
      role: 'clerk',
      scope: 'openid read',
      claims: { locale: 'en' },
      disabled: true,
    })
    await link(full, subject)
    const bare = await registerUser({ email: null, password: null })
    const users = await exported('users')
    const shared = { created_at: expect.any(Number) }
    expect(of(users, full)).toEqual([
      {
        ...shared,
        sub: full.sub,
        username: full.username,
        email: full.email,
        email_verified: true,
        name: 'Ada Lovelace',
        disabled: true,
        claims: { locale: 'en' },
        roles: ['clerk'],
        scope: 'openid read',
        password: { reset: true },
        links: [{ issuer: 'https://provider.example', subject }],
        credentials: ['password:pbkdf2-sha256-chain', 'provider'],
      },
    ])
    expect(of(users, bare)).toEqual([
      { ...shared, sub: bare.sub, username: bare.username, credentials: [] },
    ])
  })

  it('is exported once, in the order of creation', async () => {
    const made = [await registerUser(), await registerUser(), await registerUser()]
    const subs = (await exported('users')).map(({ sub }) => sub)
    expect(subs.slice(-made.length)).toEqual(made.map(({ sub }) => sub))
    expect(new Set(subs).size).toBe(subs.length)
  })
})

it.each(['/clients', '/providers', '/tokens', '/events?kind=user.created', '/export/users'])(
  'The list %s is also one stream of lines',
  async (path) => {
    const token = { name: 'lines', scope: 'read' }
    await Promise.all([registerUser(), registerClient(), admin('POST', '/tokens', token)])
    const page = await pageAt(`${path}${path.includes('?') ? '&' : '?'}limit=500`)
    const accepting = { ...adminToken, Accept: 'application/x-ndjson' }
    const text = await (await send('GET', path, accepting)).text()
    expect(text).toBe(page.items.map((item) => `${JSON.stringify(item)}\n`).join(''))
  },
)

describe('An export with hashes', () => {
  it('has the unsealed hash, which twelve lines verify without this server', async () => {
    const user = await registerUser()
    const [found] = of(await exported('users', { hashes: 'true' }), user)
    const { hash } = Object(found?.password)
    const [, name, parameters, salt, expected] = String(hash).split('$')
    expect({ name, parameters }).toEqual({
      name: 'pbkdf2-sha256-chain',
      parameters: 'r=6,i=100000',
    })
    let output = Buffer.from(salt ?? '', 'base64url')
    for (let round = 0; round < 6; round++) {
      output = pbkdf2Sync(user.password, output, 100_000, 32, 'sha256')
    }
    expect(output.toString('base64url')).toBe(expected)
  })

  it('opens hashes under every key that MASTER_KEY lists, and is 503 while one is missing', async () => {
    const user = await registerUser()
    const newKey = `new:${'B'.repeat(42)}A`
    const rotated = new Server({ MASTER_KEY: `${newKey},${testSettings.MASTER_KEY}` })
    const path = '/export/users?hashes=true&limit=500'
    const page: Page = await (await admin('GET', path, undefined, rotated.fetch)).json()
    expect(of(page.items, user)).toEqual([
      expect.objectContaining({
        password: { hash: expect.stringMatching(/^\$pbkdf2-sha256-chain\$r=6,i=100000\$/) },
      }),
    ])
    const alone = new Server({ MASTER_KEY: newKey })
    expect((await admin('GET', path, undefined, alone.fetch)).status).toBe(503)
  })

  it('is for ADMIN_TOKEN alone', async () => {
    const scope = 'read users clients keys events settings tokens'
    const { token } = await (
      await admin('POST', '/tokens', { name: 'All', scope })
    ).json<{
      token: string
    }>()
    const before = await rowsOf('export.hashes')
    expect(await read(await send('GET', '/export/users?hashes=true', bearer(token)))).toEqual(
      problem(403, 'password hashes are exported for ADMIN_TOKEN alone'),
    )
    expect((await send('GET', '/export/users', bearer(token))).status).toBe(200)
    expect(await rowsOf('export.hashes')).toEqual(before)
  })

  it('is one audit row for a run, which counts its pages', async () => {
    await Promise.all([registerUser(), registerUser(), registerUser()])
    const before = await rowsOf('export.hashes')
    const users = await exported('users', { hashes: 'true' })
    expect((await rowsOf('export.hashes')).slice(before.length)).toEqual([
      { actor: 'root', occurrences: Math.ceil(users.length / 2) },
    ])
  })

  it('cannot go on after a day in the row of a run that nobody looks for any more', async () => {
    await Promise.all([registerUser(), registerUser()])
    const { next_cursor } = await pageAt('/export/users?hashes=true&limit=1')
    pass(86_401)
    const query = new URLSearchParams({ hashes: 'true', cursor: next_cursor ?? '' })
    expect(await read(await admin('GET', `/export/users?${query}`))).toEqual(
      invalid({
        field: 'cursor',
        detail: 'is older than a day: start the export of hashes again',
      }),
    )
  })

  it('gives no page if the audit row cannot be written', async () => {
    const server = new Server()
    server.plan(({ text }) => (text.includes('INSERT INTO audit_events') ? 'fails' : null))
    const path = '/export/users?hashes=true'
    expect((await admin('GET', path, undefined, server.fetch)).status).toBe(503)
  })
})

describe('The other kinds', () => {
  it('name users by their sub: links, consents and live grants', async () => {
    const user = await registerUser()
    const subject = crypto.randomUUID()
    await link(user, subject)
    const client = await registerSpa({ trusted: false, scope: 'openid offline_access' })
    const { client_id } = client
    const agent = await signedIn(user)
    const page = await agent.open(authorizePath(client, { scope: 'openid offline_access' }))
    await grantOf(redeem(client, codeOf(await allowIfAsked(agent, page))))
    expect({
      links: of(await exported('provider-links'), user),
      consents: of(await exported('consents'), user),
      grants: of(await exported('grants'), user),
    }).toEqual({
      links: [
        {
          sub: user.sub,
          issuer: 'https://provider.example',
          subject,
          linked_as: 'ada@provider.example',
          created_at: 1_700_000_000,
        },
      ],
      consents: [
        {
          sub: user.sub,
          client_id,
          scope: 'openid offline_access',
          granted_at: expect.any(Number),
        },
      ],
      grants: [
        {
          id: expect.any(String),
          sub: user.sub,
          client_id,
          session_id: expect.any(String),
          scope: 'openid offline_access',
          resource: [],
          offline: true,
          amr: ['pwd'],
          acr: 'urn:postern:acr:1',
          auth_time: expect.any(Number),
          created_at: expect.any(Number),
          last_used_at: expect.any(Number),
          expires_at: expect.any(Number),
        },
      ],
    })
  })

  it('have no grant that has ended', async () => {
    const client = await registerClient()
    const user = await registerUser()
    await grantOf(passwordGrant(client, user))
    expect(of(await exported('grants'), user)).toHaveLength(1)
    await admin('POST', `/users/${user.id}/logout`)
    expect(of(await exported('grants'), user)).toEqual([])
  })

  it.each(['users', 'provider-links', 'consents', 'grants'])(
    'O17: refuse a cursor of another kind: %s',
    async (kind) => {
      const other = kind === 'users' ? '/export/users?hashes=true&' : '/export/users?'
      await Promise.all([registerUser(), registerUser()])
      const { next_cursor } = await pageAt(`${other}limit=1`)
      const query = new URLSearchParams({ cursor: next_cursor ?? '' })
      expect((await admin('GET', `/export/${kind}?${query}`)).status).toBe(400)
    },
  )
})

it('O19: no secret is in an export, and with hashes no password is', async () => {
  const user = await registerUser()
  const client = await registerClient()
  const webClient = await registerWebClient({ redirect_uris: [callback] })
  const id = crypto.randomUUID()
  await admin('POST', '/providers', {
    id,
    issuer: `https://${id}.example`,
    label: 'Elsewhere',
    client_id: 'a client',
    client_secret: `provider-secret-${id}`,
  })
  const tokens = await grantOf(passwordGrant(client, user))
  const browser = await signedIn(user)
  const code = await codeFor(browser, webClient)
  const fromCode = await grantOf(redeem(webClient, code))
  const { token } = await (
    await admin('POST', '/tokens', { name: 'x', scope: 'read' })
  ).json<{
    token: string
  }>()
  const secrets = [
    user.password,
    client.client_secret ?? '',
    webClient.client_secret ?? '',
    `provider-secret-${id}`,
    tokens.access_token,
    tokens.refresh_token,
    fromCode.access_token,
    fromCode.refresh_token,
    code,
    token,
    testSettings.ADMIN_TOKEN,
    testSettings.MASTER_KEY.split(':')[1] ?? '',
    ...browser.cookies.values(),
  ]
  const paths = [
    ...['users', 'users?hashes=true', 'provider-links', 'consents', 'grants'].map(
      (kind) => `/export/${kind}`,
    ),
    '/clients',
    '/providers',
    '/resources',
    '/authorization-details-types',
    '/events',
  ]
  const answers = await Promise.all(
    paths.map((path) => admin('GET', `${path}${path.includes('?') ? '&' : '?'}limit=500`)),
  )
  const texts = await Promise.all(answers.map((answer) => answer.text()))
  const shown = secrets.filter((secret) => secret === '' || texts.join('\n').includes(secret))
  expect({ statuses: new Set(answers.map(({ status }) => status)), shown }).toEqual({
    statuses: new Set([200]),
    shown: [],
  })
})
