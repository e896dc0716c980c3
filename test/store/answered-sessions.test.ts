// A session that begins as the answer to a screen: what happens to the one that the browser had before.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { NewSession, Proof, User } from '../../src/core/people/storage.ts'
import type { Answer } from '../../src/core/server/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newGrant, newSession, now, storeUser } from '../support/records.ts'

const { userAdministration, sessions, usedIdentifiers, clients, grants } = openStore(env)

const plain = newClient()
const backchannel_logout_uri = 'https://client.example/logout'
const client = { ...plain, metadata: { ...plain.metadata, backchannel_logout_uri } }
await clients.create(client, audit())

const someUser = () => storeUser(userAdministration)
const proofOf = (user: User): Proof => ({ user, provedBuckets: [] })
const newAnswer = (): Answer => ({
  digest: randomSecret(),
  expiresAt: now + 100,
  operation: randomSecret(),
  now: now + 5,
})
const row = (table: string, id: string) =>
  env.DB.prepare(`SELECT * FROM ${table} WHERE id = ?1`).bind(id).first()
const set = (table: string, id: number | string, columns: string) =>
  env.DB.prepare(`UPDATE ${table} SET ${columns} WHERE id = ?1`).bind(id).run()
const eventsOf = async (requestId: string) => {
  const query = 'SELECT session_id FROM audit_events WHERE request_id = ?1'
  return (await env.DB.prepare(query).bind(requestId).all()).results
}

/** A browser that is signed in, with a grant that lives by its session and one that outlives it. */
async function signedIn(user: User, facts: Partial<NewSession> = {}) {
  const session = newSession(user, facts)
  expect(await sessions.begin(session, proofOf(user), audit())).toBe('begun')
  const grantOf = async (offline: boolean) => {
    const of = { userId: user.id, clientId: client.id }
    const grant = newGrant(of, { sessionId: session.id, offline })
    expect(await grants.open(grant, proofOf(user), audit())).toBe('opened')
    return grant.id
  }
  return { session, grant: await grantOf(false), offline: await grantOf(true) }
}
type Browser = Awaited<ReturnType<typeof signedIn>>

async function stateOf({ session, grant, offline }: Browser) {
  const notice = 'SELECT 1 FROM logout_notices WHERE session_id = ?1'
  return {
    ended: (await row('sessions', session.id))?.ended_at !== null,
    grant: (await row('grants', grant))?.revoked_at !== null,
    offline: (await row('grants', offline))?.revoked_at !== null,
    told: (await env.DB.prepare(notice).bind(session.id).first()) !== null,
  }
}
const untouched = { ended: false, grant: false, offline: false, told: false }
const replaced = { ended: true, grant: true, offline: false, told: true }

const nextOf = (user: User) =>
  newSession(user, {
    authTime: now + 3,
    amr: 'pwd otp',
    secondFactorAt: now + 4,
    userAgent: 'a browser',
    place: 'a place',
    createdAt: now + 5,
    lastSeenAt: now + 5,
    idleExpiresAt: now + 105,
    absoluteExpiresAt: now + 1005,
  })

describe('A sign-in of the same user', () => {
  it('goes on with the session, which keeps its id and its grants and gets another secret', async () => {
    const user = await someUser()
    const [before, bystander] = [await signedIn(user), await signedIn(user)]
    const next = nextOf(user)
    const requestId = randomSecret()
    const { digest } = before.session
    const standing = await sessions.beginFor(
      newAnswer(),
      next,
      digest,
      proofOf(user),
      audit(requestId),
    )
    expect(standing).toMatchObject({ session: { id: before.session.id, authTime: now + 3 } })
    expect(await row('sessions', before.session.id)).toEqual({
      id: before.session.id,
      digest: next.digest,
      face: 'browser',
      user_id: user.id,
      auth_time: now + 5,
      stated_auth_time: now + 3,
      amr: 'pwd otp',
      second_factor_at: now + 4,
      user_agent: 'a browser',
      place: 'a place',
      created_at: now,
      last_seen_at: now + 5,
      idle_expires_at: now + 105,
      absolute_expires_at: now + 1005,
      ended_at: null,
    })
    expect({
      begun: await row('sessions', next.id),
      before: await stateOf(before),
      bystander: await stateOf(bystander),
      events: await eventsOf(requestId),
    }).toEqual({
      begun: null,
      before: untouched,
      bystander: untouched,
      events: [{ session_id: before.session.id }],
    })
  })

  it('never states an older sign-in than the session did', async () => {
    const user = await someUser()
    const { session } = await signedIn(user, { authTime: now + 4 })
    const standing = await sessions.beginFor(
      newAnswer(),
      nextOf(user),
      session.digest,
      proofOf(user),
      audit(),
    )
    expect(standing?.session.authTime).toBe(now + 4)
  })

  it.each([
    ['has ended', 'ended_at = 1'],
    ['is past its absolute expiry', `absolute_expires_at = ${now + 5}`],
  ])('begins another one where the session %s', async (_what, columns) => {
    const user = await someUser()
    const { session } = await signedIn(user)
    await set('sessions', session.id, columns)
    const next = nextOf(user)
    const standing = await sessions.beginFor(
      newAnswer(),
      next,
      session.digest,
      proofOf(user),
      audit(),
    )
    expect(standing?.session.id).toBe(next.id)
  })

  it('tells no client of the end of a session that it could not go on with', async () => {
    const user = await someUser()
    const before = await signedIn(user, { absoluteExpiresAt: now + 1 })
    const { digest } = before.session
    await sessions.beginFor(newAnswer(), nextOf(user), digest, proofOf(user), audit())
    expect(await stateOf(before)).toMatchObject({ ended: true, told: false })
  })

  it('goes on with one that was idle for too long: its browser is the same', async () => {
    const user = await someUser()
    const { session } = await signedIn(user, { idleExpiresAt: now + 1 })
    const standing = await sessions.beginFor(
      newAnswer(),
      nextOf(user),
      session.digest,
      proofOf(user),
      audit(),
    )
    expect(standing?.session.id).toBe(session.id)
  })
})

describe('A sign-in of another user', () => {
  it('ends the session, its grants and no others, and begins one', async () => {
    const [user, other] = [await someUser(), await someUser()]
    const [before, elsewhere] = [await signedIn(user), await signedIn(user)]
    const others = await signedIn(other)
    const next = nextOf(other)
    const requestId = randomSecret()
    const { digest } = before.session
    await sessions.beginFor(newAnswer(), next, digest, proofOf(other), audit(requestId))
    expect({
      before: await stateOf(before),
      elsewhere: await stateOf(elsewhere),
      others: await stateOf(others),
      events: await eventsOf(requestId),
      owner: await sessions.findOwner(next.id, now + 6),
    }).toEqual({
      before: replaced,
      elsewhere: untouched,
      others: untouched,
      events: [{ session_id: next.id }],
      owner: other.id,
    })
  })

  it('leaves alone when a session ended before', async () => {
    const [user, other] = [await someUser(), await someUser()]
    const before = await signedIn(user)
    await set('sessions', before.session.id, 'ended_at = 1')
    const { digest } = before.session
    await sessions.beginFor(newAnswer(), nextOf(other), digest, proofOf(other), audit())
    expect(await row('sessions', before.session.id)).toMatchObject({ ended_at: 1 })
    expect(await stateOf(before)).toEqual({ ...untouched, ended: true })
  })
})

describe('A sign-in that does not count', () => {
  const refusals: [string, (answer: Answer, user: User) => Promise<unknown>][] = [
    ['the screen was answered', (answer) => usedIdentifiers.use({ ...answer, operation: 'other' })],
    ['the user is disabled', (_answer, { id }) => set('users', id, 'disabled_at = 1')],
    [
      'all of the user was ended by a clock that is ahead',
      (_answer, { id }) => set('users', id, `not_before = ${now + 5.001}`),
    ],
    [
      'the user has another password',
      (_answer, { id }) => set('users', id, `password_hash = 'b', updated_at = ${now}`),
    ],
  ]
  it.each(refusals)('writes nothing, whoever had the browser, where %s', async (_what, happens) => {
    const [user, other] = [await someUser(), await someUser()]
    const [own, others] = [await signedIn(user), await signedIn(other)]
    const [first, second] = [newAnswer(), newAnswer()]
    await happens(first, user)
    await happens(second, user)
    const before = [await row('sessions', own.session.id), await row('sessions', others.session.id)]
    const requestId = randomSecret()
    const begin = (answer: Answer, next: NewSession, { digest }: NewSession) =>
      sessions.beginFor(answer, next, digest, proofOf(user), audit(requestId))
    const [one, two] = [nextOf(user), nextOf(user)]
    expect({
      own: await begin(first, one, own.session),
      others: await begin(second, two, others.session),
      rows: [await row('sessions', own.session.id), await row('sessions', others.session.id)],
      begun: [await row('sessions', one.id), await row('sessions', two.id)],
      states: [await stateOf(own), await stateOf(others)],
      events: await eventsOf(requestId),
    }).toEqual({
      own: null,
      others: null,
      rows: before,
      begun: [null, null],
      states: [untouched, untouched],
      events: [],
    })
  })
})
