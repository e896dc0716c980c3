// The offer of a passkey after a sign-in by password.
import { afterEach, describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { SoftPasskey, flag } from '../support/soft-passkey.ts'
import {
  ceremonyOf,
  postPasskey,
  refusedSignIn,
  seen,
  signInWithPasskey,
} from '../support/passkeys.ts'
import { type TestUser, registerUser } from '../support/registry.ts'
import { type Place, UserAgent } from '../support/user-agent.ts'
import {
  authorizePath,
  backToNow,
  codeOf,
  pass,
  registerSpa,
  registerWebClient,
  signInAt,
} from './flow.ts'

const client = await registerWebClient()

afterEach(backToNow)

describe('the offer of a passkey after a password', () => {
  const offer = { webauthn: '1' }
  const signInAble = async (agent: UserAgent, place: Place, { username, password }: TestUser) =>
    agent.submit(place, { username, password, ...offer }, { action: '/login' })

  it('is made once, where the page found that the device can have one, before the consent', async () => {
    const spa = await registerSpa()
    const user = await registerUser()
    const agent = new UserAgent()
    const offered = await signInAble(agent, await agent.open(authorizePath(spa)), user)
    expect(offered.path).toMatch(/^\/passkey-offer\?/)
    const passkey = await SoftPasskey.make()
    const ceremony = ceremonyOf(offered)
    passkey.userHandle = ceremony.options.user?.id
    const next = await postPasskey(agent, offered, await passkey.register(ceremony))
    expect(next.path).toMatch(/^\/consent\?/)
    const other = new UserAgent()
    const again = await signInAble(other, await other.open(authorizePath(spa)), user)
    expect(again.path).toMatch(/^\/consent\?/)
    const third = new UserAgent()
    expect((await signInWithPasskey(third, await third.open('/'), passkey)).path).toBe('/')
  })

  it('is not made where no script ran', async () => {
    const agent = new UserAgent()
    const place = await signInAt(
      agent,
      await agent.open(authorizePath(client)),
      await registerUser(),
    )
    expect(codeOf(place)).not.toBe('')
  })

  it('may be declined, and comes again after 30 days', async () => {
    const user = await registerUser()
    const walk = async () => {
      const agent = new UserAgent()
      const place = await signInAble(agent, await agent.open(authorizePath(client)), user)
      return { agent, place }
    }
    const { agent, place } = await walk()
    const later = place.forms.find(({ hidden }) => !('passkey' in hidden))
    const headers = { Origin: 'null', 'Sec-Fetch-Site': 'same-origin' }
    const gone = await agent.post(
      '/passkey-offer',
      { ...later?.hidden, decision: 'later' },
      headers,
    )
    expect(codeOf(gone)).not.toBe('')
    pass(29 * 86_400)
    expect(codeOf((await walk()).place)).not.toBe('')
    pass(31 * 86_400)
    expect((await walk()).place.path).toMatch(/^\/passkey-offer\?/)
  })

  it('does not stand in the way of a silent request, or of one that comes later', async () => {
    const user = await registerUser()
    const agent = new UserAgent()
    await signInAble(agent, await agent.open(authorizePath(client)), user)
    expect(codeOf(await agent.open(authorizePath(client, { prompt: 'none' })))).not.toBe('')
    expect(codeOf(await agent.open(authorizePath(client)))).not.toBe('')
  })

  it('takes a passkey that the browser made without asking, which then must verify its user', async () => {
    const user = await registerUser()
    const agent = new UserAgent()
    const offered = await signInAble(agent, await agent.open('/'), user)
    const passkey = await SoftPasskey.make()
    const ceremony = ceremonyOf(offered)
    passkey.userHandle = ceremony.options.user?.id
    const flags = flag.eligible | flag.backedUp
    const answer = await passkey.register(ceremony, { flags })
    expect((await postPasskey(agent, offered, answer)).status).toBe(400)
    const again = await agent.open(offered.path)
    const silent = await passkey.register(ceremonyOf(again), { flags })
    const next = await postPasskey(agent, again, silent, { mediation: 'conditional' })
    expect(next.path).toBe('/')
    const other = new UserAgent()
    expect(seen(await signInWithPasskey(other, await other.open('/'), passkey, { flags }))).toEqual(
      refusedSignIn,
    )
  })

  it('can be turned off', async () => {
    const server = new Server({ PASSKEY_OFFER: 'off' })
    const agent = new UserAgent(server.fetch)
    const user = await registerUser()
    expect((await signInAble(agent, await agent.open('/'), user)).path).toBe('/')
  })
})
