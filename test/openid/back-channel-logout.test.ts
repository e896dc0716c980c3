// OpenID Connect Back-Channel Logout 1.0: who is told that a session has ended, with what, how often,
// and that nobody waits for it.
import { createExecutionContext, createScheduledController } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import worker from '../../src/index.ts'
import { Server } from '../support/faults.ts'
import { get } from '../support/http.ts'
import { admin, patchUser, registerUser, type TestClient } from '../support/registry.ts'
import { refresh, revoke, type Tokens } from '../support/tokens.ts'
import { UserAgent } from '../support/user-agent.ts'
import {
  authorizePath,
  backToNow,
  callback,
  codeOf,
  outcome,
  pass,
  redeem,
  refusedWith,
  registerWebClient,
  signInAt,
  verifiedIdToken,
  verifiedJwt,
} from './flow.ts'

const goodbye = 'https://client.example/goodbye'

/** What a client was sent. */
type Notice = { url: string; method: string; type: string | null; token: string }

let notices: Notice[] = []
/** What the clients answer. */
let answer: (url: string) => Response | Promise<Response> = () => new Response()

beforeEach(() => {
  notices = []
  answer = () => new Response()
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const sent = new Request(url, init)
    const form = new URLSearchParams(new TextDecoder().decode(await sent.arrayBuffer()))
    const { method, headers } = sent
    const token = form.get('logout_token') ?? ''
    notices.push({ url, method, type: headers.get('Content-Type'), token })
    return answer(url)
  })
})

afterEach(() => {
  vi.unstubAllGlobals()
  backToNow()
})

const server = new Server()

const registerTold = (metadata: object = {}): Promise<TestClient> =>
  registerWebClient({
    post_logout_redirect_uris: [goodbye],
    backchannel_logout_uri: `https://client.example/${crypto.randomUUID()}`,
    ...metadata,
  })

const user = await registerUser()

/** A browser that is signed in to the clients. */
async function signedInTo(clients: TestClient[], who = user) {
  const agent = new UserAgent(server.fetch)
  await signInAt(agent, await agent.open('/'), who)
  const tokens: Tokens[] = []
  for (const client of clients) {
    const code = codeOf(await agent.open(authorizePath(client)))
    const got: Tokens = await (await redeem(client, code, {}, server.fetch)).json()
    tokens.push(got)
  }
  await server.settled()
  return { agent, tokens }
}

async function signOut(agent: UserAgent): Promise<void> {
  await agent.submit(await agent.open('/'), {}, { action: '/sign-out' })
  await server.settled()
}

const urisOf = (clients: TestClient[]): unknown[] =>
  clients.map(({ backchannel_logout_uri }) => backchannel_logout_uri).sort()

/** Who was told. */
const told = (): string[] => notices.map(({ url }) => url).sort()

/** How often this one was told. */
const times = ({ backchannel_logout_uri: uri }: TestClient): number =>
  notices.filter(({ url }) => url === uri).length

describe('oidcc-backchannel-logout-discovery-endpoint-verification', () => {
  it('the metadata announce back-channel logout with sessions', async () => {
    const metadata = await (await get('/.well-known/openid-configuration')).json()
    expect(metadata).toMatchObject({
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      end_session_endpoint: expect.stringMatching(/^http/),
    })
  })
})

describe('oidcc-backchannel-rp-initiated-logout', () => {
  it.each(['ES256', 'RS256'])(
    'the client gets a logout token (%s), then the browser',
    async (alg) => {
      const client = await registerTold({ id_token_signed_response_alg: alg })
      const { agent, tokens } = await signedInTo([client])
      const hint = tokens[0]?.id_token ?? ''
      const query = new URLSearchParams({
        id_token_hint: hint,
        post_logout_redirect_uri: goodbye,
        state: 'a state',
      })
      const place = await agent.open(`/oauth2/logout?${query}`)
      await server.settled()
      expect(outcome(place)).toEqual({ status: 303, to: goodbye, state: 'a state' })
      const [notice] = notices
      expect(notice).toEqual({
        url: client.backchannel_logout_uri,
        method: 'POST',
        type: 'application/x-www-form-urlencoded',
        token: expect.any(String),
      })
      const { payload, header } = await verifiedJwt(notice?.token ?? '')
      const { iat = 0 } = payload
      expect(header).toEqual({ alg, typ: 'logout+jwt', kid: expect.any(String) })
      expect(payload).toEqual({
        iss: 'http://localhost:8787',
        sub: user.sub,
        aud: client.client_id,
        iat: expect.any(Number),
        exp: iat + 120,
        jti: expect.any(String),
        events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        sid: (await verifiedIdToken({ id_token: hint })).payload.sid,
      })
      const silent = await agent.open(authorizePath(client, { prompt: 'none' }))
      expect(outcome(silent)).toEqual(refusedWith('login_required'))
    },
  )
})

describe('Back-Channel Logout 2.7: who is told', () => {
  it('each client of the session once, and no other', async () => {
    const clients = [await registerTold(), await registerTold()]
    const bystander = await registerTold()
    const silent = await registerWebClient()
    const [first, second] = clients
    if (first === undefined || second === undefined) throw new Error('two were made')
    const { agent } = await signedInTo([first, first, second, silent])
    await signedInTo([bystander])
    await signOut(agent)
    expect(told()).toEqual(urisOf(clients))
  })

  it('clients with offline access, too; they keep it', async () => {
    const client = await registerTold()
    const { agent } = await signedInTo([])
    const path = authorizePath(client, { scope: 'openid offline_access' })
    const code = codeOf(await agent.open(path))
    const tokens: Tokens = await (await redeem(client, code, {}, server.fetch)).json()
    await signOut(agent)
    expect({ told: told(), sub: (await verifiedIdToken(tokens)).payload.sub }).toEqual({
      told: urisOf([client]),
      sub: user.sub,
    })
  })

  it('by the subject that it knows the user as', async () => {
    const client = await registerTold({ subject_type: 'pairwise' })
    const { agent, tokens } = await signedInTo([client])
    await signOut(agent)
    const { payload } = await verifiedJwt(notices[0]?.token ?? '')
    const { sub } = (await verifiedIdToken({ id_token: tokens[0]?.id_token ?? '' })).payload
    expect({ sub: payload.sub, isOwnSub: payload.sub === user.sub }).toEqual({
      sub,
      isOwnSub: false,
    })
  })

  it('never by a subject that it does not know the user as, even where that one is gone', async () => {
    const client = await registerTold({ subject_type: 'pairwise' })
    const one = await registerUser()
    const { tokens } = await signedInTo([client], one)
    await admin('DELETE', `/users/${one.id}`, undefined, server.fetch)
    await server.settled()
    const { payload } = await verifiedJwt(notices[0]?.token ?? '')
    const { sid } = (await verifiedIdToken({ id_token: tokens[0]?.id_token ?? '' })).payload
    expect({ sub: payload.sub, sid: payload.sid }).toEqual({ sub: undefined, sid })
  })

  it('not a client that has ended its line itself', async () => {
    const client = await registerTold()
    const { agent, tokens } = await signedInTo([client])
    await revoke(client, tokens[0]?.refresh_token ?? '')
    await signOut(agent)
    expect(told()).toEqual([])
  })

  it('a client whose token expired long ago, as long as the session lives', async () => {
    const client = await registerTold({ grant_types: ['authorization_code'] })
    const { agent } = await signedInTo([client])
    pass(20_000)
    await worker.scheduled(createScheduledController(), server.env, createExecutionContext())
    await signOut(agent)
    expect(told()).toEqual(urisOf([client]))
  })

  it.each([
    ['refresh tokens live', { refresh_token_ttl: 60 }],
    [
      'access tokens outlive its refresh tokens, but live',
      { refresh_token_ttl: 60, access_token_ttl: 3_600 },
    ],
  ])(
    'a client whose %s shorter than the session, after cron has cleaned up',
    async (_what, metadata) => {
      const client = await registerTold(metadata)
      const { agent, tokens } = await signedInTo([client])
      for (const seconds of [3_000, 3_000, 14_400]) {
        pass(seconds)
        await server.cron()
      }
      const late = await refresh(client, tokens[0]?.refresh_token ?? '', {}, server.fetch)
      expect(late.status).toBe(400)
      await signOut(agent)
      expect(told()).toEqual(urisOf([client]))
    },
  )

  const endings: [string, (agent: UserAgent, one: { id: number }) => Promise<unknown>][] = [
    [
      'ended on the account page',
      async (agent) => {
        const page = await agent.open('/account')
        const [, session = ''] = /name="session" value="([^"]*)"/.exec(page.html) ?? []
        return agent.submit(page, { session }, { action: '/account/sessions' })
      },
    ],
    [
      'ended from another browser by signing out everywhere else',
      async (_agent) => {
        const { agent } = await signedInTo([], endingUser)
        return agent.submit(await agent.open('/account'), {}, { action: '/account/everywhere' })
      },
    ],
    [
      'ended by a sign-in of another user in its browser',
      async (agent) => {
        const client = await registerWebClient()
        const page = await agent.open(authorizePath(client, { prompt: 'login' }))
        return signInAt(agent, page, user)
      },
    ],
    [
      'ended by the operator',
      (_agent, one) => admin('POST', `/users/${one.id}/logout`, undefined, server.fetch),
    ],
    [
      'of a user who was disabled',
      (_agent, one) => admin('PATCH', `/users/${one.id}`, { disabled: true }, server.fetch),
    ],
    [
      'of a user who was deleted',
      (_agent, one) => admin('DELETE', `/users/${one.id}`, undefined, server.fetch),
    ],
  ]
  let endingUser = user

  it.each(endings)('of a session that was %s', async (_what, end) => {
    const client = await registerTold()
    endingUser = await registerUser()
    const { agent } = await signedInTo([client], endingUser)
    await end(agent, endingUser)
    await server.settled()
    expect(told()).toEqual(urisOf([client]))
  })
})

describe('Back-Channel Logout 2.5, 2.8: a client that does not take it', () => {
  const production = {
    DEVELOPMENT: 'false',
    INSECURE_LOOPBACK_PROVIDERS: 'false',
    ISSUER: 'https://id.example',
  }
  const cron = async (): Promise<void> => {
    const context = createExecutionContext()
    await worker.scheduled(createScheduledController(), { ...env, ...production }, context)
  }
  const waiting = (client: TestClient) =>
    env.DB.prepare('SELECT COUNT(*) AS waiting FROM logout_notices WHERE client_id = ?1')
      .bind(client.client_id)
      .first()

  it.each([
    ['answers 503', () => new Response('', { status: 503 })],
    ['cannot be reached', () => Promise.reject(new TypeError('no route to host'))],
    ['redirects', () => Response.redirect('https://evil.example/', 302)],
    ['answers without end', () => new Response('x'.repeat(100_000))],
  ])('%s: is told again by cron, under the issuer of the settings', async (_what, respond) => {
    const client = await registerTold()
    const { agent } = await signedInTo([client])
    answer = respond
    await signOut(agent)
    answer = () => new Response()
    await cron()
    expect(times(client)).toBe(1)
    pass(61)
    await cron()
    pass(61)
    await cron()
    expect(times(client)).toBe(2)
    const payload = JSON.parse(atob(notices.at(-1)?.token.split('.')[1] ?? ''))
    expect(payload).toMatchObject({ iss: 'https://id.example', aud: client.client_id })
  })

  it.each([200, 204, 400])('answers %s: is not told again', async (status) => {
    const client = await registerTold()
    const { agent } = await signedInTo([client])
    answer = () => new Response(null, { status })
    await signOut(agent)
    expect(await waiting(client)).toEqual({ waiting: 0 })
  })

  it('never answers: the browser is not kept waiting', async () => {
    const client = await registerTold()
    const { agent } = await signedInTo([client])
    answer = () => new Promise<never>(() => undefined)
    const before = performance.now()
    const place = await agent.submit(await agent.open('/'), {}, { action: '/sign-out' })
    expect({ title: place.title, isInTime: performance.now() - before < 2_000 }).toEqual({
      title: 'You are signed out · Postern',
      isInTime: true,
    })
    await server.settled()
    expect(await waiting(client)).toEqual({ waiting: 1 })
  })

  it('is deleted meanwhile: nothing is sent to where it was', async () => {
    const client = await registerTold()
    const { agent } = await signedInTo([client])
    answer = () => new Response('', { status: 503 })
    await signOut(agent)
    await admin('DELETE', `/clients/${client.client_id}`)
    pass(61)
    await cron()
    expect(times(client)).toBe(1)
  })

  it('has an address that must not be fetched: nothing is sent', async () => {
    const client = await registerTold()
    const { agent } = await signedInTo([client])
    // As an older rule may have let it in.
    await env.DB.prepare(
      `UPDATE clients SET metadata = json_set(metadata, '$.backchannel_logout_uri', ?2) WHERE id = ?1`,
    )
      .bind(client.client_id, 'https://169.254.169.254/latest')
      .run()
    // Longer than an isolate remembers a client.
    pass(11)
    await signOut(agent)
    expect(notices.filter(({ url }) => url.includes('169.254'))).toEqual([])
    expect(await waiting(client)).toEqual({ waiting: 1 })
  })

  it('two senders at once tell it once', async () => {
    const client = await registerTold()
    const { agent } = await signedInTo([client])
    answer = () => new Response('', { status: 503 })
    await signOut(agent)
    answer = () => new Response()
    pass(61)
    await Promise.all([cron(), cron(), cron()])
    expect(times(client)).toBe(2)
  })
})

describe('Fairness between clients', () => {
  beforeEach(async () => {
    await env.DB.prepare('DELETE FROM logout_notices').run()
  })

  const dead = 'https://dead.example/logout'
  /** A client that never takes a notice, and what waits for it. */
  async function deadClient(waiting: number): Promise<TestClient> {
    const client = await registerTold({ backchannel_logout_uri: dead })
    const insert = env.DB.prepare(
      `INSERT INTO logout_notices (id, client_id, sub, next_attempt_at, expires_at)
       VALUES (?1, ?2, ?3, 0, ?4)`,
    )
    const rows = Array.from({ length: waiting }, () =>
      insert.bind(crypto.randomUUID(), client.client_id, user.sub, Date.now() / 1000 + 86_400),
    )
    await env.DB.batch(rows)
    return client
  }
  const refusing = (url: string) => new Response('', { status: url === dead ? 503 : 200 })

  it('a healthy client is told by the request that ends the session, whatever waits for others', async () => {
    answer = refusing
    const deadClients = await Promise.all(Array.from({ length: 12 }, () => deadClient(45)))
    const client = await registerTold()
    const { agent } = await signedInTo([client])
    await signOut(agent)
    expect(times(client)).toBe(1)
    expect(notices.filter(({ url }) => url === dead).length).toBe(2 * deadClients.length)
  })

  it('a client that does not answer has two attempts at a time, after ever longer pauses', async () => {
    answer = refusing
    await deadClient(45)
    const attempts: number[] = []
    for (const pause of [0, 61, 61, 61, 121, 241]) {
      pass(pause)
      notices = []
      await signOut((await signedInTo([])).agent)
      attempts.push(notices.length)
    }
    expect(attempts).toEqual([2, 2, 0, 2, 0, 2])
  })

  it('a notice that a client never takes does not keep its others waiting', async () => {
    const client = await registerTold()
    const { agent } = await signedInTo([client])
    answer = () => new Response('', { status: 500 })
    await signOut(agent)
    answer = () => new Response()
    const others = await Promise.all([signedInTo([client]), signedInTo([client])])
    notices = []
    for (const other of others) await signOut(other.agent)
    expect(times(client)).toBe(2)
  })

  it('all sessions of a person that end at once are told at once, more than two of one client', async () => {
    const client = await registerTold()
    const one = await registerUser()
    for (let index = 0; index < 5; index++) await signedInTo([client], one)
    await admin('POST', `/users/${one.id}/logout`, undefined, server.fetch)
    await server.settled()
    expect(times(client)).toBe(5)
  })
})

describe('The logout token', () => {
  it('is no ID token: it is not taken for a hint, and has no nonce', async () => {
    const client = await registerTold()
    const { agent } = await signedInTo([client])
    await signOut(agent)
    const token = notices[0]?.token ?? ''
    const query = new URLSearchParams({ id_token_hint: token })
    const place = await agent.open(`/oauth2/logout?${query}`)
    expect({ status: place.status, nonce: (await verifiedJwt(token)).payload.nonce }).toEqual({
      status: 400,
      nonce: undefined,
    })
  })

  it('is a new one each time', async () => {
    const clients = [await registerTold(), await registerTold()]
    const { agent } = await signedInTo(clients)
    await signOut(agent)
    const ids = await Promise.all(
      notices.map(async ({ token }) => (await verifiedJwt(token)).payload.jti),
    )
    expect(new Set(ids).size).toBe(2)
  })

  it('is not asked for by any parameter of a request (CVE-2026-4874)', async () => {
    const client = await registerTold()
    const { agent } = await signedInTo([])
    const extra = { backchannel_logout_uri: 'https://evil.example/', sid: 'x' }
    const code = codeOf(await agent.open(authorizePath(client, extra)))
    await redeem(client, code, { ...extra, redirect_uri: callback }, server.fetch)
    await signOut(agent)
    expect(told()).toEqual(urisOf([client]))
  })
})

describe('An operator who changes a user', () => {
  it('to another name signs nobody out', async () => {
    const client = await registerTold()
    const one = await registerUser()
    await signedInTo([client], one)
    await patchUser(one, { name: 'Another' })
    expect(told()).toEqual([])
  })
})
