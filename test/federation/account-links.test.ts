// The links of an account to accounts at providers: who may make and end them, and that a thief who
// made one does not stay in by it.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { admin, patchUser, registerUser, type TestUser } from '../support/registry.ts'
import { shownText, UserAgent, type Place } from '../support/user-agent.ts'
import { backToNow, pass, signedIn, signInAt } from '../openid/flow.ts'
import { linksShown, personClaims, scriptedSignIn } from './sign-in.ts'

const guild = await scriptedSignIn({ label: 'The Guild', accounts: 'create' })
const club = await scriptedSignIn({ label: 'The Club', accounts: 'create' })

afterEach(backToNow)

const month = 2_592_000

const name = () => `person-${crypto.randomUUID().slice(0, 8)}`

const subjectsOf = async ({ id }: Pick<TestUser, 'id'>) => {
  const { results } = await env.DB.prepare(
    'SELECT subject FROM provider_links WHERE user_id = ?1 ORDER BY created_at',
  )
    .bind(id)
    .all<{ subject: string }>()
  return results.map(({ subject }) => subject)
}

const auditOf = async ({ id }: Pick<TestUser, 'id'>) => {
  const { results } = await env.DB.prepare(
    "SELECT kind, detail FROM audit_events WHERE user_id = ?1 AND kind LIKE 'user.provider-%' ORDER BY at",
  )
    .bind(id)
    .all<{ kind: string; detail: string }>()
  return results.map(({ kind, detail }) => ({ kind, detail: JSON.parse(detail) }))
}

/** Somebody who has been here for a year, linked to accounts of the guild with these names. */
async function linkedPerson(...subjects: string[]) {
  const user = await registerUser()
  await env.DB.prepare('UPDATE users SET created_at = created_at - ?2 WHERE id = ?1')
    .bind(user.id, 12 * month)
    .run()
  const agent = await signedIn(user)
  for (const subject of subjects) {
    const place = await guild.link(agent, personClaims(subject))
    if (place.path !== '/account?done=linked') throw new Error(`not linked: ${shownText(place)}`)
  }
  return { user, agent }
}

/** Presses Unlink at the nth link. */
async function unlink(agent: UserAgent, nth = 0): Promise<Place> {
  const account = await agent.open('/account')
  const link = linksShown(account)[nth] ?? ''
  return agent.submit(account, { link }, { action: '/account/unlink' })
}

const age = (subject: string, seconds: number) =>
  env.DB.prepare('UPDATE provider_links SET created_at = created_at - ?2 WHERE subject = ?1')
    .bind(subject, seconds)
    .run()

describe('linking and unlinking need a fresh sign-in', () => {
  it('link after five minutes asks who it is, and comes back', async () => {
    const [user, subject] = [await registerUser(), name()]
    const agent = await signedIn(user)
    pass(301)
    const asked = await guild.link(agent, personClaims(subject))
    expect({
      title: asked.title,
      showsUsername: shownText(asked).includes(user.username),
      redirects: asked.trail.length,
    }).toEqual({ title: 'Confirm it’s you · Postern', showsUsername: false, redirects: 1 })
    expect(asked.html).toContain(`value="${user.username}"`)
    const back = await signInAt(agent, asked, user)
    expect({ path: back.path, text: shownText(back) }).toEqual({
      path: '/account?done=confirmed',
      text: expect.stringContaining('You have confirmed that it’s you'),
    })
    expect((await guild.link(agent, personClaims(subject))).path).toBe('/account?done=linked')
    expect(await subjectsOf(user)).toEqual([subject])
  })

  it('unlink after five minutes asks who it is', async () => {
    const subject = name()
    const { user, agent } = await linkedPerson(subject)
    pass(301)
    expect((await unlink(agent)).title).toBe('Confirm it’s you · Postern')
    expect(await subjectsOf(user)).toEqual([subject])
  })

  it('both go on within five minutes', async () => {
    const { user, agent } = await linkedPerson(name())
    pass(295)
    expect((await unlink(agent)).path).toBe('/account?done=unlinked')
    expect((await guild.link(agent, personClaims(name()))).path).toBe('/account?done=linked')
    expect(await auditOf(user)).toEqual(
      ['linked', 'unlinked', 'linked'].map((what) => ({
        kind: `user.provider-${what}`,
        detail: { issuer: guild.provider.url('') },
      })),
    )
  })

  it('a thief who confirms as himself links his own account to his own', async () => {
    const [victim, thief] = [await registerUser(), await registerUser()]
    const stolen = (await signedIn(victim)).copy()
    pass(301)
    await signInAt(stolen, await guild.link(stolen, personClaims(name())), thief)
    await guild.link(stolen, personClaims(name()))
    expect({
      victim: (await subjectsOf(victim)).length,
      thief: (await subjectsOf(thief)).length,
    }).toEqual({ victim: 0, thief: 1 })
  })

  it('the address alone confirms nothing', async () => {
    const agent = await signedIn(await registerUser())
    pass(301)
    expect(shownText(await agent.open('/account?done=confirmed'))).toContain(
      'We could not confirm that you have just signed in',
    )
  })
})

describe('a link is made only for a session that lives at that moment', () => {
  it.each([
    ['has ended', (user: TestUser) => admin('POST', `/users/${user.id}/logout`)],
    [
      'has another secret',
      async (_user: TestUser, copy: UserAgent) =>
        copy.submit(await copy.open('/account'), {}, { action: '/account/everywhere' }),
    ],
  ])('not where it %s while the provider is asked', async (_what, meanwhile) => {
    const user = await registerUser()
    const server = new Server()
    const agent = await signedIn(user, server.fetch)
    const copy = new UserAgent()
    for (const [cookie, value] of agent.cookies) copy.cookies.set(cookie, value)
    server.plan(async ({ text }) => {
      if (text.includes('INSERT INTO provider_links')) await meanwhile(user, copy)
      return null
    })
    expect((await guild.link(agent, personClaims(name()))).status).toBe(403)
    expect({ subjects: await subjectsOf(user), audit: await auditOf(user) }).toEqual({
      subjects: [],
      audit: [],
    })
  })
})

describe('a provider that lets in only certain domains', () => {
  it.each([
    ['another domain', 'a@other.example', true],
    ['a domain that only lower-cases to it', 'a@\u212a.example', true],
    ['an address that is not verified', 'a@k.example', false],
  ])('links no account with %s', async (_what, email, email_verified) => {
    const listed = await scriptedSignIn({ email_domains: ['k.example'] })
    const user = await registerUser()
    const claims = personClaims(name(), { email, email_verified })
    const place = await listed.link(await signedIn(user), claims)
    expect({ status: place.status, subjects: await subjectsOf(user) }).toEqual({
      status: 403,
      subjects: [],
    })
  })
})

describe('a journey to link', () => {
  it('counts once: its answer cannot be brought again', async () => {
    const [user, subject] = [await registerUser(), name()]
    const agent = await signedIn(user)
    const account = await agent.open('/account')
    const form = { provider: guild.id }
    const { away } = await agent.submit(account, form, { action: '/account/link' })
    const { nonce, state = '' } = Object.fromEntries(new URL(away ?? '').searchParams)
    await guild.gives(nonce, personClaims(subject))
    const back = guild.callback({ state, code: 'a code' })
    // The copy goes on carrying the journey, which the answer takes from the browser.
    const copy = agent.copy()
    expect((await agent.open(back)).path).toBe('/account?done=linked')
    await unlink(agent)
    const asked = (await guild.provider.requests('/token')).length
    const again = await copy.open(back)
    expect({ status: again.status, title: again.title, subjects: await subjectsOf(user) }).toEqual({
      status: 400,
      title: 'This page has expired · Postern',
      subjects: [],
    })
    expect(await guild.provider.requests('/token')).toHaveLength(asked)
  })
})

describe('the account page', () => {
  it('shows every link, also of a second account and of a provider that is gone', async () => {
    const [first, second, third] = [name(), name(), name()]
    const { user, agent } = await linkedPerson(first, second)
    const gone = await scriptedSignIn({ label: 'Gone' })
    await gone.link(agent, personClaims(third))
    await admin('DELETE', `/providers/${gone.id}`)
    const elsewhere = new Server()
    const other = await signedIn(user, elsewhere.fetch)
    const page = await other.open('/account')
    const text = shownText(page)
    expect(linksShown(page)).toHaveLength(3)
    for (const one of [first, second, third]) {
      expect(text).toContain(`Linked as ${one}@upstream.exam…`)
    }
    expect(text).toContain(gone.provider.url('').slice(0, 40))
    await unlink(agent, 1)
    expect(await subjectsOf(user)).toEqual([first, third])
  })

  it('ends no link of somebody else', async () => {
    const { user, agent } = await linkedPerson(name())
    const [link = ''] = linksShown(await agent.open('/account'))
    const { agent: other } = await linkedPerson(name())
    const account = await other.open('/account')
    const place = await other.submit(account, { link }, { action: '/account/unlink' })
    expect({ status: place.status, subjects: (await subjectsOf(user)).length }).toEqual({
      status: 404,
      subjects: 1,
    })
  })

  it.each([
    ['disabled', (id: string) => admin('PATCH', `/providers/${id}`, { disabled: true })],
    ['deleted', (id: string) => admin('DELETE', `/providers/${id}`)],
    ['not for signing in', (id: string) => admin('PATCH', `/providers/${id}`, { sign_in: false })],
  ])('does not take a link to a provider that is %s for another way in', async (_what, change) => {
    const [subject, other] = [name(), name()]
    const closing = await scriptedSignIn({ label: 'Closing' })
    const agent = new UserAgent()
    await guild.signIn(agent, personClaims(subject))
    await closing.link(agent, personClaims(other))
    await change(closing.id)
    expect((await unlink(agent)).path).toBe('/account?done=lastWay')
    await club.link(agent, personClaims(name()))
    expect((await unlink(agent)).path).toBe('/account?done=unlinked')
  })

  it('takes another account of the same provider for another way in', async () => {
    const [subject, other] = [name(), name()]
    const agent = new UserAgent()
    await guild.signIn(agent, personClaims(subject))
    await guild.link(agent, personClaims(other))
    expect({ first: (await unlink(agent)).path, second: (await unlink(agent)).path }).toEqual({
      first: '/account?done=unlinked',
      second: '/account?done=lastWay',
    })
  })
})

describe('a new password', () => {
  const change = async (agent: UserAgent, user: TestUser, fields: Record<string, string> = {}) =>
    agent.submit(
      await agent.open('/account'),
      { current_password: user.password, new_password: crypto.randomUUID(), ...fields },
      { action: '/account/password' },
    )

  it('ends the links of the last 30 days, but not those that are kept by name', async () => {
    const [old, own, thiefs] = [name(), name(), name()]
    const { user, agent } = await linkedPerson(old, own, thiefs)
    await age(old, month + 60)
    await age(own, month - 60)
    const account = await agent.open('/account')
    const links = linksShown(account)
    const offered = [...account.html.matchAll(/name="keep_([\w-]+)"/g)].map(([, id]) => id)
    expect(offered).toEqual(links.slice(1))
    const place = await change(agent, user, { [`keep_${links[1]}`]: 'on' })
    expect(place.path).toBe('/account?done=passwordChanged')
    expect(await subjectsOf(user)).toEqual([old, own])
    expect((await auditOf(user)).at(-1)).toEqual({
      kind: 'user.provider-unlinked',
      detail: { issuer: guild.provider.url(''), reason: 'user.password-changed' },
    })
    const home = await guild.signIn(new UserAgent(), personClaims(thiefs))
    expect(shownText(home)).not.toContain(user.username)
  })

  it('leaves the link that the account began with', async () => {
    const [subject, added] = [name(), name()]
    const agent = new UserAgent()
    await guild.signIn(agent, personClaims(subject))
    await guild.link(agent, personClaims(added))
    const row = await env.DB.prepare('SELECT user_id AS id FROM provider_links WHERE subject = ?1')
      .bind(subject)
      .first<{ id: number }>()
    const user = { id: row?.id ?? 0 }
    await admin('PATCH', `/users/${user.id}`, { password: crypto.randomUUID() })
    expect(await subjectsOf(user)).toEqual([subject])
  })

  it('that is refused ends none, and remembers what is to be kept', async () => {
    const subject = name()
    const { user, agent } = await linkedPerson(subject)
    const [id = ''] = linksShown(await agent.open('/account'))
    const place = await change(agent, user, { current_password: 'wrong', [`keep_${id}`]: 'on' })
    expect(place.html).toMatch(new RegExp(`name="keep_${id}" value="on" checked`))
    expect(await subjectsOf(user)).toEqual([subject])
  })

  it('keeps nothing by the name of somebody else’s link', async () => {
    const [{ agent: other }, { user, agent }] = [
      await linkedPerson(name()),
      await linkedPerson(name()),
    ]
    const [id = ''] = linksShown(await other.open('/account'))
    await change(agent, user, { [`keep_${id}`]: 'on', keep_: 'on' })
    expect(await subjectsOf(user)).toEqual([])
  })

  it('by the operator does the same', async () => {
    const [old, own, thiefs] = [name(), name(), name()]
    const { user, agent } = await linkedPerson(old, own, thiefs)
    await age(old, month + 60)
    const kept = linksShown(await agent.open('/account'))[1]
    await patchUser(user, { password: crypto.randomUUID(), keep_provider_links: [kept] })
    expect(await subjectsOf(user)).toEqual([old, own])
    await patchUser(user, { password: crypto.randomUUID() })
    expect(await subjectsOf(user)).toEqual([old])
  })

  it('is needed for that: another change by the operator ends no link', async () => {
    const subject = name()
    const { user } = await linkedPerson(subject)
    await patchUser(user, { name: 'Another', disabled: true })
    await patchUser(user, { password: null, disabled: false })
    expect(await subjectsOf(user)).toEqual([subject])
  })
})

describe('the number of links', () => {
  it('has an end, so that a person can see them all', async () => {
    const user = await registerUser()
    await env.DB.prepare(
      `INSERT INTO provider_links (issuer, subject, user_id, created_at)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
       SELECT 'https://many.example', ?1 || i, ?1, 1 FROM n`,
    )
      .bind(user.id)
      .run()
    const agent = await signedIn(user)
    expect(linksShown(await agent.open('/account'))).toHaveLength(50)
    expect((await guild.link(agent, personClaims(name()))).status).toBe(403)
    expect(await subjectsOf(user)).toHaveLength(50)
  })
})

describe('the operator', () => {
  const list = async (path: string) => {
    const answer = await admin('GET', path)
    return { status: answer.status, body: await answer.json<{ items?: { id: string }[] }>() }
  }
  const unknown = (what: string) => ({
    status: 404,
    body: {
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: `no such ${what}`,
    },
  })

  it('sees and ends the links of a user', async () => {
    const subject = name()
    const { user, agent } = await linkedPerson(subject)
    const path = `/users/${user.id}/provider-links`
    const [id = ''] = linksShown(await agent.open('/account'))
    expect(await list(path)).toEqual({
      status: 200,
      body: {
        items: [
          {
            id,
            issuer: guild.provider.url(''),
            subject,
            linked_as: `${subject}@upstream.example`,
            created_at: expect.any(Number),
          },
        ],
        next_cursor: null,
      },
    })
    expect((await admin('DELETE', `${path}/${id}`)).status).toBe(204)
    expect(await subjectsOf(user)).toEqual([])
    expect((await auditOf(user)).at(-1)).toEqual({
      kind: 'user.provider-unlinked',
      detail: { issuer: guild.provider.url('') },
    })
    const again = await admin('DELETE', `${path}/${id}`)
    expect({ status: again.status, body: await again.json() }).toEqual(unknown('provider link'))
  })

  it('ends the last way in, too', async () => {
    const subject = name()
    const agent = new UserAgent()
    await guild.signIn(agent, personClaims(subject))
    const row = await env.DB.prepare('SELECT user_id FROM provider_links WHERE subject = ?1')
      .bind(subject)
      .first<{ user_id: number }>()
    const user = { id: row?.user_id ?? 0 }
    const [id = ''] = linksShown(await agent.open('/account'))
    expect((await admin('DELETE', `/users/${user.id}/provider-links/${id}`)).status).toBe(204)
    expect(await subjectsOf(user)).toEqual([])
  })

  it('finds none of a user who is not there, and no link of another', async () => {
    const { user, agent } = await linkedPerson(name())
    const [id = ''] = linksShown(await agent.open('/account'))
    const other = await registerUser()
    expect(await list('/users/999999999/provider-links')).toEqual(unknown('user'))
    expect(await list('/users/x/provider-links')).toEqual(unknown('user'))
    expect(await list(`/users/${other.id}/provider-links`)).toEqual({
      status: 200,
      body: { items: [], next_cursor: null },
    })
    expect((await admin('DELETE', `/users/${other.id}/provider-links/${id}`)).status).toBe(404)
    expect(await subjectsOf(user)).toHaveLength(1)
  })
})
