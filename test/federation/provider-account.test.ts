// Whose account a person of a provider's is: what an address must be to decide about it, and which
// names a newcomer gets.
import { env } from 'cloudflare:workers'
import type { JWTPayload } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { Server } from '../support/faults.ts'
import { postern, type Answerer } from '../support/http.ts'
import { patchUser, registerUser, type TestUser } from '../support/registry.ts'
import { shownText, UserAgent, type Place } from '../support/user-agent.ts'
import { personClaims, scriptedSignIn } from './sign-in.ts'

const linking = await scriptedSignIn({ label: 'Linking', accounts: 'create', link_by_email: true })
const open = await scriptedSignIn({ label: 'Open', accounts: 'create' })
const existing = await scriptedSignIn({ label: 'Existing', accounts: 'existing' })

type Provider = typeof linking

afterEach(() => linking.provider.answer('/userinfo', { status: 500, body: {} }))

const unique = () => crypto.randomUUID().slice(0, 8)

/** A user whose address has been verified. */
const registerVerified = (facts: object = {}) => registerUser({ email_verified: true, ...facts })

const linksOf = async ({ id }: Pick<TestUser, 'id'>) => {
  const { results } = await env.DB.prepare('SELECT * FROM provider_links WHERE user_id = ?1')
    .bind(id)
    .all<{ subject: string }>()
  return results.map(({ subject }) => subject)
}

/** Whom the subject of a provider is linked to. */
const accountOf = async ({ provider }: Provider, subject: string) =>
  env.DB.prepare(
    `SELECT u.id, u.username, u.email, u.email_verified FROM provider_links l
     JOIN users u ON u.id = l.user_id WHERE l.issuer = ?1 AND l.subject = ?2`,
  )
    .bind(provider.url(''), subject)
    .first()

/** Somebody comes from the provider with these claims; `userinfo` where the ID token says too little. */
async function come(
  from: Provider,
  claims: JWTPayload,
  { userinfo, to = postern }: { userinfo?: object; to?: Answerer } = {},
): Promise<Place> {
  if (userinfo !== undefined) await from.provider.answer('/userinfo', { body: userinfo })
  return from.signIn(new UserAgent(to), claims)
}

const isIn = (place: Place) => place.path === '/' && place.status === 200

describe('an address and its email_verified come from one document', () => {
  const thief = () => {
    const sub = `thief-${unique()}`
    const { email_verified: _, ...claims } = personClaims(sub)
    return { ...claims, sub, email: `${sub}@upstream.example` }
  }

  it('a flag of userinfo says nothing about an address of the ID token', async () => {
    const victim = await registerVerified()
    const { sub, ...claims } = thief()
    const userinfo = { sub, email_verified: true }
    const place = await come(linking, { ...claims, sub, email: victim.email }, { userinfo })
    expect({
      signedIn: isIn(place),
      links: await linksOf(victim),
      account: await accountOf(linking, sub),
    }).toEqual({
      signedIn: true,
      links: [],
      account: expect.objectContaining({ email: null, email_verified: 0 }),
    })
  })

  it('a flag of the ID token says nothing about an address of userinfo', async () => {
    const victim = await registerVerified()
    const { email: _, ...claims } = personClaims(`thief-${unique()}`)
    const userinfo = { sub: claims.sub, email: victim.email }
    await come(linking, claims, { userinfo })
    expect(await linksOf(victim)).toEqual([])
  })

  it('two addresses are refused, whichever is verified', async () => {
    const victim = await registerVerified()
    const claims = thief()
    const userinfo = { sub: claims.sub, email: claims.email, email_verified: true }
    const place = await come(linking, { ...claims, email: victim.email }, { userinfo })
    expect({
      status: place.status,
      links: await linksOf(victim),
      account: await accountOf(linking, claims.sub),
    }).toEqual({ status: 503, links: [], account: null })
  })

  it('two words about email_verified are refused', async () => {
    const victim = await registerVerified()
    const { name: _, ...claims } = personClaims(`thief-${unique()}`, {
      email: victim.email,
      email_verified: false,
    })
    const userinfo = { sub: claims.sub, email: victim.email, email_verified: true }
    const place = await come(linking, claims, { userinfo })
    expect({ status: place.status, links: await linksOf(victim) }).toEqual({
      status: 503,
      links: [],
    })
  })

  it('userinfo may verify the address that both of them name', async () => {
    const user = await registerVerified()
    const { email_verified: _, ...claims } = personClaims(unique(), { email: user.email })
    const userinfo = { sub: claims.sub, email: user.email.toUpperCase(), email_verified: true }
    expect(isIn(await come(linking, claims, { userinfo }))).toBe(true)
    expect(await linksOf(user)).toEqual([claims.sub])
  })
})

describe('addresses are compared as they are, but for the case of ASCII letters', () => {
  it('an address that is another one after compatibility folding is refused', async () => {
    const victim = await registerVerified({ email: `admin-${unique()}@corp.example` })
    const email = victim.email.replace('a', 'ⓐ')
    const place = await come(linking, personClaims(unique(), { email }))
    expect({ status: place.status, text: shownText(place), links: await linksOf(victim) }).toEqual({
      status: 403,
      text: expect.stringContaining('Accounts of this kind may not sign in here'),
      links: [],
    })
  })

  it('nor does it take that login name from whoever comes later', async () => {
    const email = `admin-${unique()}@corp.example`
    const name = unique()
    await come(open, personClaims(name, { email: email.replace('a', 'ⓐ') }))
    expect(await accountOf(open, name)).toBeNull()
    expect(await registerUser({ email })).toMatchObject({ email })
  })

  it('an address here that folds to the provider’s is not the provider’s', async () => {
    const email = `admin-${unique()}@corp.example`
    const odd = await registerVerified({ email: email.replace('a', 'ⓐ') })
    expect(isIn(await come(linking, personClaims(unique(), { email })))).toBe(false)
    expect(await linksOf(odd)).toEqual([])
  })
})

describe('an address that no account here could have', () => {
  it.each(['a@b', 'a@b@corp.example', 'a@corp.example.', 'a\u00ad@corp.example', 'a b'])(
    'makes none: %j',
    async (email) => {
      const name = unique()
      expect((await come(open, personClaims(name, { email }))).status).toBe(403)
      expect(await accountOf(open, name)).toBeNull()
    },
  )
})

describe('a link by e-mail', () => {
  it('needs an address that is verified here, too', async () => {
    const prepared = await registerUser()
    const name = unique()
    const place = await come(linking, personClaims(name, { email: prepared.email }))
    expect({
      status: place.status,
      text: shownText(place),
      links: await linksOf(prepared),
    }).toEqual({
      status: 403,
      text: expect.stringContaining('Sign in to it, then link Linking on its account page'),
      links: [],
    })
  })

  it.each([
    ['another one', { email: `elsewhere-${unique()}@a.example`, email_verified: true }],
    ['not verified any more', { email_verified: false }],
  ])('needs it at the very moment of the link: it is %s', async (_what, change) => {
    const user = await registerVerified()
    const server = new Server()
    server.plan(async ({ text }) => {
      if (text.includes('INSERT INTO provider_links')) await patchUser(user, change)
      return null
    })
    const claims = personClaims(unique(), { email: user.email })
    expect((await come(linking, claims, { to: server.fetch })).status).toBe(403)
    expect(await linksOf(user)).toEqual([])
  })

  it('is not made for a disabled user', async () => {
    const user = await registerVerified()
    await patchUser(user, { disabled: true })
    const place = await come(linking, personClaims(unique(), { email: user.email }))
    expect({ status: place.status, links: await linksOf(user) }).toEqual({ status: 403, links: [] })
  })
})

describe('a person whose verified address has an account here', () => {
  it.each([
    ['existing', existing],
    ['create', open],
  ])('is told to sign in and then to link: accounts = %s', async (_accounts, provider) => {
    const user = await registerUser()
    const place = await come(provider, personClaims(unique(), { email: user.email }))
    expect({ status: place.status, text: shownText(place) }).toEqual({
      status: 403,
      text: expect.stringContaining('Sign in to it, then link'),
    })
  })

  it('is told nothing of the kind about an address that the provider has not verified', async () => {
    const user = await registerUser()
    const claims = personClaims(unique(), { email: user.email, email_verified: false })
    const place = await come(existing, claims)
    expect(shownText(place)).toContain('There is no account here for you yet')
  })
})

describe('a newcomer’s username', () => {
  it('is in the form of an address only as the account’s own verified address', async () => {
    const name = unique()
    const email = `${name}@upstream.example`
    await come(open, personClaims(name, { preferred_username: email.toUpperCase(), email }))
    expect(await accountOf(open, name)).toMatchObject({ username: email.toUpperCase(), email })
  })

  it.each([
    ['somebody else’s', (owner: string) => ({ preferred_username: owner, email: undefined })],
    [
      'somebody else’s with a full-width sign',
      (owner: string) => ({ preferred_username: owner.replace('@', '＠'), email: undefined }),
    ],
    [
      'its own, which is not verified',
      (owner: string) => ({ preferred_username: owner, email: owner, email_verified: false }),
    ],
  ])('is a neutral one where the provider’s is an address: %s', async (_whose, claims) => {
    const [name, owner] = [unique(), `owner-${unique()}@corp.example`]
    const userinfo = { sub: name }
    expect(isIn(await come(open, personClaims(name, claims(owner)), { userinfo }))).toBe(true)
    expect(await accountOf(open, name)).toMatchObject({
      username: expect.stringMatching(new RegExp(`^${open.id}-[\\w-]{36}$`)),
      email: null,
    })
    // The owner of the address is not kept out by it.
    expect(await registerUser({ email: owner })).toMatchObject({ email: owner })
  })
})
