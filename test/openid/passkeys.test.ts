// Signing in with a passkey.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { get, issuer } from '../support/http.ts'
import { type Lies, SoftPasskey, flag } from '../support/soft-passkey.ts'
import {
  ceremonyOf,
  changePasskeys,
  detailsOf,
  eventsOf,
  jsonIn,
  postPasskey,
  refusedSignIn,
  seen,
  signInWithPasskey,
  userWithPasskey,
} from '../support/passkeys.ts'
import { type TestUser, admin, patchUser } from '../support/registry.ts'
import { tokensOf } from '../support/tokens.ts'
import { UserAgent, shownText } from '../support/user-agent.ts'
import {
  authorizePath,
  backToNow,
  codeOf,
  pass,
  redeem,
  registerWebClient,
  verifiedIdToken,
} from './flow.ts'

const client = await registerWebClient()

afterEach(backToNow)

describe('a passkey signs its user in', () => {
  it.each(['ES256', 'RS256', 'EdDSA'] as const)('of %s, without a name', async (algorithm) => {
    const { passkey } = await userWithPasskey(await SoftPasskey.make(algorithm))
    const agent = new UserAgent()
    const place = await signInWithPasskey(agent, await agent.open('/'), passkey)
    expect(place.path).toBe('/')
  })

  it.each([
    [true, ['swk', 'user']],
    [false, ['hwk', 'user']],
  ])('which the client is told (synced: %s), as two factors', async (isSynced, amr) => {
    const { user, passkey } = await userWithPasskey(await SoftPasskey.make('ES256', { isSynced }))
    const agent = new UserAgent()
    const door = await agent.open(authorizePath(client))
    const place = await signInWithPasskey(agent, door, passkey)
    const { payload } = await verifiedIdToken(await tokensOf(redeem(client, codeOf(place))))
    expect({ sub: payload.sub, amr: payload.amr, acr: payload.acr }).toEqual({
      sub: user.sub,
      amr,
      acr: 'urn:postern:acr:2',
    })
  })

  it('keeps when it was used, its counter, and whether it is synced by now', async () => {
    const { user, passkey } = await userWithPasskey()
    const agent = new UserAgent()
    const lies = { flags: flag.userPresent | flag.userVerified | flag.eligible, counter: 7 }
    await signInWithPasskey(agent, await agent.open('/'), passkey, lies)
    const row = await env.DB.prepare(
      'SELECT counter, is_backed_up, last_used_at > 0 AS used FROM credentials WHERE id = ?',
    )
      .bind(passkey.id)
      .first()
    expect(row).toEqual({ counter: 7, is_backed_up: 0, used: 1 })
    expect(shownText(await agent.open('/account/passkeys'))).toContain('on one device')
    expect(await eventsOf(user, 'user.signed-in')).toHaveLength(2)
  })

  it('with a counter that went back, too: that is an event and no refusal', async () => {
    const { user, passkey } = await userWithPasskey()
    for (const counter of [9, 3]) {
      const agent = new UserAgent()
      const place = await signInWithPasskey(agent, await agent.open('/'), passkey, { counter })
      expect(place.path).toBe('/')
    }
    const query = 'SELECT counter FROM credentials WHERE id = ?'
    expect(await env.DB.prepare(query).bind(passkey.id).first()).toEqual({ counter: 9 })
    expect(await eventsOf(user, 'user.passkey-counter-went-back')).toHaveLength(1)
  })

  it.each<[string, Lies, string]>([
    ['another origin', { clientData: { origin: 'https://evil.example' } }, 'origin'],
    ['another rpId', { rpId: 'evil.example' }, 'rp-id'],
    ['another challenge', { clientData: { challenge: 'AAAAAAAAAAAAAAAAAAAAAA' } }, 'challenge'],
    ['webauthn.create for get', { clientData: { type: 'webauthn.create' } }, 'type'],
    ['crossOrigin true', { clientData: { crossOrigin: true } }, 'cross-origin'],
    ['UV off', { flags: flag.userPresent | flag.eligible }, 'user-verification'],
    ['UP off', { flags: flag.userVerified | flag.eligible }, 'user-presence'],
    ['another user handle', { userHandle: 'AAAA' }, 'user-handle'],
    ['no user handle', { userHandle: undefined }, 'user-handle'],
    [
      'a signature with a byte more',
      { signature: (bytes) => new Uint8Array([...bytes, 0]) },
      'signature',
    ],
  ])('P14: but not with %s: refused, one event', async (_name, lies, fault) => {
    const { user, passkey } = await userWithPasskey()
    const agent = new UserAgent()
    const place = await signInWithPasskey(agent, await agent.open('/'), passkey, lies)
    expect(seen(place)).toEqual(refusedSignIn)
    expect(jsonIn(place, 'passkey-signal')).toBe(null)
    expect(await detailsOf(user, 'user.sign-in-refused')).toEqual([{ reason: 'passkey', fault }])
    // The page that refused has a challenge that still counts.
    expect((await signInWithPasskey(agent, place, passkey)).path).toBe('/')
  })

  it('P14: but not for the challenge of another screen', async () => {
    const { passkey } = await userWithPasskey()
    const agent = new UserAgent()
    const [door, other] = [await agent.open('/'), await agent.open('/account')]
    const place = await postPasskey(agent, door, await passkey.assert(ceremonyOf(other)))
    expect(seen(place)).toEqual(refusedSignIn)
  })

  it('P14: but not for a challenge that was used, with one event', async () => {
    const { user, passkey } = await userWithPasskey()
    const agent = new UserAgent()
    const door = await agent.open('/')
    const answer = await passkey.assert(ceremonyOf(door))
    expect((await postPasskey(agent, door, answer)).path).toBe('/')
    const again = await postPasskey(agent, door, answer)
    expect(again.status).toBe(400)
    expect(await detailsOf(user, 'user.sign-in-refused')).toEqual([
      { reason: 'passkey', fault: 'challenge' },
    ])
  })

  it('P14: but not after five minutes; the page has a new challenge', async () => {
    const { passkey } = await userWithPasskey()
    const agent = new UserAgent()
    const door = await agent.open('/')
    pass(301)
    const late = await signInWithPasskey(agent, door, passkey)
    expect(seen(late)).toEqual(refusedSignIn)
    expect((await signInWithPasskey(agent, late, passkey)).path).toBe('/')
  })

  it('P14: but not in a browser that the page was not shown in', async () => {
    const { passkey } = await userWithPasskey()
    const door = await new UserAgent().open('/')
    const thief = new UserAgent()
    await thief.open('/')
    const place = await postPasskey(thief, door, await passkey.assert(ceremonyOf(door)))
    expect(place.status).toBe(403)
  })

  it.each(['', 'x', '{}', '[1]', '{"id":"a"}'])('and no answer is not one: %j', async (text) => {
    const agent = new UserAgent()
    const door = await agent.open('/')
    const place = await agent.submit(door, { passkey: text }, { action: '/login' })
    expect(place.status).toBe(400)
  })

  it('P18: a removed, deleted or disabled one is refused by the same page, which lets the browser forget it', async () => {
    const texts: string[] = []
    const endings: ((user: TestUser, agent: UserAgent, id: string) => Promise<unknown>)[] = [
      async (user) => patchUser(user, { disabled: true }),
      (user) => admin('DELETE', `/users/${user.id}`),
      async (_user, agent, remove) => {
        const done = await changePasskeys(agent, { remove })
        expect(done.path).toBe('/account/passkeys?done=removed')
      },
    ]
    for (const end of endings) {
      const { user, agent: owner, passkey } = await userWithPasskey()
      await end(user, owner, passkey.id)
      const agent = new UserAgent()
      const place = await signInWithPasskey(agent, await agent.open('/'), passkey)
      expect(seen(place)).toEqual(refusedSignIn)
      expect(jsonIn(place, 'passkey-signal')).toEqual({
        rpId: 'localhost',
        credentialId: passkey.id,
      })
      texts.push(shownText(place).replace(/\{.*?\}/g, ''))
    }
    expect(new Set(texts).size).toBe(1)
  })
})

describe('the name that passkeys are made for', () => {
  it('has no file of related origins unless there are some', async () => {
    expect((await get('/.well-known/webauthn')).status).toBe(404)
    const server = new Server({ PASSKEY_ORIGINS: 'https://a.example,https://b.example' })
    const answer = await get('/.well-known/webauthn', {}, server.fetch)
    expect({
      type: answer.headers.get('Content-Type'),
      body: await answer.json(),
    }).toEqual({
      type: 'application/json',
      body: { origins: ['https://a.example', 'https://b.example'] },
    })
  })

  it('is no address: there a sign-in page has no passkeys', async () => {
    const agent = new UserAgent(undefined, issuer.replace('localhost', '127.0.0.1'))
    const door = await agent.open('/')
    expect(jsonIn(door, 'passkey-options')).toBe(null)
  })
})
