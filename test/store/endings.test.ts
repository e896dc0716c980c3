// The statements that revoke, each by itself: whose grants they end, and what the outbox tells KV.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../../src/core/clients/storage.ts'
import type { NewSession, User } from '../../src/core/people/storage.ts'
import type { NewGrant } from '../../src/core/tokens/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { Database } from '../../src/store/database.ts'
import { openStore } from '../../src/store/open.ts'
import * as revocations from '../../src/store/revocations.ts'
import type { Statement } from '../../src/store/sql.ts'
import { audit, newClient, newGrant, newSession, now, storeUser } from '../support/records.ts'

const { userAdministration, clients, grants, sessions } = openStore(env)
const database = new Database(env.DB)

const run = (query: string, ...values: (string | number | null)[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()
const outbox = async () =>
  (await env.DB.prepare('SELECT * FROM revocation_outbox ORDER BY key').all()).results

async function someClient(facts: Partial<Client> = {}): Promise<string> {
  const client = newClient(facts)
  await clients.create(client, audit())
  return client.id
}
async function open(user: User, facts: Partial<NewGrant> = {}): Promise<NewGrant> {
  const grant = newGrant({ userId: user.id, clientId }, facts)
  await grants.open(grant, { user, provedBuckets: [] }, audit())
  return grant
}
async function begin(user: User): Promise<NewSession> {
  const session = newSession(user)
  await sessions.begin(session, { user, provedBuckets: [] }, audit())
  return session
}

const { metadata } = newClient()
const clientId = await someClient()
const otherClient = await someClient()
const pairwise = await someClient({ metadata: { ...metadata, subject_type: 'pairwise' } })
const user = await storeUser(userAdministration)
const other = await storeUser(userAdministration)
const reason = 'user.signed-out'

beforeEach(() => env.DB.batch(['grants', 'revocation_outbox', 'sessions'].map(deleted)))
const deleted = (table: string) => env.DB.prepare(`DELETE FROM ${table}`)

/** Runs the statements, and returns which of the grants have ended by them. */
async function endedOf(
  statements: readonly Statement[],
  among: Record<string, NewGrant>,
): Promise<string[]> {
  await database.batch(statements)
  const { results } = await env.DB.prepare(
    'SELECT id FROM grants WHERE revoked_at IS NOT NULL',
  ).all<{ id: string }>()
  const ended = new Set(results.map(({ id }) => id))
  return Object.entries(among).flatMap(([name, { id }]) => (ended.has(id) ? [name] : []))
}

describe('who names a grant ends it', () => {
  it('as its client, and no other of that client', async () => {
    const two = await open(user)
    const all = { one: await open(user), two, ofTwo: await open(user, { endsWith: two.id }) }
    const by = (of: string) =>
      endedOf(
        revocations.endingOfGrantOfClient({ grantId: all.one.id, clientId: of, now, reason }),
        all,
      )
    const byOther = await by(otherClient)
    expect({ byOther, own: await by(clientId) }).toEqual({ byOther: [], own: ['one'] })
  })

  it('as its user, and no other of that user', async () => {
    const all = { one: await open(user), two: await open(user) }
    const by = ({ id }: User) =>
      endedOf(
        revocations.endingOfGrantOfUser({ grantId: all.one.id, userId: id, now, reason }),
        all,
      )
    const byOther = await by(other)
    expect({ byOther, own: await by(user) }).toEqual({ byOther: [], own: ['one'] })
  })
})

describe('the end', () => {
  it('of a user at a client is that of both alone', async () => {
    const all = {
      here: await open(user),
      elsewhere: await open(user, { clientId: otherClient }),
      another: await open(other),
    }
    const ending = revocations.endingOfUserAtClient({ userId: user.id, clientId, now, reason })
    expect(await endedOf(ending, all)).toEqual(['here'])
  })

  it('of a session is that of the grants that do not outlive it', async () => {
    const { id: sessionId } = await begin(user)
    const all = {
      own: await open(user, { sessionId }),
      offline: await open(user, { sessionId, offline: true }),
      ofAnother: await open(user, { sessionId: 'another' }),
      ofSomebody: await open(other, { sessionId }),
    }
    const ending = revocations.endingOfSession({ sessionId, userId: user.id, now, reason })
    expect(await endedOf(ending, all)).toEqual(['own'])
  })

  it('of a session that another has replaced is that of its grants, if both are there', async () => {
    const stranger = await begin(other)
    const old = await begin(user)
    const { digest: successor } = await begin(user)
    const all = {
      own: await open(user, { sessionId: old.id }),
      offline: await open(user, { sessionId: old.id, offline: true }),
      ofStranger: await open(other, { sessionId: stranger.id }),
    }
    const by = (of: string, next: string) =>
      endedOf(revocations.endingOfReplaced({ digest: of, successor: next, now, reason }), all)
    const missing = await by(old.digest, 'none')
    await run('UPDATE sessions SET ended_at = ?1 WHERE id = ?2', now, old.id)
    const afterItsEnd = await by(old.digest, successor)
    await run('UPDATE sessions SET ended_at = NULL WHERE id = ?1', old.id)
    expect({ missing, afterItsEnd, alive: await by(old.digest, successor) }).toEqual({
      missing: [],
      afterItsEnd: [],
      alive: ['own'],
    })
  })

  it('of a grant is told once, beside what is told already', async () => {
    const grant = await open(user)
    const key = `rev:grant:${grant.id}`
    const told = { key, revoked_at: now - 9, expires_at: now + 9 }
    await run('INSERT INTO revocation_outbox VALUES (?1, ?2, ?3)', ...Object.values(told))
    const ending = revocations.endingOfGrant({ grantId: grant.id, now, reason })
    await database.batch(ending)
    const first = await outbox()
    await deleted('revocation_outbox').run()
    await database.batch(ending)
    expect({ first, again: await outbox() }).toEqual({ first: [told], again: [] })
  })
})

describe('what is told of a user', () => {
  it('is their own key, until their last grant ends, and each grant of a pairwise client', async () => {
    const grant = await open(user, { clientId: pairwise, idleExpiresAt: now + 2000 })
    await open(user, { idleExpiresAt: now + 3000 })
    await open(other, { clientId: pairwise, idleExpiresAt: now + 9000 })
    await database.batch(revocations.endingOfUser(user.id, now, reason))
    expect(await outbox()).toEqual([
      { key: `rev:grant:${grant.id}`, revoked_at: now, expires_at: now + 2060 },
      { key: `rev:user:${user.sub}`, revoked_at: now, expires_at: now + 3060 },
    ])
  })

  it.each([
    ['nothing, if all of their grants ended a minute ago', -60, []],
    ['something until then', -59, [{ revoked_at: now, expires_at: now + 1 }]],
  ])('is %s', async (_what, seconds, told) => {
    const grant = await open(user)
    await run(
      'UPDATE grants SET idle_expires_at = ?1, access_expires_at = ?1 WHERE id = ?2',
      now + seconds,
      grant.id,
    )
    await database.batch(revocations.endingOfUser(user.id, now, reason))
    const rows = await outbox()
    expect(rows.filter(({ key }) => key === `rev:user:${user.sub}`)).toEqual(
      told.map((row) => ({ key: `rev:user:${user.sub}`, ...row })),
    )
  })

  it('never becomes less', async () => {
    await open(user)
    const key = `rev:user:${user.sub}`
    await run('INSERT INTO revocation_outbox VALUES (?1, ?2, ?3)', key, now + 5, now + 9999)
    await database.batch(revocations.endingOfUser(user.id, now, reason))
    expect(await outbox()).toEqual([{ key, revoked_at: now + 5, expires_at: now + 9999 }])
    await database.batch(revocations.endingOfUser(user.id, now + 6, reason))
    expect(await outbox()).toEqual([{ key, revoked_at: now + 6, expires_at: now + 9999 }])
  })

  it('becomes more', async () => {
    await open(user)
    const key = `rev:user:${user.sub}`
    await run('INSERT INTO revocation_outbox VALUES (?1, ?2, ?3)', key, now - 5, now + 9)
    await database.batch(revocations.endingOfUser(user.id, now, reason))
    expect(await outbox()).toEqual([{ key, revoked_at: now, expires_at: now + 1060 }])
  })

  it('is that the records of those who were named are older than their rows', async () => {
    const third = await storeUser(userAdministration, { updatedAt: now - 7 })
    for (const one of [user, other, third]) await open(one)
    await database.batch([revocations.outdatingUsers([user.id, third.id], now)])
    expect(await outbox()).toEqual(
      [
        { key: `rev:user-record:${user.sub}`, revoked_at: now - 100, expires_at: now + 1060 },
        { key: `rev:user-record:${third.sub}`, revoked_at: now - 7, expires_at: now + 1060 },
      ].toSorted((one, next) => (one.key < next.key ? -1 : 1)),
    )
  })
})

describe('what is told of the records of a user who is deleted', () => {
  it('is that those of refresh tokens have to go, while KV has them', async () => {
    const [grant, over, told] = [await open(user), await open(user), await open(user)]
    await open(user, { refreshDigest: null })
    await open(other)
    await run(
      'UPDATE grants SET idle_expires_at = ?1, access_expires_at = ?1 WHERE id = ?2',
      now,
      over.id,
    )
    const row = { key: `grant:${told.id}`, revoked_at: 1, expires_at: 2 }
    await run('INSERT INTO revocation_outbox VALUES (?1, ?2, ?3)', ...Object.values(row))
    await database.batch([revocations.deletionOfRecords(user.id, now)])
    const made = { key: `grant:${grant.id}`, revoked_at: now, expires_at: now + 1000 }
    expect(await outbox()).toEqual(
      [row, made].toSorted((one, next) => (one.key < next.key ? -1 : 1)),
    )
  })
})

describe('what is told of a client', () => {
  const day = 86_400

  it('is its own key alone, until its last grant ends', async () => {
    await open(user, { idleExpiresAt: now + 2 * day, absoluteExpiresAt: now + 9 * day })
    await open(user, { idleExpiresAt: now + 3 * day, absoluteExpiresAt: now + 9 * day })
    await open(user, { clientId: otherClient, idleExpiresAt: now + 5 * day })
    await database.batch([revocations.revocationOfClient(clientId, now - 3, now)])
    expect(await outbox()).toEqual([
      { key: `rev:client:${clientId}`, revoked_at: now - 3, expires_at: now + 3 * day + 60 },
    ])
  })

  it('is with the end of its grants, and with nobody else’s', async () => {
    const all = { own: await open(user), elsewhere: await open(user, { clientId: otherClient }) }
    const ending = revocations.endingOfClient(clientId, now, reason)
    expect({ ended: await endedOf(ending, all), told: await outbox() }).toEqual({
      ended: ['own'],
      told: [{ key: `rev:client:${clientId}`, revoked_at: now, expires_at: now + day + 60 }],
    })
  })

  it.each([
    ['was changed since', { updatedAt: now + 5 }, now + 5],
    ['was changed at that instant', { updatedAt: now }, now],
    ['was changed before', { updatedAt: now - 1 }, null],
    ['has never changed', { updatedAt: now + 5, createdAt: now + 5 }, null],
  ])('is that its record is older, if it %s', async (_when, facts, instant) => {
    const id = await someClient(facts)
    await someClient({ updatedAt: now + 9 })
    await database.batch([revocations.outdatingClient(id, now)])
    expect(await outbox()).toEqual(
      instant === null
        ? []
        : [
            {
              key: `rev:client-record:${id}`,
              revoked_at: instant,
              expires_at: now + 31 * day + 60,
            },
          ],
    )
  })
})

describe('what is told of', () => {
  it('a signing key is its withdrawal, once, for as long as KV keeps the keys', async () => {
    const kid = randomSecret()
    await database.batch([revocations.withdrawalOfKey(kid, now)])
    await database.batch([revocations.withdrawalOfKey(kid, now + 5)])
    expect(await outbox()).toEqual([
      { key: `rev:key:${kid}`, revoked_at: now, expires_at: now + 31 * 86_400 },
    ])
  })

  it('a resource is that its records are older, for as long as a grant may have it', async () => {
    const add = 'INSERT INTO resources (id, metadata, created_at, updated_at) VALUES (?1, ?2, 1, 1)'
    await run(add, 'one', JSON.stringify({ resource: 'https://one.example/' }))
    await run(add, 'two', JSON.stringify({ resource: 'https://two.example/' }))
    await database.batch([revocations.outdatingResource('one', now)])
    expect(await outbox()).toEqual([
      {
        key: 'rev:resource:https://one.example/',
        revoked_at: now,
        expires_at: now + 31_536_060,
      },
    ])
  })

  it('what nobody had registered is the latest registration', async () => {
    await database.batch([revocations.outdatingUnregistered(now)])
    expect(await outbox()).toEqual([
      { key: 'rev:unregistered', revoked_at: now, expires_at: now + 31_536_060 },
    ])
  })

  it('the epoch is the latest', async () => {
    await database.batch([revocations.revocationOfEpoch(now)])
    await database.batch([revocations.revocationOfEpoch(now - 5)])
    expect(await outbox()).toEqual([
      { key: 'rev:epoch', revoked_at: now, expires_at: now + 31_536_060 },
    ])
  })
})
