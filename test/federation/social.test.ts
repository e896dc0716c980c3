// The presets: what an operator has to write for Google, Microsoft, Apple and GitHub, how a sign-in goes
// with each of them, and which of their answers lets nobody in.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { authorizePath, registerWebClient } from '../openid/flow.ts'
import { issuer, read } from '../support/http.ts'
import { admin, registerUser } from '../support/registry.ts'
import { shownText, UserAgent, type Place } from '../support/user-agent.ts'
import { tenants, type SocialPerson } from './servers/social.ts'
import { appleDeveloper, socialOrigin, socialSignIn } from './social.ts'

const name = () => `person-${crypto.randomUUID().slice(0, 8)}`

/** What the account page and the database know of whoever is signed in. */
async function accountOf(username: string): Promise<unknown> {
  return env.DB.prepare(
    'SELECT username, email, email_verified, name FROM users WHERE username = ?',
  )
    .bind(username)
    .first()
}

const linkOf = (subject: string): Promise<unknown> =>
  env.DB.prepare('SELECT issuer, subject, email FROM provider_links WHERE subject = ?')
    .bind(subject)
    .first()

const signedInAs = (text: string) => ({ path: '/', text: expect.stringContaining(text) })
const shown = (place: Place) => ({ path: place.path, text: shownText(place) })

function expectRefusal(place: Place, status = 503): void {
  expect({ status: place.status, leads: place.away, title: place.title }).toEqual({
    status,
    leads: null,
    title: expect.stringContaining('did not work'),
  })
}

const counts = async () => {
  const tables = ['users', 'sessions', 'provider_links'].map((table) =>
    env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>(),
  )
  return (await Promise.all(tables)).map((row) => row?.n)
}

describe('a preset', () => {
  it('needs a client id and a secret, and fills in the rest', async () => {
    const sent = { preset: 'google', client_id: 'an id', client_secret: 'a secret' }
    expect(await read(await admin('POST', '/providers', sent))).toMatchObject({
      status: 201,
      body: {
        id: 'google',
        preset: 'google',
        label: 'Google',
        issuer: 'https://accounts.google.com',
        scope: 'openid profile email',
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uri: `${issuer}/login/callback/google`,
      },
    })
    await admin('DELETE', '/providers/google')
  })

  it.each([
    ['microsoft', 'https://login.microsoftonline.com/common/v2.0', 'openid profile email'],
    ['github', 'https://github.com', 'read:user user:email'],
  ])('%s likewise', async (preset, address, scope) => {
    const sent = { preset, client_id: 'an id', client_secret: 'a secret' }
    const { body } = await read(await admin('POST', '/providers', sent))
    expect(body).toMatchObject({ id: preset, issuer: address, scope })
    // A member that is removed comes from the preset again.
    const renamed = await read(await admin('PATCH', `/providers/${preset}`, { label: 'Ours' }))
    expect(renamed.body).toMatchObject({ label: 'Ours', issuer: address })
    const restored = await read(await admin('PATCH', `/providers/${preset}`, { label: null }))
    expect(restored.body).toMatchObject({ label: Object(body).label })
    await admin('DELETE', `/providers/${preset}`)
  })

  it('leaves label and issuer to the operator where there is none', async () => {
    const sent = { client_id: 'an id', client_secret: 'a secret' }
    const { status, body } = await read(await admin('POST', '/providers', sent))
    expect({ status, fields: Object(body).errors }).toEqual({
      status: 400,
      fields: [
        { field: 'label', detail: 'is required' },
        { field: 'issuer', detail: 'is required' },
      ],
    })
  })

  it.each<[string, object]>([
    ['preset', { preset: 'myspace', label: 'L', issuer: 'https://a.example' }],
    ['team_id', { preset: 'apple', key_id: 'K' }],
    ['client_secret', { preset: 'apple', team_id: 'T', key_id: 'K', client_secret: 'no key' }],
    [
      'client_secret',
      {
        preset: 'apple',
        team_id: 'T',
        key_id: 'K',
        client_secret: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----',
      },
    ],
    ['assertions', { preset: 'github', assertions: true }],
    ['token_url', { preset: 'github', token_url: 'https://github.com/login/oauth/access_token' }],
  ])('refuses a wrong %s: %j', async (field, members) => {
    const usual = { client_id: 'an id', client_secret: 'a secret' }
    const { status, body } = await read(await admin('POST', '/providers', { ...usual, ...members }))
    expect({ status, field: Object(body).errors?.[0]?.field }).toEqual({ status: 400, field })
  })
})

it.each([
  ['google', 'google', 'select_account', '{"login_hint":"ada@corp.example"}'],
  ['microsoft', 'microsoft/common/v2.0', 'login', '{"login_hint":"ada@corp.example"}'],
  ['apple', 'apple', null, '{}'],
  ['github', 'github', 'select_account', '{"login":"ada@corp.example"}'],
])('%s is asked for a new sign-in in its own words', async (preset, path, prompt, hints) => {
  const developer = preset === 'apple' ? await appleDeveloper() : {}
  const provider = await socialSignIn(preset, `${socialOrigin}/${path}`, developer)
  const client = await registerWebClient()
  const agent = new UserAgent()
  const asked = { prompt: 'login', login_hint: 'ada@corp.example' }
  const { searchParams } = await provider.leave(
    agent,
    await agent.open(authorizePath(client, asked)),
  )
  const sent = Object.fromEntries(
    [...searchParams].filter(([name]) => name === 'login_hint' || name === 'login'),
  )
  expect({ prompt: searchParams.get('prompt'), maxAge: searchParams.get('max_age'), sent }).toEqual(
    {
      ...{ prompt, maxAge: '0', sent: JSON.parse(hints) },
    },
  )
})

describe('Google', async () => {
  const google = await socialSignIn('google', `${socialOrigin}/google`, {
    email_domains: ['gmail.com'],
  })
  const linking = await socialSignIn('google', `${socialOrigin}/google`, { link_by_email: true })
  const person = (who: string, more: object = {}): SocialPerson => ({
    claims: {
      sub: who,
      name: `Name of ${who}`,
      email: `${who}@gmail.com`,
      email_verified: true,
      ...more,
    },
  })

  it('lets in, asks for the one domain, and never for userinfo', async () => {
    const who = name()
    const agent = new UserAgent()
    const address = await google.leave(agent)
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      hd: 'gmail.com',
      scope: 'openid profile email',
      code_challenge_method: 'S256',
    })
    const home = await (await google.answer(address, person(who)))(agent)
    expect(shown(home)).toEqual(signedInAs(`Name of ${who}`))
    expect(await accountOf(`${who}@gmail.com`)).toEqual({
      username: `${who}@gmail.com`,
      email: `${who}@gmail.com`,
      email_verified: 1,
      name: `Name of ${who}`,
    })
  })

  it('is not asked for a domain where there are several, or none', async () => {
    const address = await linking.leave(new UserAgent())
    expect(address.searchParams.has('hd')).toBe(false)
  })

  it('links by an address that is Google’s own or an organization’s (hd)', async () => {
    const owner = await registerUser({ email_verified: true, email: `${name()}@corp.example` })
    const home = await linking.signIn(new UserAgent(), {
      claims: { sub: name(), email: owner.email, email_verified: true, hd: 'corp.example' },
    })
    expect(shown(home)).toEqual(signedInAs(owner.username))
  })

  it.each([
    ['an address that Google does not host', {}],
    ['an empty hd', { hd: '' }],
    ['an address that is not verified', { email_verified: false, hd: 'corp.example' }],
  ])('does not link by %s', async (_what, more) => {
    const owner = await registerUser({ email_verified: true, email: `${name()}@corp.example` })
    const who = name()
    await linking.signIn(new UserAgent(), {
      claims: { sub: who, email: owner.email, email_verified: true, ...more },
    })
    const links = await env.DB.prepare('SELECT user_id FROM provider_links WHERE subject = ?')
      .bind(who)
      .first<{ user_id: number }>()
    const user = await env.DB.prepare('SELECT id FROM users WHERE username = ?')
      .bind(owner.username)
      .first<{ id: number }>()
    expect(links?.user_id).not.toBe(user?.id)
  })

  it.each<[string, object]>([
    ['another issuer', { iss: 'https://accounts.google.com.evil.example' }],
    ['another audience', { aud: 'another' }],
    ['another nonce', { nonce: 'another' }],
    ['no nonce', { nonce: null }],
  ])('lets nobody in with %s', async (_what, lie) => {
    const before = await counts()
    expectRefusal(await google.signIn(new UserAgent(), person(name(), lie)))
    expect(await counts()).toEqual(before)
  })

  it('lets nobody in whose address is not of the domains', async () => {
    const lie = { email: 'x@other.example', hd: 'other.example' }
    expectRefusal(await google.signIn(new UserAgent(), person(name(), lie)), 403)
  })

  it('lets nobody in without the state', async () => {
    const agent = new UserAgent()
    const address = await google.leave(agent)
    address.searchParams.delete('state')
    const back = await (await google.answer(address, person(name())))(agent)
    expect({ status: back.status, path: back.path.split('?')[0] }).toEqual({
      status: 400,
      path: `/login/callback/${google.id}`,
    })
  })
})

describe('Microsoft', async () => {
  const at = (tenant: string) => `${socialOrigin}/microsoft/${tenant}/v2.0`
  const common = await socialSignIn('microsoft', at('common'), { link_by_email: true })
  const organizations = await socialSignIn('microsoft', at('organizations'))
  const single = await socialSignIn('microsoft', at(tenants.one))
  const person = (who: string, tenant: string, more: object = {}): SocialPerson => ({
    claims: {
      iss: at(tenant),
      tid: tenant,
      sub: who,
      name: `Name of ${who}`,
      preferred_username: `${who}@corp.example`,
      email: `${who}@corp.example`,
      ...more,
    },
  })

  it('lets in people of any tenant, each as a person of their own', async () => {
    const who = name()
    for (const tenant of [tenants.one, tenants.other]) {
      const home = await common.signIn(new UserAgent(), person(who, tenant))
      expect(shown(home)).toEqual(signedInAs(`Name of ${who}`))
      expect(await linkOf(`${tenant}.${who}`)).toEqual({
        issuer: at('common'),
        subject: `${tenant}.${who}`,
        email: `${who}@corp.example`,
      })
    }
  })

  it('lets people of one tenant in, where the operator names it', async () => {
    const who = name()
    const home = await single.signIn(new UserAgent(), person(who, tenants.one))
    expect(shown(home)).toEqual(signedInAs(`Name of ${who}`))
    expect(await linkOf(who)).toMatchObject({ issuer: at(tenants.one) })
  })

  it('gives no account an address that Microsoft does not vouch for', async () => {
    const who = name()
    await common.signIn(new UserAgent(), person(who, tenants.one, { email_verified: true }))
    const user = await env.DB.prepare('SELECT email FROM users WHERE name = ?')
      .bind(`Name of ${who}`)
      .first()
    expect(user).toEqual({ email: null })
  })

  it.each([
    ['xms_edov', { xms_edov: true }, true],
    ['xms_edov as a number', { xms_edov: '1' }, true],
    ['email_verified alone', { email_verified: true }, false],
    ['a false xms_edov', { xms_edov: false, email_verified: true }, false],
  ])('links by an address with %s: %j, %j', async (_what, more, links) => {
    const owner = await registerUser({ email_verified: true, email: `${name()}@corp.example` })
    const claims = { email: owner.email, name: 'Mallory', preferred_username: name(), ...more }
    const home = await common.signIn(new UserAgent(), person(name(), tenants.one, claims))
    expect(shownText(home)).toContain(links ? owner.username : 'Mallory')
  })

  it.each<[string, typeof common, SocialPerson]>([
    ['another tenant', single, person(name(), tenants.other)],
    [
      'an issuer that is not of its tenant',
      common,
      person(name(), tenants.one, { tid: tenants.other }),
    ],
    ['no tenant', common, person(name(), tenants.one, { tid: null })],
    ['a tenant that is a path', common, person(name(), 'common', { tid: 'common' })],
    ['the issuer with the gap', common, person(name(), '{tenantid}', { tid: '{tenantid}' })],
    ['a personal account, for organizations', organizations, person(name(), tenants.personal)],
    ['a key of another tenant', common, { ...person(name(), tenants.one), kid: 'other' }],
    ['another nonce', common, person(name(), tenants.one, { nonce: 'another' })],
  ])('lets nobody in with %s', async (_what, provider, lie) => {
    const before = await counts()
    expectRefusal(await provider.signIn(new UserAgent(), lie))
    expect(await counts()).toEqual(before)
  })

  it('takes the key of a tenant for that tenant', async () => {
    const lucky = { ...person(name(), tenants.other), kid: 'other' }
    expect((await common.signIn(new UserAgent(), lucky)).path).toBe('/')
    expect((await common.signIn(new UserAgent(), person(name(), tenants.personal))).path).toBe('/')
  })
})

describe('Apple', async () => {
  const developer = await appleDeveloper()
  const apple = await socialSignIn('apple', `${socialOrigin}/apple`, developer)
  const person = (who: string, more: object = {}): SocialPerson => ({
    claims: { sub: who, email: `${who}@relay.example`, email_verified: 'true', ...more },
  })

  it('takes the answer as a form, with the name at the first sign-in alone', async () => {
    const who = name()
    const user = { name: { firstName: 'Ada', lastName: 'Lovelace' }, email: 'liar@corp.example' }
    const home = await apple.signIn(new UserAgent(), { ...person(who), user })
    expect(shown(home)).toEqual(signedInAs('Ada Lovelace'))
    const account = {
      username: `${who}@relay.example`,
      email: `${who}@relay.example`,
      email_verified: 1,
      name: 'Ada Lovelace',
    }
    expect(await accountOf(account.username)).toEqual(account)
    const again = await apple.signIn(new UserAgent(), person(who))
    expect(shown(again)).toEqual(signedInAs('Ada Lovelace'))
    expect(await accountOf(account.username)).toEqual(account)
  })

  it('proves itself with a secret that the key signs, whatever became of its line breaks', async () => {
    const spellings = [
      developer.client_secret.replaceAll('\n', ''),
      developer.client_secret.replaceAll('\n', String.raw`\n`),
      developer.client_secret.replaceAll('\n', '\r\n'),
    ]
    for (const client_secret of spellings) {
      const one = await socialSignIn('apple', `${socialOrigin}/apple`, {
        ...developer,
        client_secret,
      })
      expect((await one.signIn(new UserAgent(), person(name()))).path).toBe('/')
    }
  })

  it('is not believed with the key of somebody else', async () => {
    const { client_secret } = await appleDeveloper()
    const other = await socialSignIn('apple', `${socialOrigin}/apple`, {
      ...developer,
      client_secret,
    })
    expectRefusal(await other.signIn(new UserAgent(), person(name())))
  })

  it('says so where somebody turns back', async () => {
    const back = await apple.signIn(new UserAgent(), { ...person(name()), denies: true })
    expectRefusal(back, 400)
  })

  it.each([
    ['a name that is no object', { user: 'Ada' }],
    ['a name of other types', { user: { name: { firstName: { toString: 1 }, lastName: [] } } }],
    ['a name of 100 levels', { user: JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`) }],
    ['a name of 10,000 characters', { user: { name: { firstName: 'x'.repeat(10_000) } } }],
  ])('passes over %s', async (_what, more) => {
    const who = name()
    expect((await apple.signIn(new UserAgent(), { ...person(who), ...more })).path).toBe('/')
    expect(await accountOf(`${who}@relay.example`)).toMatchObject({ name: null })
  })

  it.each<[string, object]>([
    ['another nonce', { nonce: 'another' }],
    ['no nonce', { nonce: null }],
    ['another issuer', { iss: `${socialOrigin}/google` }],
    ['another audience', { aud: 'com.example.other' }],
  ])('lets nobody in with %s', async (_what, lie) => {
    const before = await counts()
    expectRefusal(await apple.signIn(new UserAgent(), person(name(), lie)))
    expect(await counts()).toEqual(before)
  })

  it('does not let a form of another browser in, nor one without a state', async () => {
    const before = await counts()
    const address = await apple.leave(new UserAgent())
    const other = await (await apple.answer(address, person(name())))(new UserAgent())
    const agent = new UserAgent()
    const bare = await apple.leave(agent)
    bare.searchParams.delete('state')
    const stateless = await (await apple.answer(bare, person(name())))(agent)
    expect([other, stateless].map(({ status }) => status)).toEqual([400, 400])
    expect(await counts()).toEqual(before)
  })
})

describe('GitHub', async () => {
  const github = await socialSignIn('github', `${socialOrigin}/github`, { link_by_email: true })
  let ids = 1_000
  const person = (login: string, more: Partial<SocialPerson> = {}): SocialPerson => ({
    claims: { id: ++ids, login, name: null, email: 'public@corp.example' },
    emails: [
      { email: `${login}@second.example`, primary: false, verified: true },
      { email: `${login}@first.example`, primary: true, verified: true },
    ],
    ...more,
  })

  it('lets in by its number, so that a name that changes hands opens nothing', async () => {
    const login = name()
    const first = person(login)
    const home = await github.signIn(new UserAgent(), first)
    expect(shown(home)).toEqual(signedInAs(login))
    expect(await accountOf(login)).toEqual({
      username: login,
      email: `${login}@first.example`,
      email_verified: 1,
      name: null,
    })
    expect(await linkOf(String(first.claims.id))).toMatchObject({
      issuer: `${socialOrigin}/github`,
    })
    const renamed = { ...first, claims: { ...first.claims, login: name() } }
    expect(shown(await github.signIn(new UserAgent(), renamed))).toEqual(signedInAs(login))
    const heir = await github.signIn(new UserAgent(), person(login, { emails: [] }))
    expect(heir.path).toBe('/')
    expect(shownText(heir)).not.toContain(`${login} `)
  })

  it('links by the primary address if it is verified', async () => {
    const owner = await registerUser({ email_verified: true, email: `${name()}@corp.example` })
    const emails = [{ email: owner.email, primary: true, verified: true }]
    const home = await github.signIn(new UserAgent(), person(name(), { emails }))
    expect(shown(home)).toEqual(signedInAs(owner.username))
  })

  it.each([
    ['the public one of the profile', { email: true, primary: false, verified: false }],
    ['a primary one that is not verified', { email: true, primary: true, verified: false }],
    ['a verified one that is not primary', { email: true, primary: false, verified: true }],
  ])('does not link by %s', async (_what, { primary, verified }) => {
    const owner = await registerUser({ email_verified: true, email: `${name()}@corp.example` })
    const login = name()
    const lie = person(login, { emails: [{ email: owner.email, primary, verified }] })
    const home = await github.signIn(new UserAgent(), {
      ...lie,
      claims: { ...lie.claims, email: owner.email },
    })
    expect(shown(home)).toEqual(signedInAs(login))
    expect(await accountOf(login)).toMatchObject({ email: null, email_verified: 0 })
  })

  it.each<[string, Record<string, unknown>]>([
    ['no number', { login: 'x' }],
    ['a number that is text', { id: '1', login: 'x' }],
    ['half a number', { id: 1.5, login: 'x' }],
    ['no number at all', { id: 0, login: 'x' }],
  ])('lets nobody in who has %s', async (_what, claims) => {
    const before = await counts()
    expectRefusal(await github.signIn(new UserAgent(), { claims, emails: [] }))
    expect(await counts()).toEqual(before)
  })

  it('lets nobody in with a code for somebody else’s request', async () => {
    const before = await counts()
    const [mine, theirs] = [new UserAgent(), new UserAgent()]
    const [own, other] = [await github.leave(mine), await github.leave(theirs)]
    // The thief's code with the victim's state: the verifier of the victim does not fit.
    const code = new URL(
      (
        await fetch(other, {
          headers: { 'X-Person': JSON.stringify(person(name())) },
          redirect: 'manual',
        })
      ).headers.get('Location') ?? '',
    ).searchParams.get('code')
    const state = own.searchParams.get('state')
    expectRefusal(await mine.open(`/login/callback/${github.id}?code=${code}&state=${state}`))
    expect(await counts()).toEqual(before)
  })

  it('says so where somebody turns back', async () => {
    expectRefusal(await github.signIn(new UserAgent(), { ...person(name()), denies: true }), 400)
  })
})
