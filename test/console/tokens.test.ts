// The screens about admin tokens and initial access tokens.
import { describe, expect, it } from 'vitest'
import { bearer, issuer, postern } from '../support/http.ts'
import { administrator, content, rowsOf, shown } from './administrator.ts'

const { agent, user: grace } = await administrator()

const unique = (): string => `t${crypto.randomUUID().slice(0, 8)}`

const secretIn = (html: string): string => /class="secret"[^>]*>([^<]+)</.exec(html)?.[1] ?? ''

/** Status of a request of the admin interface with this token. */
const statusWith = async (token: string, method: string, path: string): Promise<number> =>
  (
    await postern(
      new Request(`${issuer}/admin/v1${path}`, { method, headers: { ...bearer(token) } }),
    )
  ).status

/** The address of the question whether to delete what has this name. */
async function deletionOf(name: string, list: string): Promise<string> {
  const { html } = await agent.open(list)
  return new RegExp(`${name}.*?href="([^"]+/delete)"`, 's').exec(html)?.[1] ?? ''
}

describe('admin tokens', () => {
  const action = '/admin/tokens/new'

  it('O13: are made for what was chosen, shown once, and end when they are deleted', async () => {
    const name = unique()
    const open = await agent.open(action)
    const sent = { name, 'scope-read': 'on', lifetime: '7' }
    const place = await agent.submit(open, sent, { action })
    const token = secretIn(place.html)
    expect(await statusWith(token, 'GET', '/users')).toBe(200)
    expect(await statusWith(token, 'POST', '/keys/rotate')).toBe(403)
    const listed = await agent.open('/admin/tokens')
    const row = rowsOf(listed, 'Tokens').find(([first]) => first?.startsWith(name))
    expect(row?.slice(1, 5)).toEqual([
      'read',
      'now',
      expect.any(String),
      expect.stringMatching(/^in [67] days$/),
    ])
    expect(listed.html).not.toContain(token)
    // O21: the second copy of the form makes no second token.
    const again = await agent.submit(open, sent, { action })
    expect(content(again)).toContain('This form was sent before')
    const deletion = await deletionOf(name, '/admin/tokens')
    const question = await agent.open(deletion)
    const done = await agent.submit(question, {}, { action: deletion })
    expect(done.path).toBe('/admin/tokens?done=deleted')
    expect(await statusWith(token, 'GET', '/users')).toBe(401)
    const gone = await agent.submit(question, {}, { action: deletion })
    expect(gone.path).toBe('/admin/tokens?done=gone')
    expect(
      rowsOf(await agent.open('/admin/events?kind=admin-token.created'), 'Events')[0]?.[3],
    ).toBe(`${grace.username.slice(0, 31)}…`)
  })

  it('say what is missing beside the field and keep what was chosen', async () => {
    const open = await agent.open(action)
    const place = await agent.submit(open, { name: '', lifetime: '90' }, { action })
    expect(place.status).toBe(400)
    expect(content(place)).toContain('Choose at least one.')
    expect(place.html).toContain('id="name-fault"')
    expect(place.html).toContain('value="90" selected')
  })
})

describe('registration tokens', () => {
  const list = '/admin/registration-tokens'
  const action = `${list}/new`

  const register = async (token: string, metadata: object): Promise<number> =>
    (
      await postern(
        new Request(`${issuer}/oauth2/register`, {
          method: 'POST',
          headers: { ...bearer(token), 'Content-Type': 'application/json' },
          body: JSON.stringify(metadata),
        }),
      )
    ).status

  it('let somebody register as often as was said, within the limits', async () => {
    const label = unique()
    const sent = { label, max_uses: '1', redirect_hosts: 'app.example' }
    const place = await agent.submit(await agent.open(action), sent, { action })
    const token = secretIn(place.html)
    expect(await register(token, { redirect_uris: ['https://other.example/cb'] })).toBe(400)
    expect(await register(token, { redirect_uris: ['https://app.example/cb'] })).toBe(201)
    expect(await register(token, { redirect_uris: ['https://app.example/cb'] })).toBe(401)
    const rows = rowsOf(await agent.open(list), 'Registration tokens')
    const row = rows.find(([first]) => first === label)
    expect(row?.slice(0, 3)).toEqual([label, '1 / 1', 'app.example'])
    const deletion = await deletionOf(label, list)
    const done = await agent.submit(await agent.open(deletion), {}, { action: deletion })
    expect(shown(done)).toMatchObject({ status: 200, path: `${list}?done=deleted` })
  })

  it('say what is wrong beside each field', async () => {
    const sent = { label: '', max_uses: 'many', redirect_hosts: 'HTTPS://x y', scope: '"' }
    const place = await agent.submit(await agent.open(action), sent, { action })
    expect([...place.html.matchAll(/class="fault" id="(\w+)-fault"/g)].map(([, id]) => id)).toEqual(
      ['label', 'max_uses', 'scope', 'redirect_hosts'],
    )
  })
})
