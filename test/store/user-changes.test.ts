// Users in D1 as they are created and changed: what is written, of whom, and what a conflict leaves.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { LinkSuspicion, User, UserChange } from '../../src/core/people/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { Server, atCall } from '../support/faults.ts'
import {
  audit,
  newClient,
  newGrant,
  newSession,
  newUser,
  now,
  storeUser,
} from '../support/records.ts'

const { userAdministration, users, clients, grants, sessions, self, mailActions } = openStore(env)

const run = (query: string, ...values: (string | number | null)[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()
const someUser = (facts = {}) => storeUser(userAdministration, facts)
const eventsOf = async (requestId: string) => {
  const query = 'SELECT kind, user_id FROM audit_events WHERE request_id = ?1'
  return (await env.DB.prepare(query).bind(requestId).all()).results
}
const namesOf = async ({ id }: User) => {
  const query = 'SELECT folded_name FROM login_names WHERE user_id = ?1 ORDER BY folded_name'
  const { results } = await env.DB.prepare(query).bind(id).all<{ folded_name: string }>()
  return results.map(({ folded_name }) => folded_name)
}
const outboxOf = async (key: string) =>
  (await env.DB.prepare('SELECT 1 FROM revocation_outbox WHERE key = ?1').bind(key).first()) !==
  null
const changeAt = (
  { id }: User,
  change: UserChange,
  facts: { at?: number; ends?: boolean; requestId?: string; suspicion?: LinkSuspicion | null } = {},
) => {
  const { at = now, ends = false, requestId = 'a request', suspicion = null } = facts
  return userAdministration.change(id, () => change, ends, { ...audit(requestId), at }, suspicion)
}

describe('A user who is created', () => {
  it('has the names and an event of their own', async () => {
    await someUser()
    const user = newUser()
    const requestId = randomSecret()
    const created = await userAdministration.create(user, audit(requestId))
    await someUser()
    if (created === 'taken') throw new Error('taken')
    expect({
      found: await users.findBySub(user.sub),
      names: await namesOf(created),
      events: await eventsOf(requestId),
    }).toEqual({
      found: created,
      names: [user.username, user.email].map((name) => name?.toLowerCase()).toSorted(),
      events: [{ kind: 'user.signed-out', user_id: created.id }],
    })
    expect(created).toMatchObject(user)
  })

  it('is not there, nor taken, where D1 has failed', async () => {
    const server = new Server()
    const store = openStore(server.env).userAdministration
    server.plan(atCall(0, 'fails'))
    await expect(store.create(newUser(), audit())).rejects.toMatchObject({ status: 503 })
  })
})

describe('A user who is changed', () => {
  it('is what the change says, in each column, and nobody else is', async () => {
    const [before, user, after] = [await someUser(), await someUser(), await someUser()]
    await run("UPDATE users SET password_state = 'temporary' WHERE id = ?1", user.id)
    const change = {
      username: `user-${randomSecret(8)}`,
      email: `${randomSecret(8)}@example.com`,
      emailVerified: true,
      name: 'a name',
      role: 'a role',
      scope: 'a scope',
      claims: { a: 'claim' },
      passwordHash: 'another hash',
      disabledAt: now,
      managedBy: 'a manager',
      notBefore: now - 5,
    }
    const requestId = randomSecret()
    const changed = await changeAt(user, change, { requestId })
    expect(changed).toEqual({
      ...user,
      ...change,
      passwordState: null,
      updatedAt: now,
    })
    expect({
      user: await users.find(user.id),
      before: await users.find(before.id),
      after: await users.find(after.id),
      events: (await eventsOf(requestId)).length,
      names: await namesOf(user),
      namesOfAfter: await namesOf(after),
    }).toEqual({
      user: changed,
      before,
      after,
      events: 1,
      names: [change.username, change.email].map((name) => name.toLowerCase()).toSorted(),
      namesOfAfter: [after.username ?? '', after.email ?? '']
        .map((name) => name.toLowerCase())
        .toSorted(),
    })
  })

  it('keeps the names where no name changes, and how a password is to be had', async () => {
    const user = await someUser()
    await run("UPDATE users SET password_state = 'ask' WHERE id = ?1", user.id)
    const names = await namesOf(user)
    await run("UPDATE login_names SET folded_name = folded_name || '!' WHERE user_id = ?1", user.id)
    expect(await changeAt(user, { name: 'a name' })).toMatchObject({
      name: 'a name',
      passwordState: 'ask',
    })
    expect(await namesOf(user)).toEqual(names.map((name) => `${name}!`))
  })

  it('never counts for less: the instant before which nothing counts only rises', async () => {
    const user = await someUser()
    await run('UPDATE users SET not_before = ?1 WHERE id = ?2', now, user.id)
    const lowered = await changeAt(user, { notBefore: now - 5 })
    const raised = await changeAt(user, { notBefore: now + 5 })
    expect({ lowered, raised }).toMatchObject({
      lowered: { notBefore: now },
      raised: { notBefore: now + 5 },
    })
  })

  it('is a later version, also where the clock was set back', async () => {
    const user = await someUser({ updatedAt: now + 50 })
    expect(await changeAt(user, {})).toMatchObject({ updatedAt: now + 50.001 })
  })

  it('is told to KV as changed where a grant of theirs may still give access', async () => {
    const [user, other] = [await someUser(), await someUser()]
    const of = newClient()
    await clients.create(of, audit())
    for (const each of [user, other]) {
      const grant = newGrant({ userId: each.id, clientId: of.id })
      await grants.open(grant, { user: each, provedBuckets: [] }, audit())
    }
    await changeAt(user, {})
    expect({
      isChanged: await outboxOf(`rev:user-record:${user.sub}`),
      isOtherChanged: await outboxOf(`rev:user-record:${other.sub}`),
      isRevoked: await outboxOf(`rev:user:${user.sub}`),
    }).toEqual({ isChanged: true, isOtherChanged: false, isRevoked: false })
  })

  it('is left as before where a name is taken, and with no event', async () => {
    const [user, other] = [await someUser(), await someUser()]
    const requestId = randomSecret()
    expect(await changeAt(user, { username: other.username }, { requestId })).toBe('taken')
    expect({ found: await users.find(user.id), events: await eventsOf(requestId) }).toEqual({
      found: user,
      events: [],
    })
  })

  it('is none who is gone', async () => {
    const user = await someUser()
    await run('DELETE FROM users WHERE id = ?1', user.id)
    expect(await changeAt(user, {})).toBe(null)
  })

  it('is none who is deleted meanwhile, and there is no event', async () => {
    const user = await someUser()
    const requestId = randomSecret()
    const server = new Server()
    server.plan(async (_call, nth) => {
      if (nth === 1) await run('DELETE FROM users WHERE id = ?1', user.id)
      return null
    })
    const store = openStore(server.env).userAdministration
    expect(await store.change(user.id, () => ({}), false, audit(requestId))).toBe(null)
    expect(await eventsOf(requestId)).toEqual([])
  })

  it('is changed as they are stored: what another change wrote meanwhile is seen', async () => {
    const user = await someUser()
    const seen: (string | null)[] = []
    const server = new Server()
    const store = openStore(server.env).userAdministration
    server.plan(async ({ method }, nth) => {
      if (method === 'batch' && nth === 1) await changeAt(user, { name: 'theirs' })
      return null
    })
    const decide = ({ name }: User) => {
      seen.push(name)
      return { role: 'ours' }
    }
    expect(await store.change(user.id, decide, false, audit())).toMatchObject({
      name: 'theirs',
      role: 'ours',
    })
    expect(seen).toEqual([null, 'theirs'])
  })
})

describe('A change that ends everything', () => {
  const plain = newClient()
  const backchannel_logout_uri = 'https://client.example/logout'
  const client = { ...plain, metadata: { ...plain.metadata, backchannel_logout_uri } }

  it('ends the sessions and grants of the user, tells their clients and KV, and nobody else’s', async () => {
    await clients.create(client, audit())
    const signedIn = async () => {
      const user = await someUser()
      const proof = { user, provedBuckets: [] }
      const [session, ended] = [newSession(user), newSession(user)]
      for (const each of [session, ended]) await sessions.begin(each, proof, audit())
      await run('UPDATE sessions SET ended_at = 1 WHERE id = ?1', ended.id)
      const grant = newGrant({ userId: user.id, clientId: client.id }, { sessionId: session.id })
      await grants.open(grant, proof, audit())
      return { user, session, ended, grant }
    }
    const at = async (table: string, column: string, id: string) =>
      env.DB.prepare(`SELECT ${column} FROM ${table} WHERE id = ?1`).bind(id).first(column)
    const stateOf = async ({
      user,
      session,
      ended,
      grant,
    }: Awaited<ReturnType<typeof signedIn>>) => ({
      session: await at('sessions', 'ended_at', session.id),
      ended: await at('sessions', 'ended_at', ended.id),
      grant: await at('grants', 'revoked_at', grant.id),
      told: await outboxOf(`rev:user:${user.sub}`),
      notices: await env.DB.prepare('SELECT COUNT(*) AS count FROM logout_notices WHERE sub = ?1')
        .bind(user.sub)
        .first('count'),
      notBefore: (await users.find(user.id))?.notBefore,
    })
    const [own, other] = [await signedIn(), await signedIn()]
    await changeAt(own.user, {}, { ends: true, at: now + 1 })
    expect({ own: await stateOf(own), other: await stateOf(other) }).toEqual({
      own: {
        ...{ session: now + 1, ended: 1, grant: now + 1 },
        ...{ told: true, notices: 1, notBefore: now + 1 },
      },
      other: { session: null, ended: 1, grant: null, told: false, notices: 0, notBefore: 0 },
    })
  })

  it('ends suspect links only where there is a suspicion', async () => {
    const user = await someUser()
    const subject = randomSecret()
    const isLinked = async () =>
      (await env.DB.prepare('SELECT 1 FROM provider_links WHERE subject = ?1')
        .bind(subject)
        .first()) !== null
    await run(
      'INSERT INTO provider_links (issuer, subject, user_id, created_at) VALUES (?1, ?1, ?2, ?3)',
      ...[subject, user.id, now],
    )
    await changeAt(user, {}, { ends: true })
    const without = await isLinked()
    await changeAt(user, {}, { suspicion: { since: now, kept: [] } })
    expect({ without, with: await isLinked() }).toEqual({ without: true, with: false })
  })

  it('stores the link of a reset beside it', async () => {
    const user = await someUser()
    const action = {
      ...{ digest: randomSecret(), purpose: 'reset' as const, address: null, codeDigest: null },
      ...{ browserDigest: null, sealed: null, createdAt: now, expiresAt: now + 600 },
    }
    const suspicion = { since: now, kept: [] }
    await userAdministration.startReset(user.id, action, () => undefined, suspicion, audit())
    const query = 'SELECT user_id FROM mail_actions WHERE digest = ?1'
    expect(await env.DB.prepare(query).bind(action.digest).first('user_id')).toBe(user.id)
  })
})

describe('A change of an address by a link', () => {
  it('is made once: a link that was used refuses it whole', async () => {
    const user = await someUser()
    const action = {
      ...{ digest: randomSecret(), purpose: 'change-address' as const, address: null },
      ...{ codeDigest: null, browserDigest: null, sealed: null },
      ...{ createdAt: now, expiresAt: now + 600 },
    }
    await mailActions.give(user.id, action, [])
    const changeBy = (email: string) =>
      self.changeAddress(
        { purpose: action.purpose, digest: action.digest, operation: email, now: now + 1 },
        { userId: user.id, email, isVerified: true, undo: null, mails: [] },
        false,
        audit(),
      )
    const [first, second] = [`${randomSecret()}@example.com`, `${randomSecret()}@example.com`]
    expect({
      isChanged: await changeBy(first),
      again: await changeBy(second),
      email: (await users.find(user.id))?.email,
    }).toEqual({ isChanged: true, again: false, email: first })
  })
})
