// Protected resources in the operator's interface.
import { describe, expect, it } from 'vitest'
import { get, issuer, read } from '../support/http.ts'
import { admin } from '../support/registry.ts'
import { invalid, problem } from './operator.ts'

const freshUri = () => `https://${crypto.randomUUID()}.example/mcp`

/** Registers a resource and returns what the answer says. */
async function create(more: object = {}) {
  const answer = await admin('POST', '/resources', { resource: freshUri(), ...more })
  const { status, body } = await read(answer)
  if (status !== 201) throw new Error(JSON.stringify(body))
  return Object(body)
}

const taken = problem(409, 'already in use', [
  { field: 'resource', detail: 'or one of the aliases belongs to another resource' },
])

describe('POST /admin/v1/resources', () => {
  it('registers a resource with every default', async () => {
    const resource = freshUri()
    const answer = await admin('POST', '/resources', { resource })
    const { location, ...rest } = {
      ...(await read(answer)),
      location: answer.headers.get('Location'),
    }
    expect(rest).toEqual({
      status: 201,
      body: {
        id: expect.any(String),
        resource,
        aliases: [],
        dpop_required: false,
        open_to: 'all',
        texts: {},
        access_token_signing_alg: 'ES256',
        access_token_typ: 'at+jwt',
        created_at: expect.any(Number),
        updated_at: expect.any(Number),
      },
    })
    expect(location).toBe(`${issuer}/admin/v1/resources/${Object(rest.body).id}`)
  })

  it('keeps everything that is said about it', async () => {
    const sent = {
      resource: freshUri(),
      name: 'Calendar',
      scope: 'mcp:tools mcp:files',
      aliases: [freshUri()],
      access_token_ttl: 120,
      dpop_required: true,
      open_to: 'listed',
      texts: {
        'mcp:tools': 'run its tools',
        'mcp:files': { en: 'read files', de: 'Dateien lesen' },
      },
      access_token_signing_alg: 'RS256',
      access_token_typ: 'JWT',
    }
    const { id } = await create(sent)
    expect(await read(await admin('GET', `/resources/${id}`))).toEqual({
      status: 200,
      body: {
        ...sent,
        id,
        created_at: expect.any(Number),
        updated_at: expect.any(Number),
      },
    })
  })

  it.each([
    ['the very same', (uri: string) => ({ resource: uri })],
    ['another case', (uri: string) => ({ resource: uri.replace('https', 'HTTPS') })],
    ['the default port', (uri: string) => ({ resource: uri.replace('.example', '.example:443') })],
    ['an extra query', (uri: string) => ({ resource: `${uri}?tenant=1` })],
    ['an alias', (uri: string) => ({ resource: freshUri(), aliases: [uri] })],
  ])('RI4: a spelling belongs to one resource: %s', async (_what, spelled) => {
    const { resource } = await create()
    const answer = await admin('POST', '/resources', spelled(resource))
    expect(await read(answer)).toEqual(taken)
  })

  it('takes a resource whose aliases are other spellings of itself', async () => {
    const host = `https://${crypto.randomUUID()}.example`
    expect(await create({ resource: host, aliases: [`${host}/`] })).toMatchObject({
      resource: host,
      aliases: [`${host}/`],
    })
  })

  it.each([
    [
      'a relative resource',
      { resource: '/mcp' },
      'resource',
      'must be an absolute URI without fragment',
    ],
    [
      'a fragment',
      { resource: 'https://a.example/#x' },
      'resource',
      'must be an absolute URI without fragment',
    ],
    ['this server', { resource: `${issuer}/` }, 'resource', 'must not be this server itself'],
    [
      'this server as an alias',
      { aliases: [issuer] },
      'resource',
      'must not be this server itself',
    ],
    [
      'a scope of this server',
      { scope: 'mcp:tools openid' },
      'scope',
      'must not contain a scope of this server: openid, profile, email, address, phone, offline_access',
    ],
    [
      'another algorithm',
      { access_token_signing_alg: 'none' },
      'access_token_signing_alg',
      'must be one of ES256, RS256, EdDSA',
    ],
    [
      'another type',
      { access_token_typ: 'logout+jwt' },
      'access_token_typ',
      'must be one of at+jwt, JWT',
    ],
    ['a member that it does not know', { scopes: 'a' }, 'scopes', 'is not supported'],
  ])('refuses %s', async (_what, sent, field, detail) => {
    const answer = await admin('POST', '/resources', { resource: freshUri(), ...sent })
    expect(await read(answer)).toEqual(invalid({ field, detail }))
  })

  it('RI9: publishes a key of the algorithm before anything is signed with it', async () => {
    await create({ access_token_signing_alg: 'EdDSA' })
    const { keys } = await (await get('/.well-known/jwks.json')).json<{ keys: object[] }>()
    expect(keys).toContainEqual({
      kty: 'OKP',
      crv: 'Ed25519',
      x: expect.any(String),
      kid: expect.any(String),
      use: 'sig',
      alg: 'EdDSA',
    })
  })
})

describe('PATCH and DELETE /admin/v1/resources/{id}', () => {
  it('changes what is named, removes what is null and keeps the rest', async () => {
    const { id, resource } = await create({
      name: 'Calendar',
      scope: 'a',
      texts: { a: 'x', b: 'y' },
    })
    const patch = { name: null, scope: 'a b', texts: { b: null } }
    const { status, body } = await read(await admin('PATCH', `/resources/${id}`, patch))
    expect({ status, body }).toEqual({
      status: 200,
      body: expect.objectContaining({ id, resource, scope: 'a b', texts: { a: 'x' } }),
    })
    expect(Object(body).name).toBeUndefined()
  })

  it('frees a spelling that it has no more, and takes none of another resource', async () => {
    const alias = freshUri()
    const { id } = await create({ aliases: [alias] })
    const other = await create()
    const take = { aliases: [alias] }
    const refused = await read(await admin('PATCH', `/resources/${other.id}`, take))
    await admin('PATCH', `/resources/${id}`, { aliases: [] })
    const { status } = await admin('PATCH', `/resources/${other.id}`, take)
    expect({ refused, status }).toEqual({ refused: taken, status: 200 })
  })

  it('deletes a resource with its spellings, once', async () => {
    const { id, resource } = await create()
    const path = `/resources/${id}`
    const answers = [await admin('DELETE', path), await admin('DELETE', path)]
    expect({
      statuses: answers.map(({ status }) => status),
      gone: (await admin('GET', path)).status,
      again: (await admin('POST', '/resources', { resource })).status,
    }).toEqual({ statuses: [204, 404], gone: 404, again: 201 })
  })

  it.each(['GET', 'PATCH', 'DELETE'])('%s of an unknown one is 404', async (method) => {
    const body = method === 'PATCH' ? {} : undefined
    const answers = ['x', crypto.randomUUID()].map((id) => admin(method, `/resources/${id}`, body))
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([404, 404])
  })
})

it('GET /admin/v1/resources lists each once, a page at a time', async () => {
  const made = [await create(), await create(), await create()].map(({ id }) => id)
  const listed: unknown[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: { items: { id: string }[]; next_cursor: string | null } = await (
      await admin('GET', `/resources?limit=2&cursor=${cursor}`)
    ).json()
    listed.push(...page.items.map(({ id }) => id))
    cursor = page.next_cursor
  }
  expect(new Set(listed).size).toBe(listed.length)
  expect(listed).toEqual(expect.arrayContaining(made))
})

it('of two that register one spelling at once, one wins', async () => {
  const resource = freshUri()
  const both = [resource, `${resource}?x`].map((uri) =>
    admin('POST', '/resources', { resource: uri }),
  )
  const statuses = (await Promise.all(both)).map(({ status }) => status)
  expect(statuses.toSorted()).toEqual([201, 409])
})
