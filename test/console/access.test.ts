// Who gets into the console, and that nobody gets anything done there by accident or from elsewhere.
import { afterEach, describe, expect, it } from 'vitest'
import { backToNow, pass, signInAt, signedIn } from '../openid/flow.ts'
import { Server, noFault } from '../support/faults.ts'
import { get } from '../support/http.ts'
import { admin, patchUser, registerClient, registerUser } from '../support/registry.ts'
import { UserAgent, shownText } from '../support/user-agent.ts'
import { administrator, content, denied, shown } from './administrator.ts'

afterEach(backToNow)

const server = new Server()
const { agent, user } = await administrator('admin', server.fetch)
const somebody = await registerUser({ name: 'Ada Lovelace' })

const ofClient = `/admin/clients/${(await registerClient()).client_id}`

/** Every screen and form, about somebody and a client. */
const screens = (id: number): string[] => [
  '/admin',
  '/admin/events',
  '/admin/users',
  '/admin/users?q=us&role=admin&state=enabled&idle=30',
  `/admin/users/${id}`,
  '/admin/users/new',
  '/admin/users/invite',
  `/admin/users/${id}/edit`,
  `/admin/users/${id}/disable`,
  `/admin/users/${id}/reset`,
  `/admin/users/${id}/sign-out`,
  `/admin/users/${id}/delete`,
  '/admin/clients',
  '/admin/clients?q=us&origin=admin',
  '/admin/clients/new',
  ...['', '/edit', '/secret', '/end', '/disable', '/delete'].map((form) => `${ofClient}${form}`),
  '/admin/providers',
  '/admin/providers/new',
  '/admin/keys',
  '/admin/keys/rotate',
  '/admin/tokens',
  '/admin/tokens/new',
  '/admin/registration-tokens',
  '/admin/registration-tokens/new',
  '/admin/imports',
  '/admin/settings',
]

describe('who may see the console', () => {
  it('asks whoever is not signed in to, and comes back with the filters', async () => {
    const browser = new UserAgent()
    const asked = await browser.open('/admin/users?q=ada&state=disabled')
    expect(asked.title).toBe('Sign in · Postern')
    const back = await signInAt(browser, asked, user)
    expect(shown(back)).toEqual({
      status: 200,
      title: 'Users · Postern',
      path: '/admin/users?q=ada&state=disabled',
    })
  })

  it.each(screens(somebody.id))(
    'O20: a user without the role gets a 403 page at %s',
    async (path) => {
      const { agent: stranger } = await administrator(null)
      const place = await stranger.open(path)
      expect(shown(place)).toEqual(denied(path))
      expect(shownText(place)).not.toMatch(/console|admin|role|users/i)
    },
  )

  it('O20: whoever loses the role while signed in is out at the next click', async () => {
    const { agent: leaving, user: leaver } = await administrator()
    const open = await leaving.open('/admin/users/new')
    await patchUser(leaver, { role: null })
    expect(shown(await leaving.open('/admin/users'))).toEqual(denied('/admin/users'))
    const posted = await leaving.submit(
      open,
      { username: 'made-too-late' },
      { action: '/admin/users/new' },
    )
    expect(shown(posted)).toEqual(denied('/admin/users/new'))
    expect(await listed('made-too-late')).toEqual([])
  })

  it('a user who may look sees everything and can change nothing', async () => {
    const { agent: looking } = await administrator('admin-read')
    const place = await looking.open(`/admin/users/${somebody.id}`)
    expect(shown(place)).toMatchObject({ status: 200, title: 'Ada Lovelace · Postern' })
    expect(place.forms.map(({ action }) => action)).toEqual(['/sign-out'])
    expect(content(place)).not.toMatch(/Delete|Edit|Disable/)
    const form = `/admin/users/${somebody.id}/disable`
    expect(shown(await looking.open(form))).toEqual(denied(form))
  })

  it('a form that an administrator was shown does nothing once they may only look', async () => {
    const { agent: lowered, user: lower } = await administrator()
    const action = `/admin/users/${somebody.id}/disable`
    const open = await lowered.open(action)
    await patchUser(lower, { role: 'admin-read' })
    expect(shown(await lowered.submit(open, {}, { action }))).toEqual(denied(action))
    expect(await isDisabled(somebody.id)).toBe(false)
  })

  it('leaves the addresses of the admin interface alone', async () => {
    const answer = await get('/admin/v1/users', { Accept: 'text/html' })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
  })

  it.each(['/admin/nothing', '/admin/users/0', '/admin/users/99999999', '/admin/users/1/x'])(
    'has nothing at %s',
    async (path) => {
      expect((await agent.open(path, { Accept: 'text/html' })).status).toBe(404)
    },
  )
})

describe('a screen', () => {
  it.each(screens(somebody.id))('takes three calls of D1 at most: %s', async (path) => {
    // The first request that asks for keys makes them.
    await get('/.well-known/jwks.json', {}, server.fetch)
    server.plan(noFault)
    const place = await agent.open(path)
    await server.settled()
    expect(place.status).toBe(200)
    const calls = server.calls.filter(({ binding }) => binding === 'DB')
    expect(calls.length).toBeLessThanOrEqual(3)
  })

  it('has no script, no frame and no copy in a cache', async () => {
    const { headers, html } = await agent.open('/admin/users')
    expect(headers.get('Content-Security-Policy')).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    )
    expect(headers.get('Cache-Control')).toBe('no-store')
    expect(html).not.toMatch(/<script|\son\w+=|\sstyle=/)
  })

  it('is drawn by stylesheets that are there', async () => {
    const { html } = await agent.open('/admin')
    const sheets = [...html.matchAll(/rel="stylesheet" href="([^"]+)"/g)].map(([, href]) => href)
    const types = await Promise.all(
      sheets.map(async (href) => (await get(href ?? '')).headers.get('Content-Type')),
    )
    expect(types).toEqual(['text/css; charset=utf-8', 'text/css; charset=utf-8'])
  })

  it('says that storage fails instead of showing half of it', async () => {
    server.plan(({ text }) => (text.includes('audit_events') ? 'fails' : null))
    const place = await agent.open('/admin')
    server.plan(noFault)
    expect(shown(place)).toMatchObject({ status: 503, title: 'We will be right back · Postern' })
  })
})

describe('what destroys, or gives power', () => {
  const ways = /\/(new|edit|disable|reset|sign-out|delete|secret|end|rotate)$/
  const forms = screens(somebody.id).filter((path) => ways.test(path))

  it.each(forms)('wants a sign-in of the last 15 minutes and leads back: %s', async (path) => {
    const { agent: late, user: latecomer } = await administrator()
    pass(899)
    expect((await late.open(path)).status).toBe(200)
    pass(901)
    const asked = await late.open(path)
    expect(asked.title).toBe('Confirm it’s you · Postern')
    const back = await signInAt(late, asked, latecomer)
    expect({ status: back.status, path: back.path }).toEqual({ status: 200, path })
  })

  it('is not done by a form that was left open for longer', async () => {
    const { agent: late } = await administrator()
    const victim = await registerUser()
    const action = `/admin/users/${victim.id}/disable`
    const open = await late.open(action)
    pass(901)
    expect((await late.submit(open, {}, { action })).title).toBe('Confirm it’s you · Postern')
    expect(await isDisabled(victim.id)).toBe(false)
  })
})

describe('O21: a form of the console', () => {
  const action = `/admin/users/${somebody.id}/disable`
  const refused = { status: 403, title: 'Please try that again · Postern', path: action }

  it.each([
    ['from another site', { headers: { Origin: 'https://evil.example' } }],
    ['from another site, as the browser says', { headers: { 'Sec-Fetch-Site': 'cross-site' } }],
  ])('is refused %s', async (_, { headers }) => {
    const open = await agent.open(action)
    expect(shown(await agent.submit(open, {}, { action, headers }))).toEqual(refused)
  })

  it('is refused without its token, and with that of another form', async () => {
    expect(shown(await agent.post(action, {}))).toEqual(refused)
    const other = await agent.open(`/admin/users/${somebody.id}/delete`)
    const [form] = other.forms.filter(({ action: to }) => to.endsWith('/delete'))
    expect(shown(await agent.post(action, { ...form?.hidden }))).toEqual(refused)
  })

  it('is refused in another browser of the same administrator', async () => {
    const open = await agent.open(action)
    const other = await signedIn(user)
    expect(shown(await other.submit(open, {}, { action }))).toEqual(refused)
    expect(await isDisabled(somebody.id)).toBe(false)
  })
})

async function listed(username: string): Promise<unknown[]> {
  const answer = await admin('GET', `/users?username=${username}`)
  return (await answer.json<{ items: unknown[] }>()).items
}

async function isDisabled(id: number): Promise<boolean> {
  const answer = await admin('GET', `/users/${id}`)
  return (await answer.json<{ disabled: boolean }>()).disabled
}
