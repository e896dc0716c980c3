// What ends a session, each rule by itself: the rows are set by hand, so that no other rule stands
// in for the one that is shown.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { NewSession, Proof } from '../../src/core/people/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newSession, now, storeUser } from '../support/records.ts'

const { userAdministration, sessions } = openStore(env)

const someUser = () => storeUser(userAdministration)

/** A session that lives, of a user of its own. */
async function begin(facts: Partial<NewSession> = {}): Promise<NewSession> {
  const user = await someUser()
  const session = newSession(user, facts)
  expect(await sessions.begin(session, { user, provedBuckets: [] }, audit())).toBe('begun')
  return session
}

const lives = async ({ digest }: NewSession, at = now): Promise<boolean> =>
  (await sessions.find(digest, at)) !== null

const set = (table: string, id: number | string, columns: string) =>
  env.DB.prepare(`UPDATE ${table} SET ${columns} WHERE id = ?1`).bind(id).run()

describe('a session', () => {
  it('lives until it was idle for too long, and not at that very instant', async () => {
    const session = await begin()
    expect({
      before: await lives(session, now + 99.999),
      at: await lives(session, now + 100),
    }).toEqual({ before: true, at: false })
  })

  it('ends at its absolute expiry, even if its idle one were later', async () => {
    const session = await begin({ absoluteExpiresAt: now + 50 })
    expect({ before: await lives(session, now + 49), at: await lives(session, now + 50) }).toEqual({
      before: true,
      at: false,
    })
  })

  it('that has ended stays so', async () => {
    const session = await begin()
    await sessions.end(session.id, session.userId, audit())
    expect(await lives(session)).toBe(false)
  })

  it('of a disabled user counts for nothing', async () => {
    const session = await begin()
    await set('users', session.userId, `disabled_at = ${now}`)
    expect(await lives(session)).toBe(false)
  })

  it('from before the user’s not_before counts for nothing', async () => {
    const session = await begin()
    await set('users', session.userId, `not_before = ${now}`)
    expect(await lives(session)).toBe(true)
    await set('users', session.userId, `not_before = ${now + 0.001}`)
    expect(await lives(session)).toBe(false)
  })

  it('from before the epoch counts for nothing', async () => {
    const session = await begin()
    await env.DB.prepare('INSERT INTO epoch (id, not_before) VALUES (1, ?1)').bind(now).run()
    expect(await lives(session)).toBe(true)
    await env.DB.prepare('UPDATE epoch SET not_before = ?1')
      .bind(now + 0.001)
      .run()
    expect(await lives(session)).toBe(false)
    await env.DB.prepare('DELETE FROM epoch').run()
  })

  it('that is used lives on, never beyond its absolute expiry', async () => {
    const session = await begin()
    const idle = async () => (await sessions.find(session.digest, now))?.session.idleExpiresAt
    await sessions.touch(session.digest, now + 10, now + 500)
    expect(await idle()).toBe(now + 500)
    await sessions.touch(session.digest, now + 20, now + 5000)
    expect(await idle()).toBe(now + 1000)
  })

  it('that has ended is not touched', async () => {
    const session = await begin()
    await sessions.end(session.id, session.userId, audit())
    await sessions.touch(session.digest, now + 10, now + 500)
    const row = await env.DB.prepare('SELECT last_seen_at FROM sessions WHERE id = ?1')
      .bind(session.id)
      .first()
    expect(row).toEqual({ last_seen_at: now })
  })
})

describe('begin: a session for somebody who has just proved who he is', () => {
  it.each([
    ['is disabled', `disabled_at = ${now}`],
    ['has another password by now', `password_hash = 'another hash', updated_at = ${now}`],
    ['was ended by a clock that is ahead (F28)', `not_before = ${now + 0.001}`],
  ])('refuses a user who %s', async (_what, change) => {
    const user = await someUser()
    await set('users', user.id, change)
    const session = newSession(user)
    expect(await sessions.begin(session, { user, provedBuckets: [] }, audit())).toBe('refused')
    const rows = await env.DB.prepare('SELECT id FROM sessions WHERE id = ?1')
      .bind(session.id)
      .all()
    expect(rows.results).toEqual([])
  })
})

describe('a sign-in', () => {
  const rowOf = (query: string, value: string | number) => env.DB.prepare(query).bind(value).first()
  const eventsOf = (requestId: string) =>
    rowOf('SELECT COUNT(*) AS events FROM audit_events WHERE request_id = ?1', requestId)
  const triesOf = (bucket: string) =>
    rowOf('SELECT tries FROM sign_in_attempts WHERE bucket = ?1', bucket)
  const noteOf = (id: number) =>
    rowOf('SELECT last_signed_in_at AS at FROM users WHERE id = ?1', id)

  it.each([
    [
      'at a screen',
      async (session: NewSession, proof: Proof, requestId: string) => {
        const answer = {
          digest: randomSecret(),
          expiresAt: now + 100,
          operation: randomSecret(),
          now,
        }
        return sessions.beginFor(answer, session, null, proof, audit(requestId))
      },
    ],
    [
      'without one',
      (session: NewSession, proof: Proof, requestId: string) =>
        sessions.begin(session, proof, audit(requestId)),
    ],
  ])(
    '%s is an event and a note of its user, and clears the tries of what was proved',
    async (_what, begin) => {
      const user = await someUser()
      const bucket = randomSecret()
      await env.DB.prepare(
        'INSERT INTO sign_in_attempts (bucket, tries, window_started_at) VALUES (?1, 3, 1)',
      )
        .bind(bucket)
        .run()
      const requestId = randomSecret()
      await begin(newSession(user), { user, provedBuckets: [bucket] }, requestId)
      expect({
        events: await eventsOf(requestId),
        tries: await triesOf(bucket),
        note: await noteOf(user.id),
      }).toEqual({ events: { events: 1 }, tries: null, note: { at: now } })
    },
  )

  it('counts from the instant on at which all of its user ended', async () => {
    const user = await someUser()
    await set('users', user.id, `not_before = ${now}`)
    expect(await sessions.begin(newSession(user), { user, provedBuckets: [] }, audit())).toBe(
      'begun',
    )
  })
})

describe('raise: a second factor was proved in a session', () => {
  const raisedOf = ({ id, digest }: NewSession) => ({
    sessionId: id,
    digest,
    successorDigest: randomSecret(),
    amr: 'pwd otp',
    now: now + 5,
  })

  it('gives it another secret, and notes when; of ten at once the first one', async () => {
    const session = await begin()
    const all = Array.from({ length: 10 }, () => raisedOf(session))
    const requestId = randomSecret()
    const standings = await Promise.all(all.map((one) => sessions.raise(one, audit(requestId))))
    const raised = standings.flatMap((one) => one ?? [])
    expect(raised).toMatchObject([
      { session: { id: session.id, amr: 'pwd otp', secondFactorAt: now + 5 } },
    ])
    expect(await lives(session)).toBe(false)
    const events = await env.DB.prepare('SELECT 1 FROM audit_events WHERE request_id = ?1')
      .bind(requestId)
      .all()
    expect(events.results).toHaveLength(1)
  })

  it.each([
    ['has ended', 'ended_at = 1'],
    ['was idle for too long', `idle_expires_at = ${now + 5}`],
    ['is past its absolute expiry', `absolute_expires_at = ${now + 5}`],
  ])('does nothing for a session that %s, nor for another one', async (_what, columns) => {
    const [session, other] = [await begin(), await begin()]
    await set('sessions', session.id, columns)
    const row = (id: string) =>
      env.DB.prepare('SELECT * FROM sessions WHERE id = ?1').bind(id).first()
    const rows = async () => ({ session: await row(session.id), other: await row(other.id) })
    const before = await rows()
    expect({
      session: await sessions.raise(raisedOf(session), audit()),
      mixed: await sessions.raise({ ...raisedOf(other), sessionId: session.id }, audit()),
      rows: await rows(),
    }).toEqual({ session: null, mixed: null, rows: before })
  })
})

describe('findOwner: whose session it is', () => {
  it('is told of a session that lives, and of no other', async () => {
    const [session, ended] = [await begin(), await begin()]
    await set('sessions', ended.id, 'ended_at = 1')
    expect({
      session: await sessions.findOwner(session.id, now),
      later: await sessions.findOwner(session.id, now + 100),
      ended: await sessions.findOwner(ended.id, now),
      none: await sessions.findOwner('none', now),
    }).toEqual({ session: session.userId, later: null, ended: null, none: null })
  })
})

describe('touch: a session that is used', () => {
  it('is noted, and no other', async () => {
    const [session, other] = [await begin(), await begin()]
    await sessions.touch(session.digest, now + 10, now + 500)
    const seen = async ({ digest }: NewSession) => {
      const { lastSeenAt, idleExpiresAt } = (await sessions.find(digest, now))?.session ?? {}
      return { lastSeenAt, idleExpiresAt }
    }
    expect({ session: await seen(session), other: await seen(other) }).toEqual({
      session: { lastSeenAt: now + 10, idleExpiresAt: now + 500 },
      other: { lastSeenAt: now, idleExpiresAt: now + 100 },
    })
  })
})

describe('find: with the consents of a client', () => {
  it('tells those of this user, this client and these resources', async () => {
    const [session, other] = [await begin(), await begin()]
    const insert = `INSERT INTO resource_consents (user_id, client_id, resource, scope, granted_at)
      VALUES (?1, ?2, ?3, ?4, 1)`
    const clientId = randomSecret()
    const rows = [
      [session.userId, clientId, 'https://a.example', 'read'],
      [session.userId, clientId, 'https://b.example', 'write'],
      [session.userId, clientId, 'https://c.example', 'not asked for'],
      [session.userId, 'another', 'https://a.example', 'another client'],
      [other.userId, clientId, 'https://a.example', 'another user'],
    ]
    for (const row of rows)
      await env.DB.prepare(insert)
        .bind(...row)
        .run()
    const resources = ['https://a.example', 'https://b.example']
    const found = await sessions.find(session.digest, now, { clientId, resources })
    expect(found?.consents).toEqual([
      { resource: 'https://a.example', scope: 'read' },
      { resource: 'https://b.example', scope: 'write' },
    ])
  })
})
