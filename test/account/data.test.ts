// The copy of one's data: people.md section 7 and P25.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { backToNow, pass, registerWebClient, signInAt, signInTo, signedIn } from '../openid/flow.ts'
import { Server, atCall, noFault, type Plan, type StorageCall } from '../support/faults.ts'
import { admin, patchUser, registerUser } from '../support/registry.ts'
import { UserAgent, shownText, type Place } from '../support/user-agent.ts'
import { at, becomeStale, row, send } from './pages.ts'

const path = '/account/data'
const client = await registerWebClient()

afterEach(backToNow)

const copyOf = (place: Place): Record<string, unknown> => JSON.parse(place.html)

describe('a copy of one’s data', () => {
  it('has everything that is keyed by the user', async () => {
    const user = await registerUser({ name: 'Ann Example', email_verified: true })
    const agent = await signedIn(user)
    await signInTo(agent, client)
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO provider_links (issuer, subject, user_id, email, created_at)
         VALUES ('https://op.example', ?1, ?2, 'ann@op.example', 1000)`,
      ).bind(`subject-${user.id}`, user.id),
      env.DB.prepare(
        `INSERT INTO credentials (id, user_id, kind, public_key, name, created_at)
         VALUES (?1, ?2, 'passkey', 'the public key', 'My phone', 1000)`,
      ).bind(`credential-${user.id}`, user.id),
    ])
    const place = await send(agent, path)
    const { profile, events, ...copy } = copyOf(place)
    expect({
      type: place.headers.get('Content-Type'),
      disposition: place.headers.get('Content-Disposition'),
      cache: place.headers.get('Cache-Control'),
      profile,
      copy,
      events,
    }).toEqual({
      type: 'application/json',
      disposition: 'attachment; filename="my-data.json"',
      cache: 'no-store',
      profile: expect.objectContaining({
        username: user.username,
        email: user.email,
        email_verified: true,
        name: 'Ann Example',
      }),
      copy: {
        issuer: expect.any(String),
        exported_at: expect.any(Number),
        sign_in: { password: true, authenticator_app: false, recovery_codes: 0 },
        passkeys: [
          {
            name: 'My phone',
            synced: false,
            user_agent: null,
            created_at: 1000,
            last_used_at: null,
          },
        ],
        links: [
          {
            issuer: 'https://op.example',
            subject: `subject-${user.id}`,
            email: 'ann@op.example',
            created_at: 1000,
          },
        ],
        sessions: [expect.objectContaining({ face: 'browser', amr: 'pwd', ended_at: null })],
        grants: [expect.objectContaining({ client_id: client.client_id, revoked_at: null })],
        consents: [],
        clients: [],
        events: undefined,
      },
      events: expect.arrayContaining([
        expect.objectContaining({ kind: 'user.signed-in' }),
        expect.objectContaining({ kind: 'code.redeemed', client_id: client.client_id }),
        expect.objectContaining({ kind: 'user.data-copied' }),
      ]),
    })
  })

  it('names every table that knows users, or says why it is left out', async () => {
    const { results } = await env.DB.prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table'
       AND (sql LIKE '%user\\_id%' ESCAPE '\\' OR sql LIKE '%owner\\_id%' ESCAPE '\\')`,
    ).all<{ name: string }>()
    const copied = {
      audit_events: 'events',
      clients: 'clients',
      credentials: 'passkeys, and how many recovery codes',
      grants: 'grants',
      provider_links: 'links',
      resource_consents: 'consents',
      sessions: 'sessions',
    }
    const leftOut = {
      consents: 'of the previous release: moved to resource_consents',
      daily_users: 'that the user was active on one of two days; the events say so',
      device_codes: 'for minutes',
      login_names: 'the names of the profile, folded',
      mail_actions: 'digests of secrets, for minutes or days',
      mails: 'what is in the person’s mail box in a moment',
    }
    expect(results.map(({ name }) => name).toSorted()).toEqual(
      Object.keys({ ...copied, ...leftOut }).toSorted(),
    )
  })

  it('P25: has no hash, no digest, nothing sealed', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    await signInTo(agent, client)
    await env.DB.batch([
      env.DB.prepare(
        "UPDATE users SET sealed_totp = 'sealed.totp', user_handle = ?1 WHERE id = ?2",
      ).bind(`handle-${user.id}`, user.id),
      env.DB.prepare(
        `INSERT INTO credentials (id, user_id, kind, created_at) VALUES (?1, ?2, 'recovery', 1)`,
      ).bind(`recovery-${user.id}`, user.id),
    ])
    const queries = [
      'password_hash, pairwise_salt, sealed_totp, user_handle FROM users WHERE id = ?',
      'digest FROM sessions WHERE user_id = ?',
      'id FROM credentials WHERE user_id = ?',
      'current_digest, code_digest FROM grants WHERE user_id = ?',
    ]
    const rows = await Promise.all(queries.map((query) => row(`SELECT ${query}`, user.id)))
    const known = rows.flatMap((one) => Object.values(one ?? {})).map(String)
    const { html } = await send(agent, path)
    expect({
      known: known.length,
      told: [...known, user.password, ...agent.cookies.values()].filter((one) =>
        html.includes(one),
      ),
    }).toEqual({ known: 8, told: [] })
  })

  it('P25: has nothing of anybody else, nor from where an operator or a stranger came', async () => {
    const [user, other] = [await registerUser({ name: 'Ann' }), await registerUser()]
    await signInTo(await signedIn(other), await registerWebClient())
    await patchUser(user, { name: 'Ann Example' })
    const stranger = new UserAgent(undefined, undefined, {
      'User-Agent': 'the browser of a stranger',
    })
    await signInAt(stranger, await stranger.open('/'), { ...user, password: 'a wrong guess' })
    const { html } = await send(await signedIn(user), path)
    const { events } = JSON.parse(html)
    expect({
      told: [other.username, other.sub, 'the browser of a stranger'].filter((one) =>
        html.includes(one),
      ),
      operators: events
        .filter(({ kind }: { kind: string }) => kind === 'user.changed')
        .map(({ address, user_agent }: Record<string, unknown>) => ({ address, user_agent })),
    }).toEqual({ told: [], operators: [{ address: null, user_agent: null }] })
  })

  it('needs a fresh sign-in, which leads back', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    becomeStale()
    const asked = await send(agent, path)
    const back = await signInAt(agent, asked, user)
    expect({ asked: asked.title, back: at(back) }).toEqual({
      asked: 'Confirm it’s you · Postern',
      back: { status: 200, path: `${path}?done=confirmed`, title: 'Your data' },
    })
  })

  it('is not made by looking at its page', async () => {
    const agent = await signedIn(await registerUser())
    await agent.open(path)
    expect((await send(agent, path)).status).toBe(200)
  })

  it('is made once an hour, also of twenty requests at once', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const page = await agent.open(path)
    const places = await Promise.all(
      Array.from({ length: 20 }, () => agent.submit(page, {}, { action: path })),
    )
    const refused = places.filter(({ status }) => status === 429)
    expect({
      made: places.filter(({ status }) => status === 200).length,
      refused: refused.length,
      retryAfter: refused.every(({ headers }) => Number(headers.get('Retry-After')) > 3500),
      says: refused.every((place) => shownText(place).includes('just downloaded a copy')),
    }).toEqual({ made: 1, refused: 19, retryAfter: true, says: true })
  })

  it('is made again after an hour', async () => {
    const user = await registerUser()
    await send(await signedIn(user), path)
    pass(3_601)
    expect((await send(await signedIn(user), path)).status).toBe(200)
  })

  it('of a thousand events and more is whole', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    await env.DB.prepare(
      `INSERT INTO audit_events (at, kind, user_id, request_id, actor)
       SELECT 1000 + value, 'consent.given', ?1, 'r', 'user:' || ?1
       FROM json_each(?2)`,
    )
      .bind(user.id, JSON.stringify(Array.from({ length: 1_200 }, (_, nth) => nth)))
      .run()
    const { events } = copyOf(await send(agent, path))
    const given = Array.isArray(events)
      ? events.filter(({ kind }) => kind === 'consent.given').map(({ at: instant }) => instant)
      : []
    expect({ given: given.length, distinct: new Set(given).size }).toEqual({
      given: 1_200,
      distinct: 1_200,
    })
  })

  it('is a page that says so where storage fails, and does not count then', async () => {
    const server = new Server()
    const agent = await signedIn(await registerUser(), server.fetch)
    const page = await agent.open(path)
    server.plan(atCall(1, 'fails'))
    const failed = await agent.submit(page, {}, { action: path })
    server.plan(() => null)
    expect({
      failed: failed.status,
      again: (await agent.submit(page, {}, { action: path })).status,
    }).toEqual({ failed: 503, again: 200 })
  })

  /** The copy, or null if it breaks off before its end. */
  const wholeCopy = (place: Promise<Place>): Promise<Place | null> => place.catch(() => null)

  const isList = ({ method, text }: StorageCall): boolean =>
    method === 'all' && text.includes('FROM grants')

  it.each<[string, Plan]>([
    ['broke off half-way', (call) => (isList(call) ? 'fails' : null)],
    [
      'was admitted, of which nobody heard',
      ({ text }) => (text.includes('INTO sign_in_attempts') ? 'fails after the commit' : null),
    ],
  ])('does not count where it %s: the same form makes another at once', async (_how, plan) => {
    const server = new Server()
    const agent = await signedIn(await registerUser(), server.fetch)
    const page = await agent.open(path)
    const submit = () => agent.submit(page, {}, { action: path })
    server.plan(plan)
    const first = await wholeCopy(submit())
    await server.settled().catch(() => undefined)
    server.plan(noFault)
    const [second, third] = [await submit(), await submit()]
    expect({
      isFirstWhole: first?.status === 200,
      second: second.status,
      third: third.status,
      retryAfter: Number(third.headers.get('Retry-After')) > 3_500,
    }).toEqual({ isFirstWhole: false, second: 200, third: 429, retryAfter: true })
  })

  it('counts for a minute where D1 went away half-way, and nobody could take it back', async () => {
    const server = new Server()
    const user = await registerUser()
    const agent = await signedIn(user, server.fetch)
    const page = await agent.open(path)
    let isAway = false
    server.plan((call) => {
      isAway ||= isList(call)
      return isAway ? 'fails' : null
    })
    const first = await wholeCopy(agent.submit(page, {}, { action: path }))
    await server.settled().catch(() => undefined)
    server.plan(noFault)
    const second = (await agent.submit(page, {}, { action: path })).status
    pass(61)
    const third = (await send(await signedIn(user), path)).status
    expect({ first, second, third }).toEqual({ first: null, second: 429, third: 200 })
  })

  it('counts for its hour where it is whole, however often it is asked for', async () => {
    const user = await registerUser()
    await send(await signedIn(user), path)
    pass(61)
    expect((await send(await signedIn(user), path)).status).toBe(429)
  })

  it('is in the audit', async () => {
    const user = await registerUser()
    await send(await signedIn(user), path)
    const answer = await admin('GET', `/events?user=${user.id}&kind=user.data-copied`)
    const { items } = await answer.json<{ items: { actor: string }[] }>()
    expect(items.map(({ actor }) => actor)).toEqual([`user:${user.id}`])
  })
})
