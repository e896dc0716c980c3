// Providers in the operator's interface.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { issuer, read } from '../support/http.ts'
import { admin } from '../support/registry.ts'

const issuerOf = () => `https://${crypto.randomUUID()}.example`
const usual = () => ({
  label: 'Test provider',
  issuer: issuerOf(),
  client_id: 'postern',
  client_secret: 'a secret of theirs',
})

/** Makes a provider and gives what the answer says. */
async function create(more: object = {}) {
  const { status, body } = await read(await admin('POST', '/providers', { ...usual(), ...more }))
  if (status !== 201) throw new Error(JSON.stringify(body))
  return Object(body)
}

const problem = (status: number, title: string, detail: string, errors: object[]) => ({
  status,
  body: { type: 'about:blank', title, status, detail, errors },
})

const invalid = (field: string, detail: unknown = expect.any(String)) =>
  problem(400, 'Bad Request', 'the request is not valid', [{ field, detail }])

describe('POST /admin/v1/providers', () => {
  it('makes a provider with every default, and never shows its secret', async () => {
    const sent = { ...usual(), id: 'first' }
    const answer = await admin('POST', '/providers', sent)
    expect(answer.headers.get('Location')).toBe(`${issuer}/admin/v1/providers/first`)
    const { client_secret: _, ...shown } = sent
    expect(await read(answer)).toEqual({
      status: 201,
      body: {
        ...shown,
        client_ids: [],
        token_endpoint_auth_method: 'client_secret_basic',
        user_claim: 'sub',
        sign_in: true,
        scope: 'openid profile email',
        username_claim: 'preferred_username',
        name_claim: 'name',
        accounts: 'existing',
        assertions: false,
        assertion_clients: [],
        link_by_email: false,
        email_domains: [],
        domains: [],
        client_secret_set: true,
        redirect_uri: `${issuer}/login/callback/first`,
        disabled: false,
        created_at: expect.any(Number),
        updated_at: expect.any(Number),
      },
    })
  })

  it('keeps the secret wrapped, bound to its own row', async () => {
    const [one, other] = [await create(), await create({ client_secret: 'another' })]
    const rows = await env.DB.prepare('SELECT * FROM providers').all()
    expect(JSON.stringify(rows)).not.toContain('a secret of theirs')
    const wrapped = new Set(rows.results.map((row) => row.wrapped_client_secret))
    expect(wrapped.size).toBe(rows.results.length)
    expect(one.id).not.toBe(other.id)
  })

  it('needs no secret where none is used', async () => {
    const without = { client_secret: undefined, token_endpoint_auth_method: 'none' }
    expect((await create(without)).client_secret_set).toBe(false)
    const answer = await admin('POST', '/providers', { ...usual(), client_secret: undefined })
    expect(await read(answer)).toEqual(invalid('client_secret'))
  })

  it('refuses an identifier that is taken', async () => {
    const { id } = await create()
    expect((await admin('POST', '/providers', { ...usual(), id })).status).toBe(409)
  })

  it('refuses a token URL that is another provider’s: which is meant must be clear', async () => {
    const token_url = `${issuerOf()}/token`
    await create({ token_url })
    const answer = await admin('POST', '/providers', { ...usual(), token_url })
    const { id } = await create()
    expect((await read(answer)).status).toBe(409)
    expect((await admin('PATCH', `/providers/${id}`, { token_url })).status).toBe(409)
  })

  it.each([
    ['label', ''],
    ['label', undefined],
    ['id', 'Upper'],
    ['id', '../x'],
    ['client_id', ''],
    ['client_secret', ''],
    ['client_secret', 'line\nbreak'],
    ['token_endpoint_auth_method', 'private_key_jwt'],
    ['id_token_signed_response_alg', 'none'],
    ['id_token_signed_response_alg', 'HS256'],
    ['scope', 'profile'],
    ['scope', 'openid "x"'],
    ['accounts', 'anyone'],
    ['key_set_host', 'https://a.example'],
    ['key_set_host', 'a.example/keys'],
    ['email_domains.0', ['Example.com']],
    ['unknown_member', 1],
  ])('refuses %s: %j', async (field, value) => {
    const [name = ''] = field.split('.')
    const answer = await admin('POST', '/providers', { ...usual(), [name]: value })
    expect(await read(answer)).toEqual(invalid(field))
  })

  const addresses = [
    'http://a.example',
    'https://127.0.0.1',
    'https://10.0.0.1/token',
    'https://[::ffff:7f00:1]/',
    'https://metadata.google.internal/',
    'https://user@a.example/',
    'https://a.example:22/',
    'ftp://a.example/',
    'a.example',
    'https://as.example/token',
  ]

  it.each(addresses.flatMap((url) => [['issuer', url] as const, ['token_url', url] as const]))(
    'refuses an %s that must not be fetched: %s',
    async (field, url) => {
      const production = new Server({
        DEVELOPMENT: 'false',
        ISSUER: 'https://as.example',
        INSECURE_LOOPBACK_PROVIDERS: 'false',
      })
      const to = (request: Request) =>
        production.fetch(new Request(request.url.replace(issuer, 'https://as.example'), request))
      const answer = await admin('POST', '/providers', { ...usual(), [field]: url }, to)
      expect(await read(answer)).toEqual(invalid(field))
    },
  )

  it('allows plain http on this machine in development', async () => {
    await create({ issuer: 'http://127.0.0.1:9000', token_url: 'http://localhost:9000/token' })
  })
})

describe('one provider', () => {
  it('is shown, changed by a merge patch and deleted', async () => {
    const made = await create({
      link_by_email: true,
      email_domains: ['a.example'],
      accounts: 'create',
      scope: 'openid email',
    })
    const path = `/providers/${made.id}`
    const patch = { label: 'Renamed', link_by_email: null, email_domains: ['b.example'] }
    const changed = await read(await admin('PATCH', path, patch))
    expect(changed).toEqual({
      status: 200,
      body: {
        ...made,
        label: 'Renamed',
        link_by_email: false,
        email_domains: ['b.example'],
        updated_at: expect.any(Number),
      },
    })
    expect(await read(await admin('GET', path))).toEqual(changed)
    expect((await admin('DELETE', path)).status).toBe(204)
    expect((await admin('GET', path)).status).toBe(404)
    expect((await admin('DELETE', path)).status).toBe(404)
    expect((await admin('PATCH', path, {})).status).toBe(404)
  })

  it('keeps its secret until it is given another', async () => {
    const secretOf = async (id: string) =>
      env.DB.prepare('SELECT wrapped_client_secret FROM providers WHERE id = ?1').bind(id).first()
    const { id } = await create()
    const before = await secretOf(id)
    await admin('PATCH', `/providers/${id}`, { label: 'x' })
    expect(await secretOf(id)).toEqual(before)
    await admin('PATCH', `/providers/${id}`, { client_secret: 'new' })
    expect(await secretOf(id)).not.toEqual(before)
    const removal = await admin('PATCH', `/providers/${id}`, { client_secret: null })
    expect(await read(removal)).toEqual(invalid('client_secret'))
  })

  it('is disabled and enabled', async () => {
    const { id } = await create()
    const disabled = await read(await admin('PATCH', `/providers/${id}`, { disabled: true }))
    expect(disabled.body).toMatchObject({ disabled: true })
    const enabled = await read(await admin('PATCH', `/providers/${id}`, { disabled: null }))
    expect(enabled.body).toMatchObject({ disabled: false })
  })

  it('loses no change of many at once', async () => {
    const { id } = await create()
    const changes = ['label', 'name_claim', 'username_claim', 'user_claim'].map((name) =>
      admin('PATCH', `/providers/${id}`, { [name]: `new ${name}` }),
    )
    for (const answer of await Promise.all(changes)) expect(answer.status).toBe(200)
    expect((await read(await admin('GET', `/providers/${id}`))).body).toMatchObject({
      label: 'new label',
      name_claim: 'new name_claim',
      username_claim: 'new username_claim',
      user_claim: 'new user_claim',
    })
  })

  it('cannot be given what no provider may have', async () => {
    const { id } = await create()
    for (const patch of [{ issuer: null }, { issuer: 'http://a.example' }, { id: 'x' }]) {
      expect((await admin('PATCH', `/providers/${id}`, patch)).status).toBe(400)
    }
  })
})

describe('the list', () => {
  it('goes through all of them, a page at a time', async () => {
    for (let i = 0; i < 3; i++) await create()
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const answer = await admin('GET', `/providers?limit=2&cursor=${cursor}`)
      const page: { items: { id: string }[]; next_cursor: string | null } = await answer.json()
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.next_cursor
    }
    expect(seen).toEqual([...new Set(seen)].toSorted())
    expect(seen.length).toBeGreaterThan(3)
  })

  it('is for operators alone', async () => {
    const answer = await new Server().fetch(new Request(`${issuer}/admin/v1/providers`))
    expect(answer.status).toBe(401)
  })
})
