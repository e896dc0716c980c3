// F28: the clocks of two isolates differ. One that is ahead ends everything that is older than its now;
// the other is asked for something new before that instant. It says so, and makes nothing that is dead.
import { describe, expect, it } from 'vitest'
import {
  authorizePath,
  codeFor,
  granted,
  outcome,
  redeem,
  registerWebClient,
  signInAt,
  signedIn,
} from '../openid/flow.ts'
import { one, sessionOf } from '../races/person.ts'
import { allowDevice, codesFor, poll, registerDevice } from '../openid/device-flow.ts'
import { giveApp } from '../support/half-signed-in.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import type { TestClient, TestUser } from '../support/registry.ts'
import { aDayForEachTest, setClock } from '../support/time.ts'
import { clientCredentials, grantOf, introspect, passwordGrant } from '../support/tokens.ts'
import { UserAgent } from '../support/user-agent.ts'
import { early, minute, told } from './ahead.ts'

aDayForEachTest()

const web = await registerWebClient()

type Ended = { user: TestUser; client: TestClient }

const logout = ({ user }: Ended): Promise<Response> => admin('POST', `/users/${user.id}/logout`)
const password = ({ user }: Ended): Promise<Response> =>
  admin('PATCH', `/users/${user.id}`, { password: user.password })
const epoch = (): Promise<Response> => admin('POST', '/epoch')
const ofClient = ({ client }: Ended): Promise<Response> =>
  admin('POST', `/clients/${client.client_id}/revoke`)

/** Ends everything by a clock that is so far ahead, in milliseconds; then the clock is right. */
async function endedAhead(end: (ended: Ended) => Promise<Response>, ahead = minute) {
  const ended = { user: await registerUser(), client: await registerClient() }
  setClock(ahead)
  const { status } = await end(ended)
  if (status >= 300) throw new Error(`nothing was ended: ${status}`)
  setClock(0)
  return ended
}

const isActive = async (client: TestClient, token: string): Promise<unknown> =>
  Object(await (await introspect(client, token)).json()).active

const grantsOf = ({ id }: TestUser): Promise<number | null> =>
  one('SELECT COUNT(*) FROM grants WHERE user_id = ?', id)
const sessionsOf = ({ id }: TestUser): Promise<number | null> =>
  one('SELECT COUNT(*) FROM sessions WHERE user_id = ?', id)

const endings = [
  ['signed out by the operator', logout],
  ['given a password', password],
  ['ended by the epoch', epoch],
] as const

describe('F28: whoever was ended by a clock that is a minute ahead', () => {
  it.each([...endings, ['of a client that was revoked', ofClient] as const])(
    '%s: the password gives no dead tokens but says when to come again',
    async (_how, end) => {
      const { user, client } = await endedAhead(end)
      const first = await told(await passwordGrant(client, user))
      const grants = await grantsOf(user)
      setClock(minute)
      const { access_token } = await grantOf(passwordGrant(client, user))
      expect({ first, grants, then: await isActive(client, access_token) }).toEqual({
        first: early,
        grants: 0,
        then: true,
      })
    },
  )

  it.each(endings)(
    '%s: the sign-in page says it, and the same page is good later',
    async (_, end) => {
      const { user } = await endedAhead(end)
      const agent = new UserAgent()
      const page = await agent.open('/')
      const first = await signInAt(agent, page, user)
      const sessions = await sessionsOf(user)
      setClock(minute)
      const then = await signInAt(agent, page, user)
      expect({
        first: { status: first.status, retryAfter: first.headers.get('Retry-After') },
        sessions,
        then: then.title,
      }).toEqual({
        first: { status: 503, retryAfter: '60' },
        sessions: 0,
        then: 'You are signed in · Postern',
      })
    },
  )

  it.each(endings)(
    '%s: half a sign-in does not wait for a second factor in vain',
    async (_, end) => {
      const { user } = await endedAhead(end)
      await giveApp(user)
      const agent = new UserAgent()
      expect((await signInAt(agent, await agent.open('/'), user)).status).toBe(503)
    },
  )

  it('the right password, sent again and again, locks nobody out', async () => {
    const { user, client } = await endedAhead(logout)
    for (let nth = 0; nth < 12; nth++) await passwordGrant(client, user)
    const last = await told(await passwordGrant(client, user))
    setClock(minute)
    expect({ last, then: (await passwordGrant(client, user)).status }).toEqual({
      last: early,
      then: 200,
    })
  })

  it('a wrong password is told nothing else', async () => {
    const { user, client } = await endedAhead(logout)
    const { error } = await told(await passwordGrant(client, { ...user, password: 'wrong' }))
    expect(error).toBe('invalid_grant')
  })

  it.each(endings)('%s: a browser of the other isolate gets no dead code', async (_, end) => {
    const user = await registerUser()
    setClock(minute)
    await end({ user, client: web })
    const agent = await signedIn(user)
    setClock(0)
    const first = outcome(await agent.open(authorizePath(web)))
    setClock(minute + 1000)
    const then = outcome(await agent.open(authorizePath(web)))
    expect({ first, then }).toEqual({
      first: { status: 503, page: 'We will be right back · Postern' },
      then: granted(),
    })
  })

  it('a code that was issued afterwards gives no dead tokens at the other isolate', async () => {
    const { user } = await endedAhead(logout)
    setClock(minute + 1000)
    const code = await codeFor(await signedIn(user), web)
    setClock(minute - 1000)
    const first = await told(await redeem(web, code))
    const grants = await grantsOf(user)
    setClock(minute + 2000)
    expect({ first, grants, then: (await redeem(web, code)).status }).toEqual({
      first: { ...early, retryAfter: '1' },
      grants: 0,
      then: 200,
    })
  })

  it('a device that is answered too early is answered again', async () => {
    const device = await registerDevice()
    const { user } = await endedAhead(logout)
    const codes = await codesFor(device)
    setClock(minute + 1000)
    const agent = await sessionOf(user)
    setClock(0)
    await allowDevice(agent, codes.user_code).catch(() => undefined)
    const { error } = await told(await poll(device, codes.device_code))
    setClock(minute + 2000)
    await allowDevice(agent, codes.user_code)
    const then = (await poll(device, codes.device_code)).status
    expect({ error, then }).toEqual({ error: 'authorization_pending', then: 200 })
  })

  it('a client that was revoked gets no dead token of its own', async () => {
    const { client } = await endedAhead(ofClient)
    const first = await told(await clientCredentials(client))
    setClock(minute)
    const { access_token } = await (
      await clientCredentials(client)
    ).json<{ access_token: string }>()
    expect({ first, then: await isActive(client, access_token) }).toEqual({
      first: early,
      then: true,
    })
  })

  it('an hour ahead: is told the hour', async () => {
    const { user, client } = await endedAhead(logout, 60 * minute)
    expect(await told(await passwordGrant(client, user))).toEqual({ ...early, retryAfter: '3600' })
  })
})
