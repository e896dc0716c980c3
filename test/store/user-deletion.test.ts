// The deletion of a user: what goes with them, what stays of them, and that it is nobody else's.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { User } from '../../src/core/people/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newGrant, newSession, now, storeUser } from '../support/records.ts'

const { userAdministration, clients, grants, sessions, users } = openStore(env)

const run = (query: string, ...values: (string | number | null)[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()
const plain = newClient()
const backchannel_logout_uri = 'https://client.example/logout'
const client = { ...plain, metadata: { ...plain.metadata, backchannel_logout_uri } }
await clients.create(client, audit())

const tables = [
  'sessions',
  'provider_links',
  'login_names',
  'mail_actions',
  'mails',
  'credentials',
  'resource_consents',
  'consents',
]

/** A user with a row in each of those tables, and a grant in a session. */
async function someUser(): Promise<{ user: User; grantId: string }> {
  const user = await storeUser(userAdministration)
  const session = newSession(user)
  const proof = { user, provedBuckets: [] }
  await sessions.begin(session, proof, audit())
  const grant = newGrant({ userId: user.id, clientId: client.id }, { sessionId: session.id })
  expect(await grants.open(grant, proof, audit())).toBe('opened')
  const insertions = [
    'provider_links (issuer, subject, user_id, created_at) VALUES (?1, ?1, ?2, 1)',
    `mail_actions (digest, purpose, user_id, created_at, expires_at) VALUES (?1, 'reset', ?2, 1, 2)`,
    `mails (id, sealed, purpose, user_id, created_at, due_at) VALUES (?1, '', 'reset', ?2, 1, 1)`,
    `credentials (id, user_id, kind, created_at) VALUES (?1, ?2, 'passkey', 1)`,
    `resource_consents (user_id, client_id, resource, scope, granted_at) VALUES (?2, ?1, '', '', 1)`,
    `consents (user_id, client_id, redirect_uri, scope, remembered, granted_at)
      VALUES (?2, ?1, '', '', 1, 1)`,
  ]
  for (const insertion of insertions) {
    await run(`INSERT INTO ${insertion}`, randomSecret(), user.id)
  }
  return { user, grantId: grant.id }
}
async function rowsOf({ id }: User) {
  const counts: Record<string, number | null> = {}
  for (const table of tables) {
    const query = `SELECT COUNT(*) AS count FROM ${table} WHERE user_id = ?1`
    counts[table] = await env.DB.prepare(query).bind(id).first('count')
  }
  return counts
}
const endOf = (grantId: string) =>
  env.DB.prepare('SELECT revoked_at FROM grants WHERE id = ?1').bind(grantId).first('revoked_at')

describe('A user who is deleted', () => {
  it('takes along all that is theirs, and nothing of anybody else', async () => {
    const [before, own, after] = [await someUser(), await someUser(), await someUser()]
    const others = [await rowsOf(before.user), await rowsOf(after.user)]
    expect(await userAdministration.delete(own.user.id, audit())).toBe(true)
    expect({
      own: await rowsOf(own.user),
      user: await users.find(own.user.id),
      others: [await rowsOf(before.user), await rowsOf(after.user)],
      users: [(await users.find(before.user.id))?.id, (await users.find(after.user.id))?.id],
      ends: [await endOf(before.grantId), await endOf(own.grantId), await endOf(after.grantId)],
    }).toEqual({
      own: Object.fromEntries(tables.map((table) => [table, 0])),
      user: null,
      others,
      users: [before.user.id, after.user.id],
      ends: [null, now, null],
    })
    expect(Object.values(others[0] ?? {}).every((count) => count !== 0)).toBe(true)
  })

  it('leaves notices for the clients, and one event', async () => {
    const { user } = await someUser()
    const requestId = randomSecret()
    const notices = 'SELECT COUNT(*) AS count FROM logout_notices WHERE sub = ?1'
    const events = 'SELECT COUNT(*) AS count FROM audit_events WHERE request_id = ?1'
    const first = await userAdministration.delete(user.id, audit(requestId))
    const second = await userAdministration.delete(user.id, audit(requestId))
    expect({
      done: [first, second],
      notices: await env.DB.prepare(notices).bind(user.sub).first('count'),
      events: await env.DB.prepare(events).bind(requestId).first('count'),
    }).toEqual({ done: [true, false], notices: 1, events: 1 })
  })

  it('is told by their events no more, but for what an operator did in their account', async () => {
    const [{ user }, other] = [await someUser(), await someUser()]
    const event = async (id: number, actor: string | null) => {
      const insert = `INSERT INTO audit_events
        (at, kind, request_id, detail, outcome, user_id, actor, address, user_agent, merge_key)
        VALUES (1, 'user.signed-out', 'r', '{}', 'ok', ?1, ?2, 'an address', 'a browser', ?3)
        RETURNING id`
      return env.DB.prepare(insert).bind(id, actor, randomSecret()).first<number>('id')
    }
    const ids = [
      await event(user.id, null),
      await event(user.id, `user:${user.id}`),
      await event(user.id, 'client:one'),
      await event(user.id, 'root'),
      await event(user.id, `user:${other.user.id}`),
      await event(other.user.id, null),
    ]
    await userAdministration.delete(user.id, audit())
    const query = `SELECT address, user_agent, merge_key IS NOT NULL AS merges FROM audit_events
      WHERE id = ?1`
    const told = { address: 'an address', user_agent: 'a browser', merges: 1 }
    const untold = { address: null, user_agent: null, merges: 0 }
    const rows = []
    for (const id of ids) rows.push(await env.DB.prepare(query).bind(id).first())
    expect(rows).toEqual([untold, untold, untold, told, told, told])
  })
})
