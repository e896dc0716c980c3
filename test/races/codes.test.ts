// One code, many at once: whatever the order, one of them wins. What the table of the races
// (table/tokens.ts, table/screens.ts) does not ask.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { grantsOf } from '../support/grants.ts'
import { read } from '../support/http.ts'
import { registerUser } from '../support/registry.ts'
import { refresh, tokensOf, userinfo } from '../support/tokens.ts'
import {
  authorizePath,
  codeFor,
  codeOf,
  decide,
  outcome,
  redeem,
  registerSpa,
  registerWebClient,
  signedIn,
  signInAt,
} from '../openid/flow.ts'

const atOnce = 50

const client = await registerWebClient()
const user = await registerUser()
const agent = await signedIn(user)
const spa = await registerSpa()

function count(keys: readonly (string | number)[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const key of keys) counts[key] = (counts[key] ?? 0) + 1
  return counts
}

describe('RFC 6749 4.1.2: parallel redemptions of one code', () => {
  it('every loser was a valid replay, so that what the winner got is dead: one grant, revoked', async () => {
    const own = await registerWebClient()
    const code = await codeFor(agent, own)
    const answers = await Promise.all(Array.from({ length: atOnce }, () => redeem(own, code)))
    const winner = await Promise.all(answers.filter(({ ok }) => ok).map((won) => tokensOf(won)))
    expect({
      stored: await grantsOf(own),
      userinfo: await Promise.all(
        winner.map(async ({ access_token }) => (await userinfo(access_token)).status),
      ),
    }).toEqual({ stored: { grants: 1, revoked: 1 }, userinfo: [401] })
  })

  it('thieves without verifier or secret neither win nor harm the one who has both', async () => {
    const own = await registerWebClient()
    const other = await registerWebClient()
    const code = await codeFor(agent, own)
    const thieves = [
      () => redeem(own, code, { code_verifier: 'v'.repeat(43) }),
      () => redeem(other, code),
      () => redeem({ ...own, client_secret: 'wrong' }, code),
      () => redeem(own, code, { redirect_uri: 'https://evil.example/cb' }),
    ]
    const [rightful, ...answers] = await Promise.all([
      redeem(own, code),
      ...Array.from({ length: 5 }, () => thieves.map((steal) => steal())).flat(),
    ])
    const { access_token } = await tokensOf(rightful ?? Response.error())
    expect({
      answers: count(answers.map(({ status }) => status)),
      grants: await grantsOf(own),
      userinfo: (await userinfo(access_token)).status,
    }).toEqual({ answers: { 400: 15, 401: 5 }, grants: { grants: 1, revoked: 0 }, userinfo: 200 })
  })

  it('two isolates decide as one', async () => {
    const code = await codeFor(agent, client)
    const servers = [new Server(), new Server()]
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => redeem(client, code, {}, servers[index % 2]?.fetch)),
    )
    expect(count(answers.map(({ status }) => status))).toEqual({ 200: 1, 400: 19 })
  })

  it('a parked code has one winner, too', async () => {
    const code = await codeFor(agent, client, { nonce: 'n'.repeat(2_000) })
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(client, code)))
    expect(count(answers.map(({ status }) => status))).toEqual({ 200: 1, 400: 19 })
  })

  it('redemption and sign-out at once: afterwards nothing of it is alive', async () => {
    const browser = await signedIn(user)
    const home = await browser.open('/')
    const code = await codeFor(browser, client)
    const [answer] = await Promise.all([
      redeem(client, code),
      browser.submit(home, {}, { action: '/sign-out' }),
    ])
    const { access_token = '', refresh_token = '' } = answer.ok ? await tokensOf(answer) : {}
    expect({
      userinfo: (await userinfo(access_token || 'none')).status,
      refresh: (await refresh(client, refresh_token || 'none')).status,
    }).toEqual({ userinfo: 401, refresh: 400 })
  })
})

describe('Screens: parallel answers to one', () => {
  const granted = (answers: { away: string | null }[]) =>
    answers.filter(({ away }) => away?.includes('code=')).length

  it('of 20 consents at once one brings a code, the others are asked anew', async () => {
    const page = await agent.open(authorizePath(spa, { prompt: 'consent' }))
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => agent.copy().submit(page, { decision: 'allow' })),
    )
    expect(count(answers.map((one) => (one.away === null ? one.title : 'code')))).toEqual({
      code: 1,
      'Allow access? · Postern': 19,
    })
  })

  it('of consents at once that are remembered one is recorded, and all bring a code', async () => {
    const own = await registerSpa()
    const page = await agent.open(authorizePath(own))
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => agent.copy().submit(page, { decision: 'allow' })),
    )
    const given = await env.DB.prepare(
      `SELECT COUNT(*) AS given FROM audit_events WHERE kind = 'consent.given' AND client_id = ?1`,
    )
      .bind(own.client_id)
      .first('given')
    expect({ granted: granted(answers), given }).toEqual({ granted: 20, given: 1 })
  })

  it('of Allow and Deny at once Allow counts once at most, and Deny is never a code', async () => {
    const page = await agent.open(authorizePath(spa, { prompt: 'consent' }))
    const decisions = ['allow', 'deny', 'allow', 'deny'] as const
    const answers = await Promise.all(
      decisions.map((decision) => decide(agent.copy(), page, decision)),
    )
    const denied = answers.filter((_answer, index) => decisions[index] === 'deny')
    expect({
      atMostOneGranted: granted(answers) <= 1,
      denied: denied.map(({ away }) => away?.includes('error=access_denied')),
    }).toEqual({ atMostOneGranted: true, denied: [true, true] })
  })

  it('of parallel sign-ins on one screen each goes on, as a double click does', async () => {
    const browser = await signedIn(user)
    const page = await browser.open(authorizePath(client, { prompt: 'login' }))
    const answers = await Promise.all(
      Array.from({ length: 3 }, () => signInAt(browser.copy(), page, user)),
    )
    const redeemed = await Promise.all(answers.map((one) => redeem(client, codeOf(one))))
    expect(redeemed.map(({ status }) => status)).toEqual([200, 200, 200])
  })

  it('of an answer that was used, nothing is left', async () => {
    const page = await agent.open(authorizePath(spa, { prompt: 'consent' }))
    const code = codeOf(await decide(agent, page, 'allow'))
    const again = await decide(agent, page, 'allow')
    expect(outcome(again)).toEqual({ status: 200, page: 'Allow access? · Postern' })
    expect((await read(await redeem(spa, code))).status).toBe(200)
  })
})
