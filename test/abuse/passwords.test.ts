// Guessing passwords: spraying one over many names, stuffing many pairs from many addresses, and what their
// owners notice of it. NIST SP 800-63B 5.2.2, CVE-2026-45364.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, type TestContext, vi } from 'vitest'
import { backToNow, pass, signedIn, signInAt } from '../openid/flow.ts'
import { countRows } from '../soak/rows.ts'
import { countIn } from '../support/counted.ts'
import { deployed } from '../support/deployment.ts'
import { type Environment, Server } from '../support/faults.ts'
import { issuer } from '../support/http.ts'
import { registerClient, registerUser } from '../support/registry.ts'
import { passwordGrant } from '../support/tokens.ts'
import { userWithApp, wrongCode } from '../support/totp.ts'
import { UserAgent } from '../support/user-agent.ts'
import { from, ownNetwork } from './address.ts'
import { longer, rounds } from './rounds.ts'

vi.setConfig(longer)

afterEach(backToNow)

const client = await registerClient()
const guessing = (more: Environment = {}) =>
  new Server({ ...deployed, RATE_LIMITS: 'off', SIGN_IN_FILTER: undefined, ...more })

/** A minute that no test has begun. */
const freshMinute = () => pass(60 - ((Date.now() / 1000) % 60))

const guess = (to: Server['fetch'], username: string = crypto.randomUUID()) =>
  passwordGrant(client, { username, password: 'Password1' }, {}, to)

describe('One password over many names', () => {
  it('from one address ends at the limit of the address, and then writes nothing', async () => {
    freshMinute()
    const server = guessing({ PASSWORD_TRIES_PER_ADDRESS: '8' })
    const to = from('192.0.2.7', server.fetch)
    const statuses = []
    for (let round = 0; round < 8; round++) statuses.push((await guess(to)).status)
    expect(new Set(statuses)).toEqual(new Set([400]))
    // The minute has a row for those that are refused by the limit.
    await guess(to)
    await server.settled()
    const before = await countRows(env.DB)
    for (let round = 0; round < rounds; round++) {
      const answer = await guess(to)
      const waits = Number(answer.headers.get('Retry-After'))
      expect({ status: answer.status, waits: waits > 0 && waits <= 900 }).toEqual({
        status: 429,
        waits: true,
      })
    }
    await server.settled()
    expect(await countRows(env.DB)).toEqual(before)
  })

  it.each([
    ['the /64 of IPv6', (index: number) => `2001:db8:ffff:1::${index.toString(16)}`],
    [
      'any spelling',
      (index: number) =>
        [
          '192.0.2.8',
          '::ffff:192.0.2.8',
          '::FFFF:c000:208',
          '0:0:0:0:0:ffff:192.0.2.8',
          '::ffff:c000:0208',
        ][index % 5] ?? '',
    ],
  ])('counts %s as one address', async (_what, addressOf) => {
    const { fetch } = guessing({ PASSWORD_TRIES_PER_ADDRESS: '5' })
    const statuses = []
    for (let index = 0; index < 7; index++) {
      statuses.push((await guess(from(addressOf(index), fetch))).status)
    }
    expect(statuses).toEqual([400, 400, 400, 400, 400, 429, 429])
  })
})

describe('Many pairs from ever new addresses', () => {
  it('leave counters that cron removes, and no more audit rows than a minute has', async () => {
    freshMinute()
    const server = guessing()
    const before = await countRows(env.DB)
    const tries = Math.max(75, rounds)
    for (let index = 0; index < tries; index++) {
      expect((await guess(from(ownNetwork(index), server.fetch))).status).toBe(400)
    }
    await server.settled()
    const after = await countRows(env.DB)
    expect({
      // Sixty rows of their own, and one for all others.
      audits: (after['audit_events'] ?? 0) - (before['audit_events'] ?? 0),
      counters: (after['sign_in_attempts'] ?? 0) - (before['sign_in_attempts'] ?? 0),
    }).toEqual({ audits: 61, counters: tries })
    const shared = await env.DB.prepare(
      `SELECT occurrences, address, user_agent, user_id FROM audit_events
       WHERE merge_key LIKE 'many addresses %' ORDER BY id DESC LIMIT 1`,
    ).first()
    expect(shared).toEqual({
      occurrences: tries - 60,
      address: null,
      user_agent: null,
      user_id: null,
    })
    pass(3_700)
    await server.cron()
    await server.settled()
    const swept = await countRows(env.DB)
    expect(swept['sign_in_attempts']).toBe(0)
  })

  it('at an account of their own: hide neither that account nor another one', async () => {
    freshMinute()
    const [own, victim] = [await registerUser(), await registerUser()]
    const server = guessing({ PASSWORD_TRIES_PER_ACCOUNT_EVERYWHERE: '1000' })
    for (let index = 0; index < 70; index++) {
      await guess(from(ownNetwork(index), server.fetch), own.username)
    }
    await guess(from('198.51.100.7', server.fetch), victim.username)
    await server.settled()
    const { results } = await env.DB.prepare(
      `SELECT user_id, address IS NOT NULL AS "hasAddress", COUNT(*) AS "rows",
         SUM(occurrences) AS "refusals" FROM audit_events
       WHERE kind = 'user.sign-in-refused' AND user_id IN (?1, ?2) GROUP BY 1, 2 ORDER BY 1, 2`,
    )
      .bind(own.id, victim.id)
      .all()
    expect(results).toEqual([
      { user_id: own.id, hasAddress: 0, rows: 1, refusals: 60 },
      { user_id: own.id, hasAddress: 1, rows: 10, refusals: 10 },
      { user_id: victim.id, hasAddress: 1, rows: 1, refusals: 1 },
    ])
  })

  it('at one account: its owner gets in from a browser that it knows', async () => {
    const user = await registerUser()
    const server = guessing({ PASSWORD_TRIES_PER_ACCOUNT_EVERYWHERE: '6' })
    const own = await signedIn(user, from('198.51.100.1', server.fetch))
    const statuses = []
    for (let index = 0; index < 8; index++) {
      statuses.push((await guess(from(ownNetwork(index), server.fetch), user.username)).status)
    }
    expect(statuses).toEqual([400, 400, 400, 400, 400, 400, 429, 429])
    // The owner signs out, and comes back in the same browser; somebody else does not come in.
    await own.submit(await own.open('/'), {}, { action: '/sign-out' })
    const back = await signInAt(own, await own.open('/'), user)
    const stranger = new UserAgent(from(ownNetwork(99), server.fetch))
    const kept = await signInAt(stranger, await stranger.open('/'), user)
    expect({
      back: [back.status, back.path],
      kept: [kept.status, kept.headers.has('Retry-After')],
    }).toEqual({ back: [200, '/'], kept: [429, true] })
  })

  it('parallel guesses from many addresses all count', async (context: TestContext) => {
    const user = await registerUser()
    const { fetch } = guessing({ PASSWORD_TRIES_PER_ACCOUNT_EVERYWHERE: '5' })
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, index) =>
        guess(from(ownNetwork(index), fetch), user.username),
      ),
    )
    const judged = answers.filter(({ status }) => status === 400)
    expect(judged.length).toBe(5)
    countIn(context, { 'password guesses': answers.length + 2 * rounds })
  })
})

describe('A second factor that is guessed', () => {
  it('is closed after a few codes, and a further one changes nothing', async () => {
    const user = await userWithApp()
    const server = guessing()
    const agent = new UserAgent(from('192.0.2.31', server.fetch))
    let place = await signInAt(agent, await agent.open('/'), user)
    const statuses = []
    for (let round = 0; round < 12; round++) {
      place = await agent.submit(
        place,
        { code: wrongCode(user.totp) },
        { action: '/second-factor' },
      )
      statuses.push(place.status)
    }
    expect(new Set(statuses)).toEqual(new Set([400, 429]))
    await server.settled()
    const before = await countRows(env.DB)
    place = await agent.submit(place, { code: wrongCode(user.totp) }, { action: '/second-factor' })
    await server.settled()
    expect({ status: place.status, rows: await countRows(env.DB) }).toEqual({
      status: 429,
      rows: before,
    })
  })
})

it('A password that is too long costs no hash and no try', async () => {
  const server = guessing()
  const before = await countRows(env.DB)
  const answer = await passwordGrant(
    client,
    { username: 'anybody', password: 'x'.repeat(5_000) },
    {},
    from('192.0.2.32', server.fetch),
  )
  await server.settled()
  expect({ status: answer.status, rows: await countRows(env.DB), issuer }).toEqual({
    status: 400,
    rows: before,
    issuer,
  })
})
