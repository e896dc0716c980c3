// `managed_by`: which applied configuration an object belongs to.
import { describe, expect, it } from 'vitest'
import { basic, post, read } from '../support/http.ts'
import { admin } from '../support/registry.ts'
import { invalid } from './operator.ts'

const fresh = (prefix: string) => `${prefix}-${crypto.randomUUID()}`
const redirect_uris = ['https://app.example/callback']

const members: Record<string, () => Record<string, unknown>> = {
  '/users': () => ({ username: fresh('user') }),
  '/clients': () => ({ client_id: fresh('client'), redirect_uris }),
  '/resources': () => ({ resource: `https://${crypto.randomUUID()}.example` }),
  '/providers': () => ({
    id: crypto.randomUUID(),
    label: 'P',
    issuer: 'https://provider.example',
    client_id: 'postern',
    token_endpoint_auth_method: 'none',
  }),
  '/authorization-details-types': () => ({
    type: fresh('type'),
    title: 'A type',
    schema: { type: 'object', properties: {} },
  }),
}

const below = (location: string | null): string => (location ?? '').replace(/^.*\/admin\/v1/, '')

async function managerOf(answer: Response): Promise<unknown> {
  const { body } = await read(answer)
  return Object(body).managed_by ?? null
}

describe.each(Object.entries(members))('managed_by of %s', (path, newMembers) => {
  it('is set by who creates the object, changed, and removed by null', async () => {
    const created = await admin('POST', path, { ...newMembers(), managed_by: 'team-a' })
    const one = below(created.headers.get('location'))
    const seen = [
      await managerOf(created),
      await managerOf(await admin('PATCH', one, { managed_by: 'team-b' })),
      await managerOf(await admin('GET', one)),
      await managerOf(await admin('PATCH', one, { managed_by: null })),
      await managerOf(await admin('GET', one)),
    ]
    expect(seen).toEqual(['team-a', 'team-b', 'team-b', null, null])
  })

  it('is nobody unless somebody says so, and stays through other changes', async () => {
    const unmanaged = await admin('POST', path, newMembers())
    const managed = await admin('POST', path, { ...newMembers(), managed_by: 'team-a' })
    const one = below(managed.headers.get('location'))
    const change = path === '/authorization-details-types' ? { title: 'B' } : { disabled: true }
    await admin('PATCH', one, path === '/resources' ? { name: 'B' } : change)
    expect([await managerOf(unmanaged), await managerOf(await admin('GET', one))]).toEqual([
      null,
      'team-a',
    ])
  })

  it('must be a name', async () => {
    const answer = await read(await admin('POST', path, { ...newMembers(), managed_by: 'a b' }))
    const detail = 'must be 1 to 100 of the characters A-Z a-z 0-9 _ . : / -'
    expect(answer).toMatchObject(invalid({ field: 'managed_by', detail }))
  })
})

describe('the filter managed_by', () => {
  it.each([
    ['/users', 'username'],
    ['/clients', 'client_id'],
  ])('of %s finds those of one configuration', async (path, key) => {
    const manager = fresh('team')
    const create = (managed_by: string) => admin('POST', path, { ...members[path]?.(), managed_by })
    await create(fresh('other'))
    const { body } = await read(await create(manager))
    const found = await read(await admin('GET', `${path}?managed_by=${manager}`))
    expect(found.body).toMatchObject({ items: [{ [key]: Object(body)[key] }], next_cursor: null })
  })
})

describe('a client that a configuration created', () => {
  it('has the origin config', async () => {
    const path = '/clients'
    const { body } = await read(
      await admin('POST', path, { ...members[path]?.(), managed_by: 'a' }),
    )
    expect(body).toMatchObject({ origin: 'config' })
  })
})

describe('a secret that the operator sets', () => {
  const secrets = ['first-of-0123456789-abc', 'second-of-0123456789-ab', 'third-of-0123456789-abc']

  /** What a client's secrets are worth. */
  const statusesOf = (client_id: string) =>
    Promise.all(
      secrets.map(async (secret) => {
        const answer = await post('/oauth2/introspect', { token: 'none' }, basic(client_id, secret))
        return answer.status
      }),
    )

  it('replaces the present one, which stays valid beside it; the same again changes nothing', async () => {
    const client_id = fresh('client')
    await admin('POST', '/clients', { client_id, redirect_uris, client_secret: secrets[0] })
    await admin('PATCH', `/clients/${client_id}`, { client_secret: secrets[1] })
    const answer = await read(
      await admin('PATCH', `/clients/${client_id}`, { client_secret: secrets[1] }),
    )
    expect(JSON.stringify(answer.body)).not.toContain(secrets[1])
    expect(await statusesOf(client_id)).toEqual([200, 200, 401])
  })

  it('is refused for a client without one', async () => {
    const client_id = fresh('client')
    const method = { token_endpoint_auth_method: 'none' }
    await admin('POST', '/clients', { client_id, redirect_uris, ...method })
    const patch = { client_name: 'Changed', client_secret: secrets[0] }
    const answer = await read(await admin('PATCH', `/clients/${client_id}`, patch))
    const detail = 'must be absent for the method none'
    expect(answer).toMatchObject(invalid({ field: 'client_secret', detail }))
  })
})
