// The clock of the server is set: by a minute or an hour, ahead or back. Nobody is locked out for the time
// of the step, and nothing that has expired lives longer than the step.
import { describe, expect, it } from 'vitest'
import { askForCodes, codesFor, poll, registerDevice, allowDevice } from '../openid/device-flow.ts'
import { codeFor, redeem, registerWebClient, signInAt } from '../openid/flow.ts'
import { newPerson, one, sessionOf } from '../races/person.ts'
import { registerAt } from '../registration/registrant.ts'
import { assertionOf, registerKeyClient, tokenWith } from '../support/assertions.ts'
import { newProofKey, postProved, proofOf } from '../support/dpop.ts'
import { Server } from '../support/faults.ts'
import { giveApp } from '../support/half-signed-in.ts'
import { get } from '../support/http.ts'
import { catchMails, codeIn, mailSettings, mailsTo } from '../support/mails.ts'
import { registerClient, registerUser } from '../support/registry.ts'
import { aDayForEachTest, setClock } from '../support/time.ts'
import { introspect, passwordGrant, refresh, signIn, userinfo } from '../support/tokens.ts'
import { codeOfApp, wrongCode } from '../support/totp.ts'
import { shownText, UserAgent } from '../support/user-agent.ts'

aDayForEachTest()
catchMails()

const client = await registerClient()
const web = await registerWebClient()
const device = await registerDevice()
const minute = 60_000
const hour = 60 * minute
const steps = [minute, -minute, hour, -hour]
const back = [-2 * minute, -20 * minute, -hour]

describe('A lock, when the clock is set back', () => {
  it.each([-20 * minute, -hour])('by %i ms, keeps nobody from their password', async (step) => {
    const user = await registerUser()
    for (let nth = 0; nth < 10; nth++) await passwordGrant(client, { ...user, password: 'wrong' })
    const locked = (await passwordGrant(client, user)).status
    setClock(step)
    const then = (await passwordGrant(client, user)).status
    expect({ locked, then }).toEqual({ locked: 429, then: 200 })
  })

  it('by two minutes, still counts: the clocks of isolates may differ', async () => {
    const user = await registerUser()
    for (let nth = 0; nth < 10; nth++) await passwordGrant(client, { ...user, password: 'wrong' })
    setClock(-2 * minute)
    expect((await passwordGrant(client, user)).status).toBe(429)
  })

  it('by an hour, keeps nobody from the code of their app', async () => {
    const user = await registerUser()
    const secret = await giveApp(user)
    const agent = new UserAgent()
    let page = await signInAt(agent, await agent.open('/'), user)
    const action = '/second-factor'
    for (let nth = 0; nth < 6; nth++) {
      page = await agent.submit(page, { code: wrongCode(secret) }, { action })
    }
    const locked = page.status
    setClock(-hour)
    const other = new UserAgent()
    const asked = await signInAt(other, await other.open('/'), user)
    const done = await other.submit(asked, { code: codeOfApp(secret) }, { action })
    expect({ locked, then: done.title }).toEqual({
      locked: 429,
      then: 'You are signed in · Postern',
    })
  })

  it('by an hour, keeps no address from registering clients', async () => {
    const { fetch } = new Server({ REGISTRATION: 'open', REGISTRATIONS_PER_ADDRESS: '1' })
    const app = { redirect_uris: ['https://app.example/cb'] }
    const first = [(await registerAt(fetch, app)).status, (await registerAt(fetch, app)).status]
    setClock(-2 * hour)
    expect({ first, then: (await registerAt(fetch, app)).status }).toEqual({
      first: [201, 429],
      then: 201,
    })
  })

  it('by a day, keeps nobody from their mail', async () => {
    const server = new Server({ ...mailSettings, SIGN_IN_BY_MAIL: 'true', MAILS_PER_ADDRESS: '1' })
    const { email } = await newPerson()
    const ask = async () => {
      const agent = new UserAgent(server.fetch)
      const { html } = await agent.open('/')
      const href = /href="(\/login\/code[^"]*)"/.exec(html)?.[1] ?? ''
      await agent.submit(await agent.open(href), { email }, { action: '/login/code' })
      return (await mailsTo(server, email)).length
    }
    const counts = [await ask(), await ask()]
    setClock(-3 * 24 * hour)
    expect([...counts, await ask()]).toEqual([1, 1, 2])
  })

  it('by an hour, tells no device that it polls too soon', async () => {
    const { device_code } = await codesFor(device)
    await poll(device, device_code)
    setClock(-hour)
    const { error } = await (await poll(device, device_code)).json<{ error: string }>()
    expect(error).toBe('authorization_pending')
  })

  it('by an hour, keeps no address from asking for devices', async () => {
    const address = `2001:db8:2:${crypto.randomUUID().slice(0, 4)}::1`
    const statuses: number[] = []
    for (let nth = 0; nth < 21; nth++) {
      statuses.push((await askForCodes(device, {}, { address })).status)
    }
    setClock(-hour)
    statuses.push((await askForCodes(device, {}, { address })).status)
    expect(statuses.slice(-2)).toEqual([429, 200])
  })

  it('by an hour, keeps nobody from a copy of their data', async () => {
    const person = await newPerson()
    const copy = async () => {
      const agent = await sessionOf(person)
      const page = await agent.open('/account/data')
      return (await agent.submit(page, {}, { action: '/account/data' })).status
    }
    const first = [await copy(), await copy()]
    setClock(-30 * 24 * hour)
    expect([...first, await copy()]).toEqual([200, 429, 200])
  })
})

describe('What was given out, when the clock is set', () => {
  it.each(steps)('by %i ms: a grant goes on, or is over by no more than the step', async (step) => {
    const grant = await signIn(client, await registerUser())
    setClock(step)
    const answer = await refresh(client, grant.refresh_token)
    const token = (await userinfo(grant.access_token)).status
    // Ten minutes of an access token are over an hour later.
    expect({ refresh: answer.status, token }).toEqual({
      refresh: 200,
      token: step === hour ? 401 : 200,
    })
  })

  it.each(back)('back by %i ms: what has expired is at most so much younger', async (step) => {
    const grant = await signIn(client, await registerUser())
    const active = async () =>
      Object(await (await introspect(client, grant.access_token)).json()).active
    setClock(10 * minute)
    const expired = await active()
    setClock(10 * minute + step)
    const again = await active()
    setClock(10 * minute - step + step)
    expect({ expired, again, then: await active() }).toEqual({
      expired: false,
      again: true,
      then: false,
    })
  })

  it.each(steps)(
    'by %i ms: a code is redeemed once at most, and never by an error',
    async (step) => {
      const agent = await sessionOf(await newPerson())
      const code = await codeFor(agent, web)
      setClock(step)
      const statuses = [(await redeem(web, code)).status, (await redeem(web, code)).status]
      // It lives for a minute: that it is later is all that ends it.
      expect(statuses).toEqual(step > 0 ? [400, 400] : [200, 400])
    },
  )

  it.each([minute, -minute])('by %i ms: a session of a browser goes on', async (step) => {
    const agent = await sessionOf(await newPerson())
    setClock(step)
    expect(shownText(await agent.open('/'))).toContain('You are signed in')
  })

  it.each([minute, -minute])('by %i ms: a device is answered and gets its tokens', async (step) => {
    const codes = await codesFor(device)
    const agent = await sessionOf(await newPerson())
    setClock(step)
    await allowDevice(agent, codes.user_code)
    expect((await poll(device, codes.device_code)).status).toBe(200)
  })

  it.each(steps)('by %i ms: the JWKS and the health of the server are as before', async (step) => {
    const server = new Server()
    const jwks = async () => (await get('/.well-known/jwks.json', {}, server.fetch)).text()
    const before = await jwks()
    setClock(step)
    expect({
      jwks: await jwks(),
      ready: (await get('/health/ready', {}, server.fetch)).status,
    }).toEqual({ jwks: before, ready: 200 })
  })

  it.each(back)('back by %i ms: what counts once still does', async (step) => {
    const [keyed, key] = [await registerKeyClient(), await newProofKey()]
    const [assertion, proof] = [await assertionOf(keyed), await proofOf(key)]
    const form = { grant_type: 'client_credentials' }
    const use = async () => [
      (await tokenWith(assertion)).status,
      (await postProved(client, proof, form)).status,
    ]
    const first = await use()
    setClock(step)
    const second = await use()
    setClock(0)
    expect({ first, second: second.every((one) => one >= 400), third: await use() }).toEqual({
      first: [200, 200],
      second: true,
      third: [401, 400],
    })
  })
})

describe('Two isolates, one a minute ahead and one a minute behind', () => {
  const server = new Server(mailSettings)
  const ahead = () => setClock(minute)
  const behind = () => setClock(-minute)

  it.each([
    ['ahead, then behind', ahead, behind],
    ['behind, then ahead', behind, ahead],
  ])('%s: a refresh and its retry have one successor', async (_order, first, second) => {
    const { refresh_token } = await signIn(client, await registerUser())
    first()
    const one = await (await refresh(client, refresh_token)).json<{ refresh_token: string }>()
    second()
    const two = await refresh(client, refresh_token)
    const { refresh_token: again } = await two.json<{ refresh_token?: string }>()
    // 120 seconds apart are more than the grace: then the retry is refused.
    expect([one.refresh_token, undefined]).toContain(again)
  })

  it('proofs and assertions of a client with the right time count at both, each once', async () => {
    const [keyed, key] = [await registerKeyClient(), await newProofKey()]
    const form = { grant_type: 'client_credentials' }
    for (const set of [ahead, behind]) {
      setClock(0)
      const [assertion, proof] = [
        await assertionOf(keyed, { exp: Math.floor(Date.now() / 1000) + 120 }),
        await proofOf(key),
      ]
      set()
      const statuses = [
        (await tokenWith(assertion)).status,
        (await postProved(client, proof, form)).status,
        (await tokenWith(assertion)).status,
        (await postProved(client, proof, form)).status,
      ]
      expect(statuses).toEqual([200, 200, 401, 400])
    }
  })

  it('a code of a mail that the one sent is taken by the other', async () => {
    const { email, id } = await newPerson({ email_verified: false })
    const own = await sessionOf({ id })
    const agent = new UserAgent(server.fetch)
    for (const [name, value] of own.cookies) agent.cookies.set(name, value)
    ahead()
    await agent.submit(await agent.open('/account/email'), {}, { action: '/account/verify' })
    const [mail] = await mailsTo(server, email)
    behind()
    if (mail === undefined) throw new Error('there is no mail')
    const page = await agent.open('/account/email')
    expect({ page: page.status, code: codeIn(mail).length }).toEqual({ page: 200, code: 8 })
    expect(await one('SELECT COUNT(*) FROM mail_actions WHERE user_id = ?', id)).toBe(1)
  })
})
