// Refreshing once D1 is back. The next refresh rotates, and nobody who was answered meanwhile is taken for a
// thief: not if a write whose outcome was lost had rotated their token, and not if another process of the
// same client was faster.
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { codeFor, pass, redeem, registerSpa } from '../openid/flow.ts'
import { atCall, noFault, Server, type Fault } from '../support/faults.ts'
import { read } from '../support/http.ts'
import {
  away,
  atHome,
  coldServer,
  cron,
  keptGrant,
  offline,
  putBack,
  kept,
  somebody,
} from '../support/outage.ts'
import { grantIdOf, grantRow } from '../support/time.ts'
import { grantOf, refresh, type GrantTokens } from '../support/tokens.ts'

// A public client: what it does is what a thief would do.
const client = await registerSpa({ trusted: true })
const { browser } = await somebody()

beforeAll(cron)
afterEach(() => vi.useRealTimers())

const whileAway = async ({ refresh_token }: GrantTokens): Promise<GrantTokens> =>
  grantOf(refresh(client, refresh_token, {}, coldServer().fetch))
const back = ({ refresh_token }: GrantTokens): Promise<GrantTokens> =>
  atHome((to) => grantOf(refresh(client, refresh_token, {}, to)))
const rowOf = ({ refresh_token }: GrantTokens) => grantRow(refresh_token)

describe('D1 is back', () => {
  it('the next refresh rotates, by one generation, and the one after that, too', async () => {
    const grant = await keptGrant(client, browser)
    const given = await whileAway(await whileAway(await whileAway(grant)))
    const next = await back(given)
    expect({ given: given.refresh_token, generation: (await rowOf(next)).generation }).toEqual({
      given: grant.refresh_token,
      generation: 1,
    })
    expect(await rowOf(await back(next))).toMatchObject({ generation: 2, revoked_at: null })
  })

  it.each<Fault>(['fails after the commit', 'fails'])(
    'the rotation %s, and minutes later nobody is taken for a thief',
    async (fault) => {
      const grant = await keptGrant(client, browser)
      const server = new Server()
      // The write, and from then on everything: the look at its outcome, too.
      let isOver = false
      server.plan((call) => {
        if (isOver) return away(call, 0)
        isOver = call.method === 'batch'
        return isOver ? fault : null
      })
      const given = await grantOf(refresh(client, grant.refresh_token, {}, server.fetch))
      expect(given.refresh_token).toBe(grant.refresh_token)
      pass(86_400)
      const next = await back(given)
      expect(await rowOf(await back(next))).toMatchObject({ generation: 2, revoked_at: null })
    },
  )

  it('another process of the client rotates first, and minutes later nobody is taken for a thief', async () => {
    const grant = await keptGrant(client, browser)
    const one = await whileAway(grant)
    const other = await back(grant)
    pass(300)
    const next = await back(one)
    expect({ token: next.refresh_token, row: await rowOf(grant) }).toEqual({
      token: other.refresh_token,
      row: expect.objectContaining({ generation: 1, revoked_at: null }),
    })
  })

  it('a thief is still recognized: by a token that was given back long before it was rotated', async () => {
    const grant = await keptGrant(client, browser)
    const thief = await whileAway(grant)
    pass(3_600)
    const owner = await back(grant)
    pass(3_600)
    const stolen = await refresh(client, thief.refresh_token)
    expect({
      status: stolen.status,
      owner: (await refresh(client, owner.refresh_token)).status,
      row: await rowOf(grant),
    }).toEqual({ status: 400, owner: 400, row: expect.objectContaining({ generation: 1 }) })
    expect((await rowOf(grant)).revoked_at).not.toBe(null)
  })

  it('a thief is still recognized: who got the successor by a note, once the owner uses theirs', async () => {
    const grant = await keptGrant(client, browser)
    const stale = await kept(`grant:${grantIdOf(grant.refresh_token)}`)
    const owner = await back(grant)
    await putBack(`grant:${grantIdOf(grant.refresh_token)}`, stale)
    const thief = await whileAway(grant)
    pass(300)
    const stolen = await back(thief)
    expect(stolen.refresh_token).toBe(owner.refresh_token)
    await back(stolen)
    pass(300)
    const { status } = await refresh(client, owner.refresh_token)
    expect({ status, isRevoked: (await rowOf(grant)).revoked_at !== null }).toEqual({
      status: 400,
      isRevoked: true,
    })
  })

  it('who had lost an answer moments before gets the successor, although D1 was away for their retries', async () => {
    const grant = await keptGrant(client, browser)
    const unheard = await back(grant)
    pass(20)
    const retry = await refresh(client, grant.refresh_token, {}, coldServer().fetch)
    pass(3_600)
    const next = await back(grant)
    expect({ retry: retry.status, next: next.refresh_token }).toEqual({
      retry: 503,
      next: unheard.refresh_token,
    })
  })

  it.each([
    ['long before D1 was away', {}, 40],
    ['where its client has no grace', { refresh_token_grace: 0 }, 0],
  ])(
    'a thief is still recognized: by a token that was superseded %s',
    async (_when, grace, seconds) => {
      const own = await registerSpa({ trusted: true, ...grace })
      const grant = await keptGrant(own, browser)
      await atHome((to) => refresh(own, grant.refresh_token, {}, to))
      pass(seconds)
      const away = await refresh(own, grant.refresh_token, {}, coldServer().fetch)
      const { status } = await refresh(own, grant.refresh_token)
      const { revoked_at } = await rowOf(grant)
      expect({ away: away.status, status, isRevoked: revoked_at !== null }).toEqual({
        ...{ away: 503, status: 400, isRevoked: true },
      })
    },
  )

  it('without a note nothing has changed: a superseded token ends its grant', async () => {
    const grant = await keptGrant(client, browser)
    await back(grant)
    pass(300)
    const { status } = await refresh(client, grant.refresh_token)
    expect({ status, isRevoked: (await rowOf(grant)).revoked_at !== null }).toEqual({
      status: 400,
      isRevoked: true,
    })
  })

  it('and KV is away: a superseded token is 503 until KV tells whether it was given back', async () => {
    const grant = await keptGrant(client, browser)
    await back(grant)
    pass(300)
    const server = new Server()
    server.plan(({ binding }) => (binding === 'KV' ? 'fails' : null))
    const { status } = await refresh(client, grant.refresh_token, {}, server.fetch)
    expect({ status, row: await rowOf(grant) }).toEqual({
      status: 503,
      row: expect.objectContaining({ revoked_at: null }),
    })
  })
})

describe('a fault at each await of a refresh', () => {
  // A cold isolate: the client, the keys, the batch; then the put of the record, after the answer.
  const ofDatabase: Fault[] = ['fails', 'fails after the commit']
  const cases = [
    ...ofDatabase.flatMap((fault) => [0, 1, 2, 3].map((nth) => ({ fault, nth }))),
    { fault: 'knows nothing' as const, nth: 3 },
  ]

  it('makes these calls', async () => {
    const { refresh_token } = await keptGrant(client, browser)
    const server = new Server()
    await refresh(client, refresh_token, {}, server.fetch)
    await server.settled()
    const calls = server.calls.map(({ binding, method }) => `${binding} ${method}`)
    expect(calls).toEqual(['DB all', 'DB all', 'DB batch', 'KV put', 'KV put'])
  })

  it.each(cases)(
    'call $nth $fault: the grant goes on by one generation',
    async ({ fault, nth }) => {
      const grant = await keptGrant(client, browser)
      const server = new Server()
      server.plan(atCall(nth, fault))
      const answer = await refresh(client, grant.refresh_token, {}, server.fetch)
      await server.settled()
      const token =
        answer.status === 200 ? (await grantOf(answer)).refresh_token : grant.refresh_token
      if (answer.status !== 200) {
        expect(answer.status).toBe(503)
        expect(answer.headers.get('Retry-After')).toBe('2')
      }
      pass(300)
      server.plan(noFault)
      const { status } = await read(await refresh(client, token, {}, server.fetch))
      expect({ status, revoked: (await rowOf(grant)).revoked_at }).toEqual({
        status: 200,
        revoked: null,
      })
    },
  )

  it('a refresh that fails in D1 and in KV is 503, and a retry within the grace gets the successor', async () => {
    const { refresh_token } = await atHome(async (to) =>
      grantOf(redeem(client, await codeFor(browser, client, { scope: offline }), {}, to)),
    )
    const server = new Server()
    server.plan(({ method }) => (method === 'batch' ? 'fails after the commit' : 'fails'))
    const { status } = await refresh(client, refresh_token, {}, server.fetch)
    const retry = await refresh(client, refresh_token)
    expect({ status, retry: retry.status }).toEqual({ status: 503, retry: 200 })
  })
})
