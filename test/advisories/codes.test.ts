// What went wrong in other servers with authorization requests and codes: each attack, by its number.
import { afterEach, expect, it } from 'vitest'
import {
  authorizationRequest,
  authorizePath,
  backToNow,
  codeFor,
  codeOf,
  decide,
  granted,
  outcome,
  pass,
  redeem,
  refusedWith,
  registerSpa,
  registerWebClient,
  signedIn,
  signInAt,
  signInTo,
} from '../openid/flow.ts'
import { codesFor, enterCode, poll, registerDevice } from '../openid/device-flow.ts'
import { halfSignedIn } from '../support/half-signed-in.ts'
import { refusal } from '../support/http.ts'
import { registerUser, type TestClient } from '../support/registry.ts'
import { refresh, tokensOf, userinfo } from '../support/tokens.ts'
import { UserAgent } from '../support/user-agent.ts'

const client = await registerWebClient()
const other = await registerWebClient()
const user = await registerUser()
const agent = await signedIn(user)

const invalidGrant = { status: 400, error: 'invalid_grant' }

afterEach(backToNow)

/** Takes back on the account page what a client was allowed. */
async function withdraw(browser: UserAgent, { client_id }: TestClient): Promise<void> {
  const page = await browser.open('/account')
  await browser.submit(page, { grant: `client:${client_id}` }, { action: '/account/access' })
}

it('CVE-2025-4143: an unregistered redirect URI is refused before anybody is sent to it', async () => {
  const place = await agent.open(
    authorizePath(client, { redirect_uri: 'https://evil.example/cb', prompt: 'none' }),
  )
  expect({ status: place.status, trail: place.trail }).toEqual({ status: 400, trail: [] })
})

it('CVE-2025-4144: a code that was asked for with a challenge is not redeemed without a verifier', async () => {
  const code = await codeFor(agent, client)
  expect(await refusal(redeem(client, code, { code_verifier: undefined }))).toEqual(invalidGrant)
  const spa = await registerSpa()
  const without = authorizePath(spa, {
    code_challenge: undefined,
    code_challenge_method: undefined,
  })
  expect(outcome(await agent.open(without))).toEqual(refusedWith('invalid_request'))
})

it('workers-oauth-provider#225: a replay with a guessed code ends no grant', async () => {
  const code = await codeFor(agent, client)
  const { access_token } = await tokensOf(redeem(client, code))
  const guessed = code.slice(0, -6) + 'AAAAAA'
  expect(await refusal(redeem(client, guessed))).toEqual(invalidGrant)
  expect(await refusal(redeem(other, code))).toEqual(invalidGrant)
  expect((await userinfo(access_token)).status).toBe(200)
})

it('workers-oauth-provider#245, MemWal#938: what is refused does not burn the code', async () => {
  const code = await codeFor(agent, client)
  const wrong = [
    { code_verifier: 'a'.repeat(43) },
    { redirect_uri: 'https://client.example/other' },
    { resource: 'https://api.example/not-granted' },
  ]
  for (const extra of wrong) expect((await redeem(client, code, extra)).status).toBe(400)
  expect((await redeem(other, code)).status).toBe(400)
  expect((await redeem(client, code)).status).toBe(200)
})

it('workers-oauth-provider#275, GHSA-9h47-pqcx-hjr4: no method but S256, which is named', async () => {
  for (const code_challenge_method of ['plain', 'S512', 's256', undefined]) {
    expect(outcome(await agent.open(authorizePath(client, { code_challenge_method })))).toEqual(
      refusedWith('invalid_request'),
    )
  }
})

it('GHSA-xqxv-4jc2-x56x, CVE-2023-2585, CVE-2026-16089: codes and tokens are for one client alone', async () => {
  const code = await codeFor(agent, client)
  const { refresh_token = '' } = await signInTo(agent, client, { scope: 'openid offline_access' })
  const [device, thief] = [await registerDevice(), await registerDevice()]
  const { device_code } = await codesFor(device)
  expect({
    code: await refusal(redeem(other, code)),
    refresh: await refusal(refresh(other, refresh_token)),
    device: await refusal(poll(thief, device_code)),
  }).toEqual({ code: invalidGrant, refresh: invalidGrant, device: invalidGrant })
})

it('CVE-2026-28513: the wrong client alone is enough to refuse, and the wrong time alone', async () => {
  expect(await refusal(redeem(other, await codeFor(agent, client)))).toEqual(invalidGrant)
  const old = await codeFor(agent, client)
  pass(61)
  expect(await refusal(redeem(client, old))).toEqual(invalidGrant)
})

it('GHSA-8m7c-hf24-5g47, CVE-2026-50631, GHSA-7w99-5wm4-3g79, supabase/auth#2613: of many redemptions at once one wins', async () => {
  const code = await codeFor(agent, client)
  const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(client, code)))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array(19).fill(400)])
})

it('CVE-2026-9689: of a repeated parameter neither value counts', async () => {
  const twice = (path: string, name: string, value: string) => `${path}&${name}=${value}`
  const path = authorizePath(client)
  const evil = encodeURIComponent('https://evil.example/cb')
  const shown = await agent.open(twice(path, 'redirect_uri', evil))
  expect({ status: shown.status, trail: shown.trail }).toEqual({ status: 400, trail: [] })
  expect(outcome(await agent.open(twice(path, 'scope', 'openid')))).toEqual(
    refusedWith('invalid_request'),
  )
})

it('CVE-2026-7571: what a browser adds to a form of ours changes no request', async () => {
  const fresh = new UserAgent()
  const login = await fresh.open(authorizePath(client))
  const sent = { ...user, response_type: 'token', redirect_uri: 'https://evil.example/cb' }
  const { username, password, response_type, redirect_uri } = sent
  const place = await fresh.submit(
    login,
    { username, password, response_type, redirect_uri, response_mode: 'fragment' },
    { action: '/login' },
  )
  expect(outcome(place)).toEqual(granted())
  expect(outcome(await agent.open(authorizePath(client, { response_type: 'token' })))).toEqual(
    refusedWith('unsupported_response_type'),
  )
})

it('CVE-2022-39222: the address of a consent page is worth nothing in another browser', async () => {
  const stranger = await registerSpa()
  const own = agent.copy()
  const asked = await own.open(authorizePath(stranger))
  const thief = await signedIn(await registerUser())
  const place = await decide(thief, asked, 'allow')
  expect({ away: place.away, status: place.status }).toEqual({ away: null, status: 403 })
  expect(outcome(await decide(own, asked, 'allow'))).toEqual(granted())
})

it('CVE-2025-46815: an answer to a question counts once: sent again, it does not give what was taken back', async () => {
  const stranger = await registerSpa()
  const own = await signedIn(await registerUser())
  const asked = await own.open(authorizePath(stranger))
  expect(outcome(await decide(own, asked, 'allow'))).toEqual(granted())
  await withdraw(own, stranger)
  expect((await decide(own, asked, 'allow')).away).toBeNull()
})

it('GHSA-cq3f-vc6p-68fh, CVE-2026-45337: who has only seen a user code approves no device for somebody else', async () => {
  const device = await registerDevice()
  const { user_code, device_code } = await codesFor(device)
  const asked = await enterCode(agent, user_code)
  const form = asked.forms.find(({ action }) => action === '/device/decision')
  const stranger = await signedIn(await registerUser())
  const headers = { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' }
  for (const fields of [
    { ...form?.hidden, decision: 'allow' },
    { user_code, decision: 'allow' },
  ]) {
    expect((await stranger.post('/device/decision', fields, headers)).status).toBeGreaterThan(399)
  }
  expect(await refusal(poll(device, device_code))).toEqual({
    status: 400,
    error: 'authorization_pending',
  })
})

it('better-auth#9198: between the password and the second factor there is no code', async () => {
  const half = await halfSignedIn()
  const fresh = new UserAgent()
  const place = await signInAt(fresh, await fresh.open(authorizePath(client)), half.user)
  expect(place.away).toBeNull()
  const again = await fresh.open(authorizePath(client, { prompt: 'none' }))
  expect(outcome(again)).toEqual(refusedWith('login_required'))
})

it('better-auth#11318: a consent that is taken back ends codes that were not redeemed', async () => {
  const stranger = await registerSpa()
  const own = await signedIn(await registerUser())
  const asked = await own.open(authorizePath(stranger))
  const { access_token } = await tokensOf(
    redeem(stranger, codeOf(await decide(own, asked, 'allow'))),
  )
  const code = await codeFor(own, stranger)
  await withdraw(own, stranger)
  expect({
    code: await refusal(redeem(stranger, code)),
    token: (await userinfo(access_token)).status,
  }).toEqual({ code: invalidGrant, token: 401 })
})

it('openauth#299: no spelling of a redirect URI is another spelling of a registered one', async () => {
  const spellings = [
    'https:client.example/cb',
    '//client.example/cb',
    'https://client.example\\@evil.example/cb',
    'HTTPS://client.example/cb',
    'https://client.example/cb/',
    'https://client.example/cb?x=1',
    'https://client.example/cb#x',
    'https://client.example:443/cb',
    'https://client.example.evil.example/cb',
    'https://client.example/x/../cb',
    'https://client.example/%63b',
  ]
  for (const redirect_uri of spellings) {
    const query = new URLSearchParams(authorizationRequest(client, { redirect_uri }))
    const { status, trail } = await agent.open(`/oauth2/authorize?${query}`)
    expect({ redirect_uri, status, trail }).toEqual({ redirect_uri, status: 400, trail: [] })
  }
})
