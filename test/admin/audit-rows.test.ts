// Rows of the audit log that are easily forgotten: refreshes without rotation, whose grant was opened,
// and every way in which a sign-in is refused.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { loginWithCode, scriptedIssuer } from '../dialects/traffic-ops.ts'
import { leaveFor, scriptedSignIn } from '../federation/sign-in.ts'
import { allowDevice, codesFor, poll, registerDevice } from '../openid/device-flow.ts'
import { backToNow, pass, signedIn } from '../openid/flow.ts'
import { grant_type as jwtBearer } from '../support/asserted.ts'
import { assertionOf, registerKeyClient } from '../support/assertions.ts'
import { Server } from '../support/faults.ts'
import { post } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { grantOf, passwordGrant, refresh, tokensOf } from '../support/tokens.ts'
import { UserAgent } from '../support/user-agent.ts'

afterEach(backToNow)

type Event = Record<string, unknown>

const server = new Server()
const client = await registerClient()
// Made before the server first reads its providers, which it then remembers.
const scripted = await scriptedSignIn({ label: 'Scripted' })
const silent = await scriptedSignIn({ label: 'Silent' })

/** Each event of a query, oldest first, as these members of it. */
async function eventsAt(query: string, names: readonly string[]): Promise<Event[]> {
  await server.settled()
  const { items } = await (await admin('GET', `/events?${query}`)).json<{ items: Event[] }>()
  return items
    .toReversed()
    .map((event) => Object.fromEntries(names.map((name) => [name, event[name]])))
}

const from =
  (address: string, to = server.fetch) =>
  (request: Request): Promise<Response> => {
    request.headers.set('CF-Connecting-IP', address)
    return to(request)
  }

describe('The first refresh of a grant whose refresh token does not rotate', () => {
  it('is one row, however many processes refresh at once and later', async () => {
    const sharing = await registerClient({ refresh_token_rotation: false })
    const user = await registerUser()
    const { refresh_token } = await grantOf(passwordGrant(sharing, user, {}, server.fetch))
    const again = () => refresh(sharing, refresh_token, {}, server.fetch)
    await Promise.all(Array.from({ length: 10 }, again))
    await again()
    const query = `client=${sharing.client_id}&kind=token.refreshed`
    expect(await eventsAt(query, ['user_id', 'username', 'actor'])).toEqual([
      { user_id: user.id, username: user.username, actor: `client:${sharing.client_id}` },
    ])
  })
})

describe('A grant that is opened for a user whom only the database knows', () => {
  it('names the user: of a device', async () => {
    const [device, user] = [await registerDevice(), await registerUser()]
    const { device_code, user_code } = await codesFor(device, {}, server.fetch)
    await allowDevice(await signedIn(user, server.fetch), user_code)
    await tokensOf(poll(device, device_code, {}, server.fetch))
    await poll(device, device_code, {}, server.fetch)
    const query = `client=${device.client_id}&kind=device.redeemed`
    expect(await eventsAt(query, ['username', 'client_id', 'actor'])).toEqual([
      {
        username: user.username,
        client_id: device.client_id,
        actor: `client:${device.client_id}`,
      },
    ])
  })

  it('names the user: of an assertion', async () => {
    const [signer, user] = [
      await registerKeyClient({ grant_types: ['client_credentials', jwtBearer] }),
      await registerUser(),
    ]
    const assertion = await assertionOf(signer, { sub: user.sub })
    await tokensOf(post('/oauth2/token', { grant_type: jwtBearer, assertion }, {}, server.fetch))
    const query = `user=${user.id}&kind=assertion.redeemed`
    expect(await eventsAt(query, ['username', 'client_id'])).toEqual([
      { username: user.username, client_id: signer.client.client_id },
    ])
  })
})

describe('A sign-in that is refused', () => {
  const refused = ['kind', 'outcome', 'user_id', 'actor', 'occurrences', 'detail']
  const row = (detail: object, occurrences = 1, user_id: number | null = null) => ({
    kind: 'user.sign-in-refused',
    outcome: 'refused',
    user_id,
    actor: null,
    occurrences,
    detail,
  })

  it('because of too many tries is a row beside that of the wrong passwords', async () => {
    pass(60 - ((Date.now() / 1000) % 60))
    const user = await registerUser()
    const strict = new Server({ PASSWORD_TRIES_PER_ACCOUNT: '2' })
    const to = from('192.0.2.60', strict.fetch)
    for (let round = 0; round < 5; round++) {
      await passwordGrant(client, { username: user.username, password: 'wrong' }, {}, to)
    }
    await strict.settled()
    expect(await eventsAt(`user=${user.id}&outcome=refused`, refused)).toEqual([
      row({ reason: 'password' }, 2, user.id),
      row({ reason: 'throttled' }, 3, user.id),
    ])
  })

  it('in front of D1, by the filter, is a row that nobody can make grow without end', async () => {
    const asked: string[] = []
    const SIGN_IN_FILTER = {
      limit({ key }: { key: string }) {
        asked.push(key)
        return Promise.resolve({ success: key.startsWith('refused ') && asked.length < 6 })
      },
    }
    const flooded = new Server({
      DEVELOPMENT: undefined,
      INSECURE_LOOPBACK_PROVIDERS: undefined,
      ISSUER: 'https://id.example.org',
      SIGN_IN_FILTER,
    })
    const to = from('192.0.2.61', flooded.fetch)
    const user = await registerUser()
    pass(60 - ((Date.now() / 1000) % 60))
    for (let round = 0; round < 5; round++) await passwordGrant(client, user, {}, to)
    await flooded.settled()
    expect(asked.filter((key) => key.startsWith('refused '))).toEqual(
      Array.from({ length: 5 }, () => 'refused 192.0.2.61'),
    )
    expect(await eventsAt('address=192.0.2.61', refused)).toEqual([row({ reason: 'throttled' }, 2)])
  })

  it('counts to a thousand in a minute, and then writes nothing more', async () => {
    pass(60 - ((Date.now() / 1000) % 60))
    const user = await registerUser()
    const to = from('192.0.2.62')
    const wrong = () =>
      passwordGrant(client, { username: user.username, password: 'wrong' }, {}, to)
    await wrong()
    await server.settled()
    await env.DB.prepare('UPDATE audit_events SET occurrences = 999 WHERE user_id = ?1')
      .bind(user.id)
      .run()
    await wrong()
    await wrong()
    expect(await eventsAt(`user=${user.id}&outcome=refused`, refused)).toEqual([
      row({ reason: 'password' }, 1000, user.id),
    ])
  })

  it('at a provider names the provider and what came of it, and nothing that was sent', async () => {
    const { id, leave, callback } = scripted
    const address = '192.0.2.63'
    for (const error of ['access_denied', 'access_denied', 'server_error']) {
      const agent = new UserAgent(from(address))
      const { state = '' } = await leave(agent)
      await agent.open(callback({ state, error, error_description: 'a-word-of-theirs' }))
    }
    const events = await eventsAt(`address=${address}`, refused)
    expect(events).toEqual([
      row({ reason: 'provider', outcome: 'denied', provider: id }, 2),
      row({ reason: 'provider', outcome: 'unavailable', provider: id }),
    ])
  })

  it('before a browser leaves for a provider that does not answer is a row, too', async () => {
    const { id, provider } = silent
    await provider.answer('/.well-known/openid-configuration', { status: 500, body: {} })
    const agent = new UserAgent(from('192.0.2.64'))
    await leaveFor(agent, await agent.open('/'), id)
    expect(await eventsAt('address=192.0.2.64', refused)).toEqual([
      row({ reason: 'provider', outcome: 'unavailable', provider: id }),
    ])
  })

  it('is no row if a signed-in user does not link an account: nobody was signing in', async () => {
    const { id, callback } = scripted
    const agent = await signedIn(await registerUser(), from('192.0.2.65'))
    const account = await agent.open('/account')
    const away = await agent.submit(account, { provider: id }, { action: '/account/link' })
    const state = new URL(away.away ?? '').searchParams.get('state') ?? ''
    const back = await agent.open(callback({ state, error: 'access_denied' }))
    expect(back.title).toContain('Signing in with Scripted did not work')
    expect(await eventsAt('address=192.0.2.65&outcome=refused', refused)).toEqual([])
  })

  it("at a dialect's face is a row with the provider, if the request names one", async () => {
    const { wire, register, givesToken } = await scriptedIssuer()
    const to = from('192.0.2.66')
    await loginWithCode({ ...wire, authCodeTokenUrl: 'https://nobody.example/token' }, to)
    const { id } = await register()
    await givesToken('not a token')
    await loginWithCode(wire, to)
    expect(await eventsAt('address=192.0.2.66', refused)).toEqual([
      row({ reason: 'provider', outcome: 'forbidden' }),
      row({ reason: 'provider', outcome: 'untrusted', provider: id }),
    ])
  })
})
