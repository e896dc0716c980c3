// The overview of an account, and the pages of names, language and password.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { authorizePath, backToNow, registerWebClient, signInAt, signedIn } from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { issuer } from '../support/http.ts'
import { mailingServer } from '../support/mail.ts'
import { admin, registerUser } from '../support/registry.ts'
import { passwordGrant } from '../support/tokens.ts'
import { registerPublicClient } from '../support/registry.ts'
import { codeOfApp, userWithApp } from '../support/totp.ts'
import { UserAgent, shownText, type Place } from '../support/user-agent.ts'
import { at, becomeStale, row, send } from './pages.ts'

afterEach(backToNow)

const client = await registerPublicClient()
const withNames = new Server({ SIGN_UP_USERNAME: 'true' })

/** Each section of the overview, with its state. */
const overview = (place: Place): Record<string, string> =>
  Object.fromEntries(
    [
      ...place.html.matchAll(
        /<a href="(\/account[^"]*)">[^<]*<\/a><span class="hint">(.*?)<\/span>/g,
      ),
    ].map(([, path = '', state = '']) => [path, state.replace(/<[^>]+>/g, '')]),
  )

const changeUsername = async (agent: UserAgent, fields: { username: string }) =>
  agent.submit(await agent.open('/account/profile'), fields, { action: '/account/username' })

const userOf = async (id: number): Promise<Record<string, unknown>> =>
  (await admin('GET', `/users/${id}`)).json()

describe('the overview', () => {
  it('says the state of every section', async () => {
    const user = await registerUser({ email_verified: true })
    const agent = await signedIn(user, mailingServer().fetch)
    await signedIn(user)
    expect(overview(await agent.open('/account'))).toEqual({
      '/account/profile': expect.stringMatching(/^user-/),
      '/account/email': expect.stringMatching(/^user-.*…confirmed$/),
      '/account/language': 'As your browser asks',
      '/account/password': 'Set',
      '/account/passkeys': 'None',
      '/account/totp': 'Off',
      '/account/recovery-codes': 'None',
      '/account#sessions': '2 signed in',
      '/account#clients': 'None',
      '/account/data': 'Everything that is stored about you, as a file',
      '/account/delete': 'Ends your account and all access',
    })
  })

  it('leaves out what the deployment does not have', async () => {
    const agent = await signedIn(await registerUser(), new Server({ SELF_DELETE: 'off' }).fetch)
    const paths = Object.keys(overview(await agent.open('/account')))
    const gone = await Promise.all(
      ['/account/email', '/account/delete'].map(async (path) => (await agent.open(path)).status),
    )
    expect({ left: paths.filter((path) => /email|delete/.test(path)), gone }).toEqual({
      left: [],
      gone: [404, 404],
    })
  })
})

describe('every page under /account', () => {
  const paths = ['profile', 'email', 'language', 'password', 'data', 'delete'].map(
    (name) => `/account/${name}`,
  )
  const server = mailingServer()

  it.each(paths)('%s asks for a sign-in and comes back', async (path) => {
    const agent = new UserAgent(server.fetch)
    const place = await signInAt(agent, await agent.open(path), await registerUser())
    expect({ status: place.status, path: place.path }).toEqual({ status: 200, path })
  })

  it.each(paths)('%s takes its form from our own page alone', async (path) => {
    const agent = await signedIn(await registerUser(), server.fetch)
    expect(at(await agent.post(path, {}))).toEqual({
      status: 403,
      path,
      title: 'Please try that again',
    })
  })

  it.each(paths)('%s is under 15 KB and names the page that it is', async (path) => {
    const agent = await signedIn(await registerUser(), server.fetch)
    const { html } = await agent.open(path)
    expect({
      isSmall: new TextEncoder().encode(html).length < 15 * 1024,
      current: /<a href="([^"]*)" aria-current="page">/.exec(html)?.[1],
    }).toEqual({ isSmall: true, current: path })
  })
})

describe('the full name', () => {
  it('is changed, and removed where it is left empty', async () => {
    const user = await registerUser({ name: 'Ann Example' })
    const agent = await signedIn(user)
    const saved = await send(agent, '/account/profile', { name: '  Ann Other ' })
    const changed = (await userOf(user.id)).name
    await send(agent, '/account/profile', { name: '' })
    expect({
      saved: at(saved),
      notice: shownText(saved).includes('Saved.'),
      changed,
      removed: (await userOf(user.id)).name,
    }).toEqual({
      saved: { status: 200, path: '/account/profile?done=saved', title: 'Profile' },
      notice: true,
      changed: 'Ann Other',
      removed: null,
    })
  })

  it.each([
    ['two lines', 'Ann\nExample'],
    ['too many letters', 'x'.repeat(201)],
    ['a line separator', 'Ann\u2028Example'],
  ])('is refused with %s, and stays', async (_, name) => {
    const user = await registerUser({ name: 'Ann' })
    const place = await send(await signedIn(user), '/account/profile', { name })
    expect({ place: at(place), name: (await userOf(user.id)).name }).toEqual({
      place: { status: 400, path: '/account/profile', title: 'Error: Profile' },
      name: 'Ann',
    })
  })
})

describe('the username', () => {
  it('P11: is no address of somebody else, who could not sign up any more', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, withNames.fetch)
    const refused = await changeUsername(agent, { username: 'somebody@people.example' })
    const own = await changeUsername(agent, { username: user.email.toUpperCase() })
    expect({ refused: at(refused), own: own.path }).toEqual({
      refused: { status: 400, path: '/account/username', title: 'Error: Profile' },
      own: '/account/profile?done=saved',
    })
  })

  it('A21: is none that a reader takes for another, or for nothing', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, withNames.fetch)
    const odd = [0x2800, 0xe000, 0xa0, 0xfe0f].map((code) => `a${String.fromCodePoint(code)}b`)
    for (const username of [...odd, `a${'\u0301'.repeat(30)}`]) {
      expect(at(await changeUsername(agent, { username }))).toEqual({
        status: 400,
        path: '/account/username',
        title: 'Error: Profile',
      })
    }
    expect((await userOf(user.id)).username).toBe(user.username)
  })

  it('is not the person’s to change, unless people choose theirs', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const { html, forms } = await agent.open('/account/profile')
    const fields = { ...forms.find(({ action }) => action === '/account/profile')?.hidden }
    const place = await agent.post('/account/username', { ...fields, username: 'another' })
    expect({
      status: place.status,
      username: (await userOf(user.id)).username,
      hasInput: html.includes('name="username"'),
    }).toEqual({ status: 403, username: user.username, hasInput: false })
  })

  it('is changed after a fresh sign-in, and the old one is free for others', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, withNames.fetch)
    const username = `${user.username}-b`
    const place = await changeUsername(agent, { username })
    const other = await registerUser({ username: user.username })
    expect({
      path: place.path,
      username: (await userOf(user.id)).username,
      other: other.username,
    }).toEqual({ path: '/account/profile?done=saved', username, other: user.username })
  })

  it('that another user has, in whichever spelling, is refused', async () => {
    const [user, other] = [await registerUser(), await registerUser()]
    const agent = await signedIn(user, withNames.fetch)
    const username = other.username.toUpperCase()
    const place = await changeUsername(agent, { username })
    expect({
      place: at(place),
      says: shownText(place).includes('Somebody else has this name'),
      username: (await userOf(user.id)).username,
    }).toEqual({
      place: { status: 400, path: '/account/username', title: 'Error: Profile' },
      says: true,
      username: user.username,
    })
  })

  it('that ten people want at once becomes that of one', async () => {
    const users = await Promise.all(Array.from({ length: 10 }, () => registerUser()))
    const agents = await Promise.all(users.map((user) => signedIn(user, withNames.fetch)))
    const wanted = `wanted-${crypto.randomUUID()}`
    const places = await Promise.all(
      agents.map((agent) => changeUsername(agent, { username: wanted })),
    )
    expect(places.map(({ status }) => status).toSorted()).toEqual([
      200,
      ...Array.from({ length: 9 }, () => 400),
    ])
  })

  it('needs a fresh sign-in, which leads back', async () => {
    const user = await registerUser()
    const agent = await signedIn(user, withNames.fetch)
    becomeStale()
    const page = await agent.open('/account/profile')
    const asked = await changeUsername(agent, { username: `${user.username}-b` })
    const back = await signInAt(agent, asked, user)
    expect({
      hasInput: page.html.includes('name="username"'),
      asked: asked.title,
      back: back.path,
      hasInputThen: back.html.includes('name="username"'),
      username: (await userOf(user.id)).username,
    }).toEqual({
      hasInput: false,
      asked: 'Confirm it’s you · Postern',
      back: '/account/profile?done=confirmed',
      hasInputThen: true,
      username: user.username,
    })
  })
})

describe('the language', () => {
  it('that a person chose wins over cookie, Accept-Language and ui_locales', async () => {
    const agent = new UserAgent(undefined, issuer, { 'Accept-Language': 'en' })
    const user = await registerUser()
    await signInAt(agent, await agent.open('/?language=en'), user)
    const saved = await send(agent, '/account/language', { locale: 'de' })
    const titles = [saved, await agent.open('/'), await agent.open('/account?language=en')]
    expect({
      titles: titles.map(({ title }) => title),
      locale: (await row('SELECT locale FROM users WHERE id = ?', user.id))?.locale,
    }).toEqual({
      titles: ['Sprache · Postern', 'Sie sind angemeldet · Postern', 'Ihr Konto · Postern'],
      locale: 'de',
    })
  })

  it('that a person chose is that of what is asked before an app goes on', async () => {
    const user = await userWithApp()
    const choose = env.DB.prepare('UPDATE users SET locale = ?2 WHERE id = ?1')
    await choose.bind(user.id, 'de').run()
    const agent = new UserAgent(undefined, issuer, { 'Accept-Language': 'en' })
    const asked = await agent.open(authorizePath(await registerWebClient(), { prompt: 'consent' }))
    const half = await signInAt(agent, asked, user)
    const consent = await agent.submit(half, { code: codeOfApp(user.totp) })
    expect([asked, half, consent].map(({ title }) => title)).toEqual([
      'Sign in · Postern',
      'Code eingeben · Postern',
      'Zugriff erlauben? · Postern',
    ])
  })

  it('is that of the browser again, once the choice is taken back', async () => {
    const agent = await signedIn(await registerUser())
    await send(agent, '/account/language', { locale: 'de' })
    const { title } = await send(agent, '/account/language', { locale: '' })
    expect(title).toBe('Language · Postern')
  })

  it('that there is none of is not chosen', async () => {
    const user = await registerUser()
    await send(await signedIn(user), '/account/language', { locale: 'tlh' })
    const found = await row('SELECT locale FROM users WHERE id = ?', user.id)
    expect(found).toEqual({ locale: null })
  })
})

describe('the page of the password', () => {
  const forget = (id: number) =>
    env.DB.prepare('UPDATE users SET password_hash = NULL WHERE id = ?').bind(id).run()

  it('changes it, and stays', async () => {
    const user = await registerUser()
    const place = await send(await signedIn(user), '/account/password', {
      current_password: user.password,
      new_password: 'a new pass phrase',
    })
    expect({
      place: at(place),
      signsIn: (await passwordGrant(client, { ...user, password: 'a new pass phrase' })).status,
    }).toEqual({
      place: { status: 200, path: '/account/password?done=passwordChanged', title: 'Password' },
      signsIn: 200,
    })
  })

  it('says there why a password is refused', async () => {
    const place = await send(await signedIn(await registerUser()), '/account/password', {
      current_password: 'wrong',
      new_password: 'a new pass phrase',
    })
    expect({
      place: at(place),
      says: shownText(place).includes('That is not your current password.'),
    }).toEqual({
      place: { status: 400, path: '/account/password', title: 'Error: Password' },
      says: true,
    })
  })

  it('sets the first one, which ends nothing', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    await forget(user.id)
    const place = await send(agent, '/account/password', { new_password: 'a first pass phrase' })
    expect({
      place: at(place),
      signsIn: (await passwordGrant(client, { ...user, password: 'a first pass phrase' })).status,
    }).toEqual({
      place: { status: 200, path: '/account/password?done=passwordSet', title: 'Password' },
      signsIn: 200,
    })
  })

  it('sets no first one without a fresh sign-in', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    await forget(user.id)
    becomeStale()
    const place = await send(agent, '/account/password', { new_password: 'a first pass phrase' })
    expect({
      title: place.title,
      hash: await row('SELECT password_hash FROM users WHERE id = ?', user.id),
    }).toEqual({ title: 'Confirm it’s you · Postern', hash: { password_hash: null } })
  })

  it('sets one of two first ones that are sent at once', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    await forget(user.id)
    const passwords = ['a first pass phrase', 'a second pass phrase']
    const page = await agent.open('/account/password')
    await Promise.all(
      passwords.map((new_password) =>
        agent.submit(page, { new_password }, { action: '/account/password' }),
      ),
    )
    const grants = await Promise.all(
      passwords.map(
        async (password) => (await passwordGrant(client, { ...user, password })).status,
      ),
    )
    expect(grants.toSorted()).toEqual([200, 400])
  })

  it('refuses a first one that is too short', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    await forget(user.id)
    const place = await send(agent, '/account/password', { new_password: 'short' })
    expect(at(place)).toEqual({ status: 400, path: '/account/password', title: 'Error: Password' })
  })
})
