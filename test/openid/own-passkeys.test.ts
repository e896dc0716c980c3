// The page of the passkeys under /account: adding, naming, removing.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { type Lies, SoftPasskey, flag } from '../support/soft-passkey.ts'
import {
  addPasskey,
  ceremonyOf,
  changePasskeys,
  detailsOf,
  eventsOf,
  jsonIn,
  postPasskey,
  refusedSignIn,
  seen,
  signInWithPasskey,
  storedOf,
  userWithPasskey,
} from '../support/passkeys.ts'
import { admin, registerUser } from '../support/registry.ts'
import { UserAgent, shownText } from '../support/user-agent.ts'
import { authorizePath, backToNow, pass, registerWebClient, signInAt, signedIn } from './flow.ts'

const client = await registerWebClient()

afterEach(backToNow)

describe('a passkey is added on the account page', () => {
  it('by options that ask for a verified user and know them by a random handle', async () => {
    const user = await registerUser({ name: 'Ann Example' })
    const agent = await signedIn(user)
    const { options } = ceremonyOf(await agent.open('/account/passkeys'))
    expect(options).toEqual({
      challenge: expect.stringMatching(/^[\w-]{22}$/),
      rp: { id: 'localhost', name: 'Postern' },
      user: {
        id: expect.stringMatching(/^[\w-]{43}$/),
        name: user.username,
        displayName: 'Ann Example',
      },
      pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: 'public-key', alg })),
      timeout: 300_000,
      excludeCredentials: [],
      authenticatorSelection: {
        residentKey: 'required',
        requireResidentKey: true,
        userVerification: 'required',
      },
      attestation: 'none',
    })
    expect(options.user?.id).not.toContain(user.sub)
  })

  it('and is listed with its browser, and whether it is synced', async () => {
    const { user, agent, passkey } = await userWithPasskey()
    const page = await agent.open('/account/passkeys')
    expect(shownText(page)).toContain('not used yet · synced between your devices · Rename')
    expect(ceremonyOf(page).options.excludeCredentials).toEqual([
      { type: 'public-key', id: passkey.id, transports: ['hybrid', 'internal'] },
    ])
    expect(jsonIn(page, 'passkey-signal')).toEqual({
      rpId: 'localhost',
      userId: passkey.userHandle,
      allAcceptedCredentialIds: [passkey.id],
    })
    expect(await eventsOf(user, 'user.passkey-added')).toHaveLength(1)
  })

  it('gets a name, which is shown as text', async () => {
    const { agent, passkey } = await userWithPasskey()
    const asked = await agent.open(`/account/passkeys?rename=${passkey.id}`)
    expect(asked.html).toContain('<label for="name">Name</label>')
    const named = await changePasskeys(agent, { name: ' <b>My\nphone ', rename: passkey.id })
    expect(named.path).toBe('/account/passkeys?done=renamed')
    expect(shownText(named)).toContain('<b>My phone')
  })

  it('gets a name of 60 characters at most, none of them cut in half', async () => {
    const { user, agent, passkey } = await userWithPasskey()
    await changePasskeys(agent, { name: `${'a'.repeat(59)}😀`, rename: passkey.id })
    const query = 'SELECT name FROM credentials WHERE user_id = ?1'
    expect(await env.DB.prepare(query).bind(user.id).first('name')).toBe('a'.repeat(59))
  })

  it('only after a fresh sign-in, which leads back', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const early = await agent.open('/account/passkeys')
    pass(301)
    const late = await agent.open('/account/passkeys')
    expect(jsonIn(late, 'passkey-options')).toBe(null)
    const passkey = await SoftPasskey.make()
    const asked = await postPasskey(agent, early, await passkey.register(ceremonyOf(early)))
    expect(asked.title).toContain('Confirm it’s you')
    expect(await storedOf(user)).toEqual([])
    const back = await signInAt(agent, asked, user)
    expect(back.path).toBe('/account/passkeys?done=confirmed')
    expect(ceremonyOf(back).options.challenge).toMatch(/^[\w-]{22}$/)
  })

  it.each<[string, Lies, string]>([
    ['another origin', { clientData: { origin: 'https://evil.example' } }, 'origin'],
    ['another rpId', { rpId: 'evil.example' }, 'rp-id'],
    ['webauthn.get for create', { clientData: { type: 'webauthn.get' } }, 'type'],
    ['crossOrigin true', { clientData: { crossOrigin: true } }, 'cross-origin'],
    ['UV off', { flags: flag.userPresent }, 'user-verification'],
    ['UP off', { flags: flag.userVerified }, 'user-presence'],
  ])('P14: not with %s: refused, one event', async (_name, lies, reason) => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const page = await agent.open('/account/passkeys')
    const passkey = await SoftPasskey.make()
    const answer = await passkey.register(ceremonyOf(page), lies)
    const again = await postPasskey(agent, page, answer, { mediation: 'conditional' })
    expect({ status: again.status, stored: await storedOf(user) }).toEqual({
      status: 400,
      stored: [],
    })
    expect(shownText(again)).toContain('The passkey was not added.')
    expect(await detailsOf(user, 'user.passkey-refused')).toEqual([{ reason }])
  })

  it('P14: not for the challenge of another screen, or for one that was used', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const [page, other] = [
      await agent.open('/account/passkeys'),
      await agent.open('/account/passkeys'),
    ]
    const [one, two] = [await SoftPasskey.make(), await SoftPasskey.make()]
    const crossed = await postPasskey(agent, page, await one.register(ceremonyOf(other)))
    expect(crossed.status).toBe(400)
    const added = await postPasskey(agent, page, await one.register(ceremonyOf(page)))
    expect(added.path).toBe('/account/passkeys?done=added')
    const again = await postPasskey(agent, page, await two.register(ceremonyOf(page)))
    expect(again.status).toBe(400)
    expect(await storedOf(user)).toEqual([one.id])
  })

  it('P14: not by a screen of the sign-in, or of another session', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const page = await agent.open('/account/passkeys')
    const door = await agent.open(authorizePath(client, { prompt: 'login' }))
    const passkey = await SoftPasskey.make()
    const screen = door.forms.find(({ action }) => action === '/login')?.hidden.challenge ?? ''
    const answer = await passkey.register({ ...ceremonyOf(page), ...ceremonyOf(door) })
    expect((await postPasskey(agent, page, answer, { screen })).status).toBe(400)
    expect(await storedOf(user)).toEqual([])
  })

  it('P16: 64 KiB of CBOR, and more than a form may have', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const page = await agent.open('/account/passkeys')
    const passkey = await SoftPasskey.make()
    const statuses: number[] = []
    for (const size of [40 * 1024, 1024 * 1024]) {
      const attestation = () => new Uint8Array(size).fill(0x81)
      const answer = await passkey.register(ceremonyOf(page), { attestation })
      statuses.push((await postPasskey(agent, page, answer)).status)
    }
    expect(statuses).toEqual([400, 400])
  })

  it('P17: not with a credential id that another user has', async () => {
    const { passkey } = await userWithPasskey()
    const user = await registerUser()
    const twin = await SoftPasskey.make('ES256', { id: passkey.id })
    const place = await addPasskey(await signedIn(user), twin)
    expect(place.status).toBe(400)
    expect(await detailsOf(user, 'user.passkey-refused')).toEqual([{ reason: 'taken' }])
    expect(await storedOf(user)).toEqual([])
  })

  it('20 times at most', async () => {
    const { user, agent } = await userWithPasskey()
    const early = await agent.open('/account/passkeys')
    await env.DB.prepare(
      `INSERT INTO credentials (id, user_id, kind, public_key, created_at)
       SELECT 'copy ' || value || ?1, user_id, kind, public_key, created_at FROM credentials, json_each(?2)
       WHERE user_id = ?1`,
    )
      .bind(user.id, JSON.stringify(Array.from({ length: 19 }, (_, nth) => nth)))
      .run()
    const full = await agent.open('/account/passkeys')
    expect(jsonIn(full, 'passkey-options')).toBe(null)
    const passkey = await SoftPasskey.make()
    const place = await postPasskey(agent, early, await passkey.register(ceremonyOf(early)))
    expect({ status: place.status, stored: (await storedOf(user)).length }).toEqual({
      status: 400,
      stored: 20,
    })
  })
})

describe('an operator', () => {
  it('sees that a user has a passkey, and removes it with the other second factors', async () => {
    const { user, passkey } = await userWithPasskey()
    const shown = async () => (await admin('GET', `/users/${user.id}`)).json()
    expect(await shown()).toMatchObject({ passkey: true })
    expect((await admin('DELETE', `/users/${user.id}/second-factors`)).status).toBe(204)
    expect(await shown()).toMatchObject({ passkey: false })
    expect(await storedOf(user)).toEqual([])
    expect(await eventsOf(user, 'user.second-factors-removed')).toHaveLength(1)
    const agent = new UserAgent()
    const place = await signInWithPasskey(agent, await agent.open('/'), passkey)
    expect(seen(place)).toEqual(refusedSignIn)
  })
})

describe('the last way to sign in', () => {
  it('stays, also if two are removed at once', async () => {
    const { user, agent, passkey } = await userWithPasskey()
    const second = await SoftPasskey.make()
    await addPasskey(agent, second)
    await env.DB.prepare('UPDATE users SET password_hash = NULL WHERE id = ?').bind(user.id).run()
    const places = await Promise.all(
      [passkey, second].map(({ id }) => changePasskeys(agent, { remove: id })),
    )
    expect(places.map(({ path }) => path).sort()).toEqual([
      '/account/passkeys?done=last',
      '/account/passkeys?done=removed',
    ])
    expect(await storedOf(user)).toHaveLength(1)
  })
})
