// D1 goes back to an earlier moment, while KV and all browsers and apps stay as they are: what the runbook
// promises, without the epoch and with it. (test/operator/restore.test.ts is the drill with real files.)
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  authorizePath,
  codeFor,
  outcome,
  pass,
  redeem,
  refusedWith,
  registerSpa,
  registerWebClient,
} from '../openid/flow.ts'
import { restoreDatabase, takeSnapshot, type Snapshot } from '../faults/matrix/snapshot.ts'
import { newPerson, sessionOf } from '../races/person.ts'
import { Server } from '../support/faults.ts'
import { refusal } from '../support/http.ts'
import { admin, registerClient, registerUser } from '../support/registry.ts'
import { aDayForEachTest, grantRow } from '../support/time.ts'
import {
  clientCredentials,
  grantOf,
  introspect,
  passwordGrant,
  refresh,
  revoke,
  signIn,
  type GrantTokens,
} from '../support/tokens.ts'

// The epoch of one test is over in the next.
aDayForEachTest()

const client = await registerClient()
const web = await registerWebClient()
const spa = await registerSpa()
const user = await registerUser()

/** Has D1 go back to a moment. */
const restore = async (moment: Snapshot): Promise<void> =>
  restoreDatabase(moment, await takeSnapshot())

const isActive = async ({ access_token }: GrantTokens): Promise<unknown> =>
  Object(await (await introspect(client, access_token)).json()).active

const invalidGrant = { status: 400, error: 'invalid_grant' }
const raise = () => admin('POST', '/epoch')

/** What stood at the moment that D1 goes back to. */
let before: { grant: GrantTokens; moment: Snapshot }

beforeEach(async () => {
  const grant = await signIn(client, user)
  before = { grant, moment: await takeSnapshot() }
  pass(1)
})

describe('A refresh token that is newer than the restored row', () => {
  it('is refused, and its holder is no thief: the grant is not revoked', async () => {
    let newest = before.grant
    for (let round = 0; round < 3; round++) {
      newest = await grantOf(refresh(client, newest.refresh_token))
    }
    await restore(before.moment)
    const refused = await refusal(refresh(client, newest.refresh_token))
    const { generation, revoked_at } = await grantRow(before.grant.refresh_token)
    expect({ refused, generation, revoked_at }).toEqual({
      refused: invalidGrant,
      generation: 0,
      revoked_at: null,
    })
  })

  it('does not end the grant for who still has the token of the row', async () => {
    const next = await grantOf(refresh(client, before.grant.refresh_token))
    const third = await grantOf(refresh(client, next.refresh_token))
    await restore(before.moment)
    await refresh(client, third.refresh_token)
    expect((await refresh(client, before.grant.refresh_token)).status).toBe(200)
  })

  it('of one generation ahead is refused in the same words, at every isolate', async () => {
    const next = await grantOf(refresh(client, before.grant.refresh_token))
    await restore(before.moment)
    const answers = await Promise.all(
      [new Server(), new Server()].map(({ fetch }) =>
        refusal(refresh(client, next.refresh_token, {}, fetch)),
      ),
    )
    expect(answers).toEqual([invalidGrant, invalidGrant])
    expect((await grantRow(before.grant.refresh_token)).revoked_at).toBeNull()
  })

  it('of a grant that the database has never seen is refused', async () => {
    const later = await signIn(client, user)
    await restore(before.moment)
    expect(await refusal(refresh(client, later.refresh_token))).toEqual(invalidGrant)
    expect(await isActive(later)).toBe(false)
  })
})

describe('What happened after that moment', () => {
  it('a revocation: D1 has forgotten it, KV has not, and the epoch ends it for good', async () => {
    await revoke(client, before.grant.refresh_token)
    await restore(before.moment)
    const next = await refresh(client, before.grant.refresh_token)
    await raise()
    pass(2)
    expect({
      // Until the epoch is raised: that is why it is raised at once.
      next: next.status,
      refresh: await refusal(refresh(client, (await grantOf(next)).refresh_token)),
      active: await isActive(before.grant),
    }).toEqual({ next: 200, refresh: invalidGrant, active: false })
  })

  it('a sign-in: the browser is asked to sign in again, and sees no error', async () => {
    const person = await newPerson()
    const moment = await takeSnapshot()
    const agent = await sessionOf(person)
    const first = outcome(await agent.open(authorizePath(web, { prompt: 'none' }))).error
    await restore(moment)
    const place = await agent.open('/account')
    expect({
      first,
      status: place.status,
      title: place.title,
      silent: outcome(await agent.open(authorizePath(web, { prompt: 'none' }))),
    }).toEqual({
      first: undefined,
      status: 200,
      title: 'Sign in · Postern',
      silent: refusedWith('login_required'),
    })
  })

  it('a consent: the user is asked again', async () => {
    const agent = await sessionOf(await newPerson())
    const moment = await takeSnapshot()
    const page = await agent.open(authorizePath(spa))
    await agent.submit(page, { decision: 'allow' })
    await restore(moment)
    expect((await agent.open(authorizePath(spa))).title).toBe('Allow access? · Postern')
  })

  it('a page that waited for an answer has expired with its session', async () => {
    const agent = await sessionOf(await newPerson())
    const page = await agent.open(authorizePath(spa))
    await restore(before.moment)
    const place = await agent.submit(page, { decision: 'allow' })
    expect({ status: place.status, title: place.title, away: place.away }).toEqual({
      status: 400,
      title: 'This page has expired · Postern',
      away: null,
    })
  })

  it('a code: of a session that is gone, nothing comes', async () => {
    const agent = await sessionOf(await newPerson())
    const code = await codeFor(agent, web)
    await restore(before.moment)
    expect(await refusal(redeem(web, code))).toEqual(invalidGrant)
  })

  it('a code that was redeemed already: with the epoch it brings nothing either', async () => {
    const agent = await sessionOf(await newPerson())
    const moment = await takeSnapshot()
    const code = await codeFor(agent, web)
    const first = (await redeem(web, code)).status
    await restore(moment)
    await raise()
    expect([first, await refusal(redeem(web, code))]).toEqual([200, invalidGrant])
  })

  it('a client and a user who are gone: invalid_client, and a wrong password', async () => {
    const [gone, somebody] = [await registerClient(), await registerUser()]
    await restore(before.moment)
    const { fetch } = new Server()
    expect({
      client: await refusal(clientCredentials(gone, {}, fetch)),
      user: await refusal(passwordGrant(client, somebody, {}, fetch)),
    }).toEqual({
      client: { status: 401, error: 'invalid_client' },
      user: invalidGrant,
    })
  })

  it('signing keys that are gone: others are made, and the tokens of the lost ones are no error', async () => {
    const first = new Server()
    await env.DB.prepare('DELETE FROM signing_keys').run()
    const lost = await grantOf(passwordGrant(client, user, {}, first.fetch))
    await restore(before.moment)
    const { fetch } = new Server()
    const introspected = await (await introspect(client, lost.access_token, fetch)).json()
    expect({
      introspected,
      next: (await refresh(client, before.grant.refresh_token, {}, fetch)).status,
    }).toEqual({ introspected: { active: false }, next: 200 })
  })
})

describe('The epoch, raised after the restore', () => {
  it('refuses everything from before, whether D1 still knows it or not, and revokes nothing', async () => {
    const newer = await grantOf(refresh(client, before.grant.refresh_token))
    const later = await signIn(client, user)
    await restore(before.moment)
    await raise()
    pass(2)
    const tokens = [before.grant, newer, later]
    expect({
      refreshed: await Promise.all(
        tokens.map(({ refresh_token }) => refusal(refresh(client, refresh_token))),
      ),
      active: await Promise.all(tokens.map(isActive)),
      revoked: (await grantRow(before.grant.refresh_token)).revoked_at,
      after: await isActive(await signIn(client, user)),
    }).toEqual({
      refreshed: [invalidGrant, invalidGrant, invalidGrant],
      active: [false, false, false],
      revoked: null,
      after: true,
    })
  })

  it('signs every browser out, and lets people in again', async () => {
    const person = await newPerson()
    const agent = await sessionOf(person)
    pass(1)
    await raise()
    pass(2)
    const out = (await agent.open('/account')).title
    const back = await (await sessionOf(person)).open('/account')
    expect({ out, back: back.status, title: back.title }).toEqual({
      out: 'Sign in · Postern',
      back: 200,
      title: 'Your account · Postern',
    })
  })
})
