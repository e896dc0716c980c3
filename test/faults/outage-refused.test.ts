// Refreshing while D1 is away: requests that the records in KV do not prove. Each is 503, and no answer says
// anything about a client or a token, because a record may be older than D1.
import { env } from 'cloudflare:workers'
import { decodeProtectedHeader } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { codeFor, redeem, registerWebClient } from '../openid/flow.ts'
import { claimsOf } from '../support/forge.ts'
import {
  away,
  atHome,
  coldServer,
  cron,
  home,
  kept,
  keptGrant,
  putBack,
  readAway,
  somebody,
  unavailable,
} from '../support/outage.ts'
import { admin, patchUser } from '../support/registry.ts'
import { age, grantIdOf } from '../support/time.ts'
import { grantOf, introspect, refresh, revoke, userinfo } from '../support/tokens.ts'

const client = await registerWebClient()
const { browser } = await somebody()

beforeAll(cron)

const signatureOf = (token: string) => decodeProtectedHeader(token)
const recordOf = (refreshToken: string): string => `grant:${grantIdOf(refreshToken)}`
const whileAway = (refreshToken: string, extra: Record<string, string> = {}, of = client) =>
  readAway(refresh(of, refreshToken, extra, coldServer().fetch))

describe('whom KV does not speak for: 503, and never a word about them', () => {
  it('a superseded token, and one that nobody was given', async () => {
    const { refresh_token } = await keptGrant(client, browser)
    const { refresh_token: current } = await atHome((to) =>
      grantOf(refresh(client, refresh_token, {}, to)),
    )
    const other = `${current.slice(0, -1)}${current.endsWith('A') ? 'B' : 'A'}`
    expect({
      superseded: await whileAway(refresh_token),
      forged: await whileAway(other),
      current: (await whileAway(current)).status,
    }).toEqual({ superseded: unavailable, forged: unavailable, current: 200 })
  })

  it('the current token under a stale record; the superseded one gets five minutes and no more', async () => {
    const { refresh_token } = await keptGrant(client, browser)
    const stale = await kept(recordOf(refresh_token))
    const { refresh_token: current } = await atHome((to) =>
      grantOf(refresh(client, refresh_token, {}, to)),
    )
    await putBack(recordOf(refresh_token), stale)
    expect({
      current: await whileAway(current),
      superseded: Object((await whileAway(refresh_token)).body),
    }).toEqual({
      current: unavailable,
      superseded: expect.objectContaining({ expires_in: 300, refresh_token }),
    })
  })

  it('a revoked grant, though its access token has expired long ago', async () => {
    const { refresh_token } = await keptGrant(client, browser)
    await age(refresh_token, 'access', 7_200)
    await atHome((to) => revoke(client, refresh_token, to))
    expect(await whileAway(refresh_token)).toEqual(unavailable)
  })

  it('a user who was disabled, or whose password was changed', async () => {
    const changes = [{ disabled: true }, { password: crypto.randomUUID() }]
    for (const change of changes) {
      const person = await somebody()
      const { refresh_token } = await keptGrant(client, person.browser)
      await age(refresh_token, 'access', 7_200)
      expect((await whileAway(refresh_token)).status).toBe(200)
      await patchUser(person.user, change)
      await cron()
      expect(await whileAway(refresh_token)).toEqual(unavailable)
    }
  })

  it('a user at a client with pairwise subjects', async () => {
    const pairwise = await registerWebClient({ subject_type: 'pairwise' })
    const person = await somebody()
    const { access_token, refresh_token } = await keptGrant(pairwise, person.browser)
    const given = await grantOf(refresh(pairwise, refresh_token, {}, coldServer().fetch))
    expect(claimsOf(given.access_token).sub).toBe(claimsOf(access_token).sub)
    expect(claimsOf(access_token).sub).not.toBe(person.user.sub)
    await patchUser(person.user, { disabled: true })
    await cron()
    expect(await whileAway(refresh_token, {}, pairwise)).toEqual(unavailable)
  })

  it.each([
    ['disabled', (id: string) => admin('PATCH', `/clients/${id}`, { disabled: true }, home.fetch)],
    ['deleted', (id: string) => admin('DELETE', `/clients/${id}`, undefined, home.fetch)],
    [
      'told that all its grants are revoked',
      (id: string) => admin('POST', `/clients/${id}/revoke`, undefined, home.fetch),
    ],
  ])('a client that was %s', async (_how, change) => {
    const other = await registerWebClient()
    const { refresh_token } = await keptGrant(other, browser)
    await age(refresh_token, 'access', 7_200)
    expect((await whileAway(refresh_token, {}, other)).status).toBe(200)
    const { status } = await atHome(() => change(other.client_id))
    expect(status).toBeLessThan(300)
    expect(await whileAway(refresh_token, {}, other)).toEqual(unavailable)
  })

  it('a secret that has ended, or is wrong: it may be a new one', async () => {
    const other = await registerWebClient()
    const { refresh_token } = await keptGrant(other, browser)
    const { client_id, client_secret } = other
    const wrong = { ...other, client_secret: 'another' }
    const rotate = `/clients/${client_id}/secret`
    expect(await whileAway(refresh_token, {}, wrong)).toEqual(unavailable)
    const stale = await kept(`client:${client_id}`)
    await atHome(() => admin('POST', rotate, {}, home.fetch))
    const rotated = await atHome(() => admin('POST', rotate, {}, home.fetch))
    const { client_secret: fresh } = Object(await rotated.json())
    const renewed = { ...other, client_secret: String(fresh) }
    await atHome((to) => refresh(renewed, refresh_token, {}, to))
    const { refresh_token: next } = await keptGrant(renewed, browser)
    const withFresh = (await whileAway(next, {}, renewed)).status
    const withOld = await whileAway(next, {}, { ...other, client_secret })
    await putBack(`client:${client_id}`, stale)
    const withOldByStale = await whileAway(next, {}, { ...other, client_secret })
    expect({ withFresh, withOld, withOldByStale }).toEqual({
      withFresh: 200,
      withOld: unavailable,
      withOldByStale: unavailable,
    })
  })

  it("another client's token", async () => {
    const other = await registerWebClient()
    await keptGrant(other, browser)
    const { refresh_token } = await keptGrant(client, browser)
    expect(await whileAway(refresh_token, {}, other)).toEqual(unavailable)
  })

  it('a grant from before the epoch', async () => {
    const before = await kept('rev:epoch')
    const { refresh_token } = await keptGrant(client, browser)
    await env.KV.put('rev:epoch', String(Date.now() / 1000 + 1))
    const answer = await whileAway(refresh_token)
    await putBack('rev:epoch', before)
    expect(answer).toEqual(unavailable)
  })

  it('a token that a withdrawn key would sign, until KV has its successor', async () => {
    const { refresh_token } = await keptGrant(client, browser)
    const stale = await kept('signing-keys')
    const { kid } = signatureOf((await keptGrant(client, browser)).access_token)
    await atHome(() => admin('POST', `/keys/${kid}/withdraw`, undefined, home.fetch))
    const before = await whileAway(refresh_token)
    await cron()
    const after = await grantOf(refresh(client, refresh_token, {}, coldServer().fetch))
    const fresh = await kept('signing-keys')
    await putBack('signing-keys', stale)
    const byStale = await whileAway(refresh_token)
    await putBack('signing-keys', fresh)
    expect({ before, byStale }).toEqual({ before: unavailable, byStale: unavailable })
    expect(signatureOf(after.access_token).kid).not.toBe(kid)
  })

  it('a record that was altered, or put under the key of another grant', async () => {
    const mine = await keptGrant(client, browser)
    const other = await keptGrant(client, browser)
    const record = await kept(recordOf(mine.refresh_token))
    await putBack(recordOf(other.refresh_token), record)
    const moved = await whileAway(other.refresh_token)
    await putBack(recordOf(mine.refresh_token), `${record?.slice(0, -2)}AA`)
    expect({ moved, altered: await whileAway(mine.refresh_token) }).toEqual({
      moved: unavailable,
      altered: unavailable,
    })
  })

  it('anybody, where KV is away, too, or takes no note of the answer', async () => {
    const { refresh_token } = await keptGrant(client, browser)
    const both = coldServer({}, () => 'fails')
    const later = coldServer({}, (call) => (/rev:user/.test(call.text) ? 'fails' : away(call, 0)))
    const noNotes = coldServer({}, (call) => (call.method === 'put' ? 'fails' : away(call, 0)))
    expect({
      both: await readAway(refresh(client, refresh_token, {}, both.fetch)),
      later: await readAway(refresh(client, refresh_token, {}, later.fetch)),
      noNotes: await readAway(refresh(client, refresh_token, {}, noNotes.fetch)),
    }).toEqual({ both: unavailable, later: unavailable, noNotes: unavailable })
  })

  it('any other request of the token endpoint, and any other endpoint', async () => {
    const { access_token, refresh_token } = await keptGrant(client, browser)
    const { fetch } = coldServer()
    const code = await codeFor(browser, client)
    expect({
      code: await readAway(redeem(client, code, {}, fetch)),
      introspection: await readAway(introspect(client, refresh_token, fetch)),
      revocation: await readAway(revoke(client, refresh_token, fetch)),
      userinfo: (await userinfo(access_token, fetch)).status,
    }).toEqual({
      code: unavailable,
      introspection: unavailable,
      revocation: unavailable,
      userinfo: 503,
    })
  })
})
