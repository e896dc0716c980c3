// What went wrong in other servers with people: guesses, accounts that were joined, providers that lie.
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { personClaims, scriptedSignIn } from '../federation/sign-in.ts'
import { signedIn, signInAt } from '../openid/flow.ts'
import { Server } from '../support/faults.ts'
import { basic, formRequest } from '../support/http.ts'
import { admin, registerClient, registerUser, type TestUser } from '../support/registry.ts'
import { resetUser, pathOf, sendPassword, seen, isDead, isSet } from '../support/reset-links.ts'
import { UserAgent } from '../support/user-agent.ts'

const client = await registerClient()

/** The status of a try of a password from an address. */
async function tryFrom(
  server: Server,
  address: string,
  typed: Pick<TestUser, 'username' | 'password'>,
) {
  const { client_id, client_secret = '' } = client
  const form = { grant_type: 'password', username: typed.username, password: typed.password }
  const headers = { ...basic(client_id, client_secret), 'CF-Connecting-IP': address }
  return (await server.fetch(formRequest('/oauth2/token', form, headers))).status
}

it('CVE-2026-45364: a whole /64 of IPv6, in any spelling, is one address', async () => {
  const server = new Server({ PASSWORD_TRIES_PER_ADDRESS: '3' })
  const statuses: number[] = []
  for (const address of [
    '2001:db8:7::1',
    '2001:0DB8:7:0::ffff',
    '2001:db8:7:0:1:2:3:4',
    '2001:db8:7::9',
  ]) {
    const nobody = { username: crypto.randomUUID(), password: 'a wrong password' }
    statuses.push(await tryFrom(server, address, nobody))
  }
  expect(statuses).toEqual([400, 400, 400, 429])
})

it('GHSA-hjj4-hfjm-fmrj, CVE-2026-47203: a name is one count, in whatever spelling', async () => {
  const server = new Server({ PASSWORD_TRIES_PER_ACCOUNT: '3' })
  const { username } = await registerUser()
  const wide = username.replace('user', '\uff55\uff53\uff45\uff52')
  const statuses: number[] = []
  for (const name of [username, username.toUpperCase(), wide, username]) {
    statuses.push(
      await tryFrom(server, '198.51.100.1', { username: name, password: 'a wrong one' }),
    )
  }
  expect(statuses).toEqual([400, 400, 400, 429])
})

// One count for both names would tell a stranger that they are of one account.
it('CVE-2025-24806: an account has as many counts as names, which are two, and no more', async () => {
  const server = new Server({ PASSWORD_TRIES_PER_ACCOUNT: '3' })
  const { username, email } = await registerUser()
  const names = [username, email, username.toUpperCase(), email.toUpperCase(), ` ${username} `]
  let admitted = 0
  for (let turn = 0; turn < 4; turn++) {
    for (const name of names) {
      const typed = { username: name, password: 'a wrong one' }
      if ((await tryFrom(server, '198.51.100.2', typed)) === 400) admitted++
    }
  }
  expect(admitted).toBe(6)
})

it('CVE-2025-46815: a link to a new password counts once', async () => {
  const user = await registerUser()
  const link = await resetUser(user)
  const [one, two] = [new UserAgent(), new UserAgent()]
  const [first, second] = [await one.open(pathOf(link)), await two.open(pathOf(link))]
  expect({
    first: seen(await sendPassword(one, first, 'a first new password')),
    second: seen(await sendPassword(two, second, 'a second new password')),
  }).toEqual({ first: isSet, second: isDead })
})

it('CVE-2026-9092, GHSA-g38m-r43w-p2q7: an address that a provider has not verified joins no accounts', async () => {
  const provider = await scriptedSignIn({ label: 'Liar', accounts: 'create', link_by_email: true })
  const victim = await registerUser()
  await admin('PATCH', `/users/${victim.id}`, { email_verified: true })
  for (const email_verified of [false, 'yes', 1, undefined]) {
    await provider.signIn(
      new UserAgent(),
      personClaims(crypto.randomUUID(), { email: victim.email, email_verified }),
    )
  }
  const { results } = await env.DB.prepare('SELECT * FROM provider_links WHERE user_id = ?1')
    .bind(victim.id)
    .all()
  expect(results).toEqual([])
})

it('GHSA-7rqj-j65f-68wh: an address that only looks like another one is another one', async () => {
  const provider = await scriptedSignIn({ label: 'Wide', accounts: 'create', link_by_email: true })
  const victim = await registerUser({ email: `wide-${crypto.randomUUID()}@mail.example` })
  await admin('PATCH', `/users/${victim.id}`, { email_verified: true })
  const lookalikes = [
    victim.email.replace('@', '\uff20'),
    victim.email.replace('w', '\uff57'),
    victim.email.replace('mail.example', 'ma\u0131l.example'),
    `${victim.email}\u200b`,
  ]
  for (const email of lookalikes) {
    await provider.signIn(
      new UserAgent(),
      personClaims(crypto.randomUUID(), { email, email_verified: true }),
    )
  }
  const { results } = await env.DB.prepare('SELECT * FROM provider_links WHERE user_id = ?1')
    .bind(victim.id)
    .all()
  expect(results).toEqual([])
})

it('GHSA-x445-f3h2-j279: the state of one provider, or of one browser, is nothing to another', async () => {
  const [one, two] = [
    await scriptedSignIn({ label: 'One', accounts: 'create' }),
    await scriptedSignIn({ label: 'Two', accounts: 'create' }),
  ]
  const agent = new UserAgent()
  const { nonce, state = '' } = await one.leave(agent)
  await one.gives(nonce, personClaims(crypto.randomUUID()))
  await two.gives(nonce, personClaims(crypto.randomUUID()))
  const elsewhere = await agent.open(two.callback({ state, code: 'a code' }))
  const thief = await new UserAgent().open(one.callback({ state, code: 'a code' }))
  expect(
    [elsewhere, thief].map(({ status, path }) => ({ isIn: path === '/', isOk: status < 400 })),
  ).toEqual([
    { isIn: false, isOk: false },
    { isIn: false, isOk: false },
  ])
})

it('GHSA-g5h5-m4hm-xjrr, CVE-2026-55669: an ID token for another client, or without an end, signs nobody in', async () => {
  const provider = await scriptedSignIn({ label: 'Other', accounts: 'create' })
  const lies = [
    { aud: 'another-client' },
    { aud: ['portal', 'another-client'] },
    { exp: undefined },
  ]
  for (const lie of lies) {
    const agent = new UserAgent()
    const place = await provider.signIn(agent, personClaims(crypto.randomUUID(), lie))
    expect({ lie, isIn: place.path === '/' }).toEqual({ lie, isIn: false })
  }
})

it('goiabada#77, twentyhq/twenty#26025: two sign-ins at once are two sessions, and a user that is disabled has none', async () => {
  const user = await registerUser()
  const agents = await Promise.all([signedIn(user), signedIn(user)])
  await admin('PATCH', `/users/${user.id}`, { disabled: true })
  const again = new UserAgent()
  const refused = await signInAt(again, await again.open('/'), user)
  const pages = await Promise.all(agents.map((agent) => agent.open('/account')))
  expect({
    refused: refused.path === '/',
    pages: pages.map(({ title }) => title),
  }).toEqual({ refused: false, pages: ['Sign in · Postern', 'Sign in · Postern'] })
})
