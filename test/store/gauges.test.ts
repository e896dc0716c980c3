// What the gauges count: each row that one fact keeps from counting stands beside one that counts.
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newGrant, newSession, now, run, storeUser } from '../support/records.ts'

const { userAdministration, clients, grants, sessions, gauges } = openStore(env)

const user = await storeUser(userAdministration)
const proof = { user, provedBuckets: [] }
const client = newClient()
await clients.create(client, audit())

it('count the grants that are neither revoked nor expired', async () => {
  for (const column of ['', '', 'revoked_at = 1', 'idle_expires_at', 'absolute_expires_at']) {
    const grant = newGrant(
      { userId: user.id, clientId: client.id },
      { idleExpiresAt: now + 0.001, absoluteExpiresAt: now + 0.001 },
    )
    await grants.open(grant, proof, audit())
    const change = column.endsWith('_at') ? `${column} = ${now}` : column
    if (change !== '') await run(`UPDATE grants SET ${change} WHERE id = ?1`, grant.id)
  }
  expect(await gauges.read(now)).toMatchObject({ liveGrants: 2 })
})

it('count the sessions that have neither ended nor expired', async () => {
  const soon = { idleExpiresAt: now + 0.001, absoluteExpiresAt: now + 0.001 }
  for (const column of ['', '', 'ended_at = 1', 'idle_expires_at', 'absolute_expires_at']) {
    const session = newSession(user, soon)
    await sessions.begin(session, proof, audit())
    const change = column.endsWith('_at') ? `${column} = ${now}` : column
    if (change !== '') await run(`UPDATE sessions SET ${change} WHERE id = ?1`, session.id)
  }
  expect(await gauges.read(now)).toMatchObject({ liveSessions: 2 })
})

it('count the logout notices that are still worth sending', async () => {
  for (const [id, expiresAt] of [
    ['waits', now + 0.001],
    ['expired', now],
  ] as const) {
    const insert = `INSERT INTO logout_notices (id, client_id, sub, next_attempt_at, expires_at)
      VALUES (?1, ?2, 'a subject', 1, ?3)`
    await run(insert, id, client.id, expiresAt)
  }
  expect(await gauges.read(now)).toMatchObject({ waitingLogoutNotices: 1 })
})

it('count the revocations that wait for KV, from the oldest on', async () => {
  const before = await gauges.read(now)
  for (const at of [now - 5, now - 9, now - 7]) {
    const insert = 'INSERT INTO revocation_outbox (key, revoked_at, expires_at) VALUES (?1, ?2, ?3)'
    await run(insert, `rev:grant:${at}`, at, now + 900)
  }
  const after = await gauges.read(now)
  expect({ before, after }).toMatchObject({
    before: { waitingRevocations: 0, oldestRevocation: null },
    after: { waitingRevocations: 3, oldestRevocation: now - 9 },
  })
})

it('tell the size of the database in bytes', async () => {
  expect((await gauges.read(now)).databaseSize).toBeGreaterThanOrEqual(4096)
})
