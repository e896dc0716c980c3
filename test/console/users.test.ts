// The screens about users: finding them, seeing what belongs to them, changing and ending it.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { registerWebClient, signedIn, signInAt, signInTo } from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { admin, registerUser } from '../support/registry.ts'
import { refresh } from '../support/tokens.ts'
import { UserAgent, formOf } from '../support/user-agent.ts'
import { administrator, content, rowsOf, shown } from './administrator.ts'

const { agent, user: grace } = await administrator()

const hostile = `<script>alert(1)</script>\u202e\u0007${'x'.repeat(150)}`

const unique = (): string => `u${crypto.randomUUID().slice(0, 8)}`

describe('the list of users', () => {
  it('finds users by how a name begins, whatever its case', async () => {
    const name = unique()
    await registerUser({ username: `${name}-1`, email: null, name: 'Ada Lovelace' })
    await registerUser({ username: `${name}-2`, email: `${name}-2@example.com`, disabled: true })
    const place = await agent.open(`/admin/users?q=${name.toUpperCase()}`)
    expect(rowsOf(place, 'Users').map(([first, , state]) => [first, state])).toEqual([
      [`Ada Lovelace ${name}-1`, ''],
      [`${name}-2 ${name}-2@example.com`, 'Disabled'],
    ])
  })

  it('combines the search with the filters', async () => {
    const name = unique()
    await registerUser({ username: `${name}-1`, email: null, role: 'reader' })
    await registerUser({ username: `${name}-2`, role: 'reader', disabled: true })
    await registerUser({ username: `${name}-3` })
    const query = `q=${name}&role=reader&state=enabled&idle=90`
    const rows = rowsOf(await agent.open(`/admin/users?${query}`), 'Users')
    expect(rows.map(([first]) => first)).toEqual([`${name}-1`])
  })

  it('finds a user by the subject identifier', async () => {
    const { sub, username, email } = await registerUser()
    const rows = rowsOf(await agent.open(`/admin/users?q=${sub}`), 'Users')
    expect(rows.map(([first]) => first)).toEqual([`${username} ${email}`])
  })

  it('has pages that live in the address, and begins anew for a cursor of another list', async () => {
    const name = unique()
    for (let nth = 10; nth < 62; nth++) await registerUser({ username: `${name}-${nth}` })
    const first = await agent.open(`/admin/users?q=${name}`)
    const next = /href="([^"]*cursor=[^"]*)"/.exec(first.html)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const second = await agent.open(next)
    const count = (place: typeof first): number => rowsOf(place, 'Users').length
    expect([count(first), count(second)]).toEqual([50, 2])
    expect(second.html).toContain(`href="/admin/users?q=${name}">First page`)
    const other = await agent.open(next.replace(name, `${name}-1`))
    expect([other.status, count(other)]).toEqual([200, 10])
  })

  it.each([
    ['q=a', 'Please type at least 2 characters.'],
    ['q=%25%25', 'No user fits.'],
    ['q=__', 'No user fits.'],
    ["q=''", 'No user fits.'],
    [`q=${'x'.repeat(5000)}`, 'No user fits.'],
    ['role=nobody', 'No user fits.'],
    ['state=odd&idle=-1&cursor=x&language=de', 'Grace Hopper'],
  ])('O16: takes %s literally', async (query, text) => {
    const place = await agent.open(`/admin/users?${query}`)
    expect(place.status).toBe(200)
    expect(content(place)).toContain(text)
  })
})

describe('a user', () => {
  it('is shown with browsers, apps and events on one screen, by names', async () => {
    const user = await registerUser({ name: 'Ada Lovelace' })
    const client = await registerWebClient({ client_name: 'Analytical Notes' })
    await signedIn(user)
    await signInTo(await signedIn(user), client)
    const place = await agent.open(`/admin/users/${user.id}`)
    expect(place.title).toBe('Ada Lovelace · Postern')
    expect(content(place)).toContain('Browsers (2)')
    expect(rowsOf(place, 'Apps').map(([app]) => app)).toEqual(['Analytical Notes'])
    const kinds = rowsOf(place, 'Events').map(([, what]) => what)
    expect(kinds.filter((kind) => kind === 'user signed in').length).toBe(2)
    expect(kinds).toContain('code redeemed')
    expect(kinds.at(-1)).toBe('user created')
  })

  it('O19: shows no secret that belongs to them', async () => {
    const user = await registerUser()
    const browser = await signedIn(user)
    const place = await agent.open(`/admin/users/${user.id}`)
    const row = await env.DB.prepare('SELECT * FROM users WHERE id = ?').bind(user.id).first()
    const session = await env.DB.prepare('SELECT digest FROM sessions WHERE user_id = ?')
      .bind(user.id)
      .first()
    const secrets = [
      user.password,
      row?.password_hash,
      row?.pairwise_salt,
      session?.digest,
      ...browser.cookies.values(),
    ].map(String)
    expect(secrets.filter((secret) => place.html.includes(secret))).toEqual([])
  })

  it('O22: shows hostile names escaped, cut and without control characters', async () => {
    const user = await registerUser({ name: 'Ada' })
    const put = "UPDATE users SET name = ?1, role = '<script>' WHERE id = ?2"
    await env.DB.prepare(put).bind(hostile.repeat(60), user.id).run()
    const put2 =
      'INSERT INTO audit_events (at, kind, user_id, request_id, user_agent, address) VALUES (?, ?2, ?3, ?2, ?2, ?2)'
    await env.DB.prepare(put2).bind(1, hostile, user.id).run()
    for (const path of [`/admin/users/${user.id}`, `/admin/users?q=${user.username}`, '/admin']) {
      const { html } = await agent.open(path)
      expect(html).not.toMatch(/<script|\p{Cc}|\u202e|x{130}/u)
    }
  })
})

describe('inviting somebody', () => {
  const action = '/admin/users/invite'
  const inviting = new Server({ SIGN_UP: 'invite' })

  it('shows the link by which they create their account, once', async () => {
    const { agent: operator } = await administrator('admin', inviting.fetch)
    const list = await operator.open('/admin/users')
    const email = `${unique()}@people.example`
    const place = await operator.submit(
      await operator.open(action),
      { email, role: 'reader' },
      { action },
    )
    const link = /https?:\/\/[^<"\s]+(\/mail\/invite\?token=[\w-]+)/.exec(place.html)?.[1] ?? ''
    const invited = await new UserAgent(inviting.fetch).open(link)
    expect({
      isOffered: list.html.includes(`href="${action}"`),
      status: place.status,
      says: content(place).includes(`Give this link to ${email}. It counts once, for 7 days.`),
      invited: invited.status,
      address: invited.html.includes(email),
    }).toEqual({ isOffered: true, status: 200, says: true, invited: 200, address: true })
  })

  it('says what is wrong beside the address: no mail, an account, or no sign-up', async () => {
    const { agent: operator } = await administrator('admin', inviting.fetch)
    const { email } = await registerUser()
    const faultOf = async (by: UserAgent, typed: string) => {
      const { status, html } = await by.submit(await by.open(action), { email: typed }, { action })
      return { status, fault: html.includes('id="email-fault"') }
    }
    const refused = { status: 400, fault: true }
    expect([
      await faultOf(operator, 'nonsense'),
      await faultOf(operator, email),
      await faultOf(agent, `${unique()}@people.example`),
      (await agent.open('/admin/users')).html.includes(`href="${action}"`),
    ]).toEqual([refused, refused, refused, false])
  })
})

describe('creating a user', () => {
  const action = '/admin/users/new'

  it('makes a user who can sign in, and says so', async () => {
    const username = unique()
    const sent = { username, name: 'Ada Lovelace', role: 'reader', password: 'a pass phrase' }
    const place = await agent.submit(await agent.open(action), sent, { action })
    expect(place.title).toBe('Ada Lovelace · Postern')
    expect(content(place)).toContain('Created.')
    const browser = new UserAgent()
    const home = await signInAt(browser, await browser.open('/'), {
      username,
      password: 'a pass phrase',
    })
    expect(home.path).toBe('/')
    const events = rowsOf(await agent.open(place.path), 'Events')
    expect(events.at(-1)).toMatchObject({ 1: 'user created', 2: grace.username.slice(0, 31) + '…' })
  })

  it('says what is wrong beside each field and keeps what was typed', async () => {
    const sent = { username: 'two words ', email: 'nonsense', name: 'Ada', password: 'short' }
    const place = await agent.submit(await agent.open(action), sent, { action })
    expect(place).toMatchObject({ status: 400, title: 'Error: Create user · Postern' })
    expect([...place.html.matchAll(/class="fault" id="(\w+)-fault"/g)].map(([, id]) => id)).toEqual(
      ['username', 'email', 'password'],
    )
    expect(place.html).toContain('value="nonsense"')
    expect(place.html).not.toContain('short')
  })

  it('O21: makes one user of a form that is sent twice', async () => {
    const open = await agent.open(action)
    const username = unique()
    await agent.submit(open, { username }, { action })
    const again = await agent.submit(open, { username }, { action })
    expect(again.status).toBe(400)
    expect(content(again)).toContain('Is the username or e-mail address of another user.')
  })
})

describe('editing a user', () => {
  const open = async (facts: object = {}) => {
    const user = await registerUser({ name: 'Ada', ...facts })
    const action = `/admin/users/${user.id}/edit`
    const { username, email } = user
    return { user, action, place: await agent.open(action), as: { username, email, name: 'Ada' } }
  }

  it('changes what was changed, and notes the names of those members alone', async () => {
    const { user, action, place, as } = await open()
    const saved = await agent.submit(place, { ...as, name: 'Ada Lovelace' }, { action })
    expect(saved.title).toBe('Ada Lovelace · Postern')
    const { items } = await (
      await admin('GET', `/users/${user.id}/events?kind=user.changed`)
    ).json<{ items: { detail: object; actor: string }[] }>()
    expect(items.map(({ detail, actor }) => ({ detail, actor }))).toEqual([
      { detail: { fields: ['name'] }, actor: `user:${grace.id}` },
    ])
  })

  it('counts a new address as unverified', async () => {
    const { user, action, place, as } = await open({ email_verified: true })
    const next = { ...as, email: `new-${user.email}`, email_verified: 'on' }
    await agent.submit(place, next, { action })
    const stored = await (await admin('GET', `/users/${user.id}`)).json()
    expect(stored).toMatchObject({ email: `new-${user.email}`, email_verified: false })
  })

  it('O21: does not undo what somebody saved in another tab', async () => {
    const { user, action, place, as } = await open()
    const tab = await agent.open(action)
    await agent.submit(place, { ...as, name: 'Ada Lovelace' }, { action })
    const late = await agent.submit(tab, { ...as, name: 'Ada King' }, { action })
    expect(late.status).toBe(400)
    expect(content(late)).toContain('Somebody has changed this in the meantime.')
    expect(late.html).toContain('value="Ada Lovelace"')
    const stored = await (await admin('GET', `/users/${user.id}`)).json()
    expect(stored).toMatchObject({ name: 'Ada Lovelace' })
  })

  it('does not let administrators take their own role', async () => {
    const action = `/admin/users/${grace.id}/edit`
    const { username, email } = grace
    const place = await agent.submit(await agent.open(action), { username, email }, { action })
    expect(content(place)).toContain('You cannot do this to your own account.')
  })
})

describe('ending', () => {
  it('one browser signs that browser out', async () => {
    const user = await registerUser()
    const [one, other] = [await signedIn(user), await signedIn(user)]
    const path = `/admin/users/${user.id}`
    const place = await agent.open(path)
    const [, session = ''] = /name="session" value="([^"]+)"/.exec(place.html) ?? []
    const hidden = formsTo(place, `${path}/sessions`)
    const done = await agent.post(`${path}/sessions`, { ...hidden, session })
    expect(content(done)).toContain('Browsers (1)')
    const ended = await Promise.all([one, other].map(async (b) => (await b.open('/')).path === '/'))
    expect(ended.toSorted()).toEqual([false, true])
  })

  it('O21: one app revokes its tokens, and a repeat does nothing more', async () => {
    const user = await registerUser()
    const client = await registerWebClient()
    const tokens = await signInTo(await signedIn(user), client)
    const path = `/admin/users/${user.id}`
    const place = await agent.open(path)
    const [, grant = ''] = /name="grant" value="([^"]+)"/.exec(place.html) ?? []
    const hidden = formsTo(place, `${path}/grants`)
    expect(content(await agent.post(`${path}/grants`, { ...hidden, grant }))).toContain('Apps (0)')
    expect((await refresh(client, tokens.refresh_token ?? '')).status).toBe(400)
    const again = await agent.post(`${path}/grants`, { ...hidden, grant })
    const kinds = rowsOf(again, 'Events').map(([, what]) => what)
    expect(kinds.filter((kind) => kind === 'grant revoked')).toHaveLength(1)
  })

  it('everything says before how much it ends', async () => {
    const user = await registerUser()
    const browser = await signedIn(user)
    await signInTo(browser, await registerWebClient())
    const action = `/admin/users/${user.id}/sign-out`
    const place = await agent.open(action)
    expect(content(place)).toContain('This ends 1 app, 1 browser at once.')
    const done = await agent.submit(place, {}, { action })
    expect(content(done)).toContain('Browsers (0)')
    expect((await browser.open('/')).path).not.toBe('/')
  })

  it('an account by disabling it, until it is enabled again', async () => {
    const user = await registerUser()
    const browser = await signedIn(user)
    const path = `/admin/users/${user.id}`
    const action = `${path}/disable`
    const off = await agent.submit(await agent.open(action), {}, { action })
    expect(content(off)).toContain('Disabled')
    expect((await browser.open('/')).path).not.toBe('/')
    const on = await agent.submit(off, {}, { action: `${path}/enable` })
    expect(content(on)).toContain('Enabled.')
    await signedIn(user)
  })

  it('an account by deleting it, after its name is typed', async () => {
    const user = await registerUser()
    const action = `/admin/users/${user.id}/delete`
    const place = await agent.open(action)
    const wrong = await agent.submit(place, { typed: 'somebody' }, { action })
    expect(content(wrong)).toContain('This is not the name.')
    const done = await agent.submit(place, { typed: user.username }, { action })
    expect(shown(done)).toEqual({
      status: 200,
      title: 'Users · Postern',
      path: '/admin/users?done=deleted',
    })
    expect((await admin('GET', `/users/${user.id}`)).status).toBe(404)
    // O21: the second half of a double click finds it gone.
    const again = await agent.submit(place, { typed: user.username }, { action })
    expect(again.path).toBe('/admin/users?done=gone')
  })

  it.each(['disable', 'delete', 'reset'])('not oneself: %s', async (verb) => {
    const action = `/admin/users/${grace.id}/${verb}`
    const sent = { typed: grace.username }
    const place = await agent.submit(await agent.open(action), sent, { action })
    expect(content(place)).toContain('You cannot do this to your own account.')
  })

  it('the tries of a password lets somebody in at once', async () => {
    const user = await registerUser()
    const browser = new UserAgent()
    for (let nth = 0; nth < 12; nth++) {
      await signInAt(browser, await browser.open('/'), { ...user, password: 'wrong' })
    }
    const path = `/admin/users/${user.id}`
    const done = await agent.submit(await agent.open(path), {}, { action: `${path}/unlock` })
    expect(content(done)).toContain('They can try again at once.')
    expect((await signInAt(browser, await browser.open('/'), user)).path).toBe('/')
  })
})

describe('resetting a password', () => {
  it('O21: shows a link once, by which the person sets a new one; a repeat ends nothing', async () => {
    const user = await registerUser()
    const action = `/admin/users/${user.id}/reset`
    const open = await agent.open(action)
    const place = await agent.submit(open, {}, { action })
    const link = /http:\/\/[^\s<]+/.exec(content(place))?.[0] ?? ''
    const again = await agent.submit(open, {}, { action })
    expect(content(again)).toContain('This form was sent before')
    const id = formOf(open, action).hidden.form?.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A'))
    expect((await agent.submit(open, { form: id }, { action })).status).toBe(403)
    const browser = new UserAgent()
    const page = await browser.open(new URL(link).pathname + new URL(link).search)
    expect(page.status).toBe(200)
    expect(formOf(page).action).toContain('/reset')
  })
})

function formsTo(
  place: { forms: { action: string; hidden: Record<string, string> }[] },
  action: string,
) {
  return place.forms.find((form) => form.action === action)?.hidden ?? {}
}
