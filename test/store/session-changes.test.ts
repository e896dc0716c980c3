// What ends a session, gives it another secret or goes on with it, each condition by itself.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { NewSession, User } from '../../src/core/people/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newGrant, newSession, now, storeUser } from '../support/records.ts'

const { userAdministration, sessions, account, clients, grants } = openStore(env)

const plain = newClient()
const backchannel_logout_uri = 'https://client.example/logout'
const client = { ...plain, metadata: { ...plain.metadata, backchannel_logout_uri } }
await clients.create(client, audit())

const run = (query: string, ...values: (string | number | null)[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()
const row = (table: string, id: number | string) =>
  env.DB.prepare(`SELECT * FROM ${table} WHERE id = ?1`).bind(id).first()
const set = (table: string, id: number | string, columns: string) =>
  run(`UPDATE ${table} SET ${columns} WHERE id = ?1`, id)

const proofOf = (user: User) => ({ user, provedBuckets: [] })
const someUser = () => storeUser(userAdministration)

async function begin(user: User, facts: Partial<NewSession> = {}): Promise<NewSession> {
  const session = newSession(user, facts)
  expect(await sessions.begin(session, proofOf(user), audit())).toBe('begun')
  return session
}

/** A user with two sessions and a grant that lives by each, and somebody else with one. */
async function people() {
  const [user, other] = [await someUser(), await someUser()]
  const own = await begin(user)
  const second = await begin(user)
  const others = await begin(other)
  const grantOf = async (of: User, sessionId: string, offline = false) => {
    const grant = newGrant({ userId: of.id, clientId: client.id }, { sessionId, offline })
    expect(await grants.open(grant, proofOf(of), audit())).toBe('opened')
    return grant.id
  }
  return {
    user,
    other,
    own,
    second,
    others,
    grant: await grantOf(user, own.id),
    offline: await grantOf(user, own.id, true),
    secondGrant: await grantOf(user, second.id),
    othersGrant: await grantOf(other, others.id),
  }
}
/** Of whose sessions a client was told that they have ended. */
async function told({ own, second, others }: People) {
  const query = 'SELECT session_id FROM logout_notices WHERE session_id = ?1'
  const of = async ({ id }: NewSession) => (await env.DB.prepare(query).bind(id).first()) !== null
  return { own: await of(own), second: await of(second), others: await of(others) }
}
type People = Awaited<ReturnType<typeof people>>

/** What has ended of all that. */
async function ended(of: People) {
  const at = async (table: string, id: string) => {
    const found = await row(table, id)
    return (table === 'grants' ? found?.revoked_at : found?.ended_at) !== null
  }
  return {
    own: await at('sessions', of.own.id),
    second: await at('sessions', of.second.id),
    others: await at('sessions', of.others.id),
    grant: await at('grants', of.grant),
    offline: await at('grants', of.offline),
    secondGrant: await at('grants', of.secondGrant),
    othersGrant: await at('grants', of.othersGrant),
  }
}
const nothing = {
  own: false,
  second: false,
  others: false,
  grant: false,
  offline: false,
  secondGrant: false,
  othersGrant: false,
}

describe('The end of a session', () => {
  it('ends it and the grants that live by it, and nothing else', async () => {
    const of = await people()
    await sessions.end(of.own.id, of.user.id, audit())
    expect(await ended(of)).toEqual({ ...nothing, own: true, grant: true })
    expect(await told(of)).toEqual({ own: true, second: false, others: false })
  })

  it('ends nothing for another user', async () => {
    const of = await people()
    await sessions.end(of.own.id, of.other.id, audit())
    expect(await ended(of)).toEqual(nothing)
    expect(await told(of)).toEqual({ own: false, second: false, others: false })
  })

  it('keeps the instant of the first end, and is noted once', async () => {
    const of = await people()
    const requestId = randomSecret()
    await sessions.end(of.own.id, of.user.id, audit(requestId))
    await sessions.end(of.own.id, of.user.id, { ...audit(requestId), at: now + 9 })
    const query = 'SELECT kind FROM audit_events WHERE request_id = ?1'
    const { results } = await env.DB.prepare(query).bind(requestId).all()
    expect({ session: await row('sessions', of.own.id), results }).toMatchObject({
      session: { ended_at: now },
      results: [{ kind: 'user.signed-out' }],
    })
  })
})

const renewalOf = ({ id, digest }: NewSession) => ({
  sessionId: id,
  digest,
  successorDigest: randomSecret(),
})
const noSuspicion = { since: now, kept: [] }

/** What one does to all other sessions, in each of two ways. */
const ways = [
  [
    'The end of all other sessions',
    ({ user }: People, session: NewSession, at: number, requestId: string) =>
      account.endOthers(user.id, renewalOf(session), { ...audit(requestId), at }),
  ],
  [
    'A new password',
    ({ user }: People, session: NewSession, at: number, requestId: string) =>
      account.changePassword(proofOf(user), renewalOf(session), 'new', noSuspicion, {
        ...audit(requestId),
        at,
      }),
  ],
] as const

describe.each(ways)('%s', (_what, give) => {
  it('ends every grant and every session but this one, and nothing of anybody else', async () => {
    const of = await people()
    expect(await give(of, of.own, now + 5, 'a request')).toBe(true)
    expect(await ended(of)).toEqual({
      ...nothing,
      second: true,
      grant: true,
      offline: true,
      secondGrant: true,
    })
    expect(await told(of)).toEqual({ own: true, second: true, others: false })
    expect({
      user: await row('users', of.user.id),
      other: await row('users', of.other.id),
    }).toMatchObject({
      user: { not_before: now + 5, remembered_not_before: now + 5 },
      other: { not_before: 0, remembered_not_before: 0, password_hash: 'a hash' },
    })
  })

  it('leaves this session alive, also where its sign-in is older', async () => {
    const of = await people()
    await give(of, of.own, now + 5, 'a request')
    const { digest } = (await row('sessions', of.own.id)) ?? {}
    const standing = await sessions.find(String(digest), now + 6)
    expect({ renewed: digest !== of.own.digest, id: standing?.session.id }).toEqual({
      renewed: true,
      id: of.own.id,
    })
  })

  it('forgets the consents of the user, is one event, and leaves the other sessions as they were', async () => {
    const of = await people()
    for (const { id } of [of.user, of.other]) {
      await run(
        `INSERT INTO resource_consents (user_id, client_id, resource, scope, granted_at)
         VALUES (?1, ?2, '', 'read', 1)`,
        ...[id, client.id],
      )
    }
    const requestId = randomSecret()
    await give(of, of.own, now + 5, requestId)
    const consents = 'SELECT user_id FROM resource_consents WHERE user_id IN (?1, ?2)'
    const events = 'SELECT COUNT(*) AS count FROM audit_events WHERE request_id = ?1'
    expect({
      consents: (await env.DB.prepare(consents).bind(of.user.id, of.other.id).all()).results,
      events: await env.DB.prepare(events).bind(requestId).first('count'),
      second: await row('sessions', of.second.id),
      others: await row('sessions', of.others.id),
    }).toMatchObject({
      consents: [{ user_id: of.other.id }],
      events: 1,
      second: { auth_time: now, stated_auth_time: now },
      others: { auth_time: now, stated_auth_time: now },
    })
  })

  it('never sets back from when on something counts', async () => {
    const of = await people()
    await set('users', of.user.id, `not_before = ${now + 50}`)
    await set('sessions', of.own.id, `auth_time = ${now + 60}`)
    await give(of, of.own, now + 5, 'a request')
    expect(await row('users', of.user.id)).toMatchObject({ not_before: now + 50 })
  })

  it('does not change when a session ended before', async () => {
    const of = await people()
    await set('sessions', of.second.id, 'ended_at = 1')
    await give(of, of.own, now + 5, 'a request')
    expect(await row('sessions', of.second.id)).toMatchObject({ ended_at: 1 })
  })

  it.each([
    ['has another secret by now', 'own', "digest = 'another'"],
    ['has ended', 'own', 'ended_at = 1'],
    ['is another user’s', 'others', 'id = id'],
  ] as const)('is refused whole where the session %s', async (_why, which, columns) => {
    const of = await people()
    const session = of[which]
    if (columns.startsWith('digest')) {
      await run('UPDATE sessions SET digest = ?1 WHERE id = ?2', randomSecret(), session.id)
    } else await set('sessions', session.id, columns)
    const before = { ended: await ended(of), user: await row('users', of.user.id) }
    const requestId = randomSecret()
    expect(await give(of, session, now + 5, requestId)).toBe(false)
    expect({ ended: await ended(of), user: await row('users', of.user.id) }).toEqual(before)
    const query = 'SELECT 1 FROM audit_events WHERE request_id = ?1'
    expect((await env.DB.prepare(query).bind(requestId).all()).results).toEqual([])
  })
})

describe('The instant of the sign-in that tokens state', () => {
  const times = async ({ id }: NewSession) => {
    const { auth_time, stated_auth_time } = (await row('sessions', id)) ?? {}
    return { auth_time, stated_auth_time }
  }

  it('stays where the other sessions are ended, and is now after a new password', async () => {
    const [first, second] = [await people(), await people()]
    await set('sessions', first.own.id, 'stated_auth_time = NULL')
    await account.endOthers(first.user.id, renewalOf(first.own), { ...audit(), at: now + 5 })
    const changed = { ...audit(), at: now + 5 }
    await account.changePassword(
      proofOf(second.user),
      renewalOf(second.own),
      'new',
      noSuspicion,
      changed,
    )
    expect({
      ended: await times(first.own),
      changed: await times(second.own),
      others: await times(second.others),
    }).toEqual({
      ended: { auth_time: now + 5, stated_auth_time: now },
      changed: { auth_time: now + 5, stated_auth_time: now + 5 },
      others: { auth_time: now, stated_auth_time: now },
    })
  })
})

describe('A new password', () => {
  it('is the one that counts, is a later version, and no longer a temporary one', async () => {
    const of = await people()
    await set('users', of.user.id, `password_state = 'temporary', updated_at = ${now + 50}`)
    const user = { ...of.user, updatedAt: now + 50 }
    const changed = { ...audit(), at: now + 5 }
    await account.changePassword(proofOf(user), renewalOf(of.own), 'new', noSuspicion, changed)
    expect(await row('users', of.user.id)).toMatchObject({
      password_hash: 'new',
      password_state: null,
      updated_at: now + 50.001,
    })
  })

  it('clears the tries of what was proved, and no others', async () => {
    const of = await people()
    const buckets = [randomSecret(), randomSecret()]
    for (const bucket of buckets) {
      await run(
        'INSERT INTO sign_in_attempts (bucket, tries, window_started_at) VALUES (?1, 3, 1)',
        bucket,
      )
    }
    const [proved = '', other = ''] = buckets
    const proof = { user: of.user, provedBuckets: [proved] }
    await account.changePassword(proof, renewalOf(of.own), 'new', noSuspicion, audit())
    const query = 'SELECT bucket FROM sign_in_attempts WHERE bucket IN (?1, ?2)'
    const { results } = await env.DB.prepare(query)
      .bind(...buckets)
      .all()
    expect(results).toEqual([{ bucket: other }])
  })

  it('is refused whole where somebody else changed it meanwhile, or the user is disabled', async () => {
    const outcomes = []
    for (const columns of [`password_hash = 'theirs', updated_at = ${now}`, 'disabled_at = 1']) {
      const of = await people()
      await set('users', of.user.id, columns)
      const done = await account.changePassword(
        proofOf(of.user),
        renewalOf(of.own),
        'new',
        noSuspicion,
        audit(),
      )
      outcomes.push({ done, ended: await ended(of) })
    }
    expect(outcomes).toEqual([
      { done: false, ended: nothing },
      { done: false, ended: nothing },
    ])
  })
})
