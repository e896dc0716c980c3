// What must still stand when a code becomes a grant, a grant is opened or a token is taken: one fact is
// set by hand each time, so that no other rule stands in for the one that is shown.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import type { User } from '../../src/core/people/storage.ts'
import type { CodeRedemption, NewGrant } from '../../src/core/tokens/storage.ts'
import { resetPassword } from '../../src/crypto/stored-password.ts'
import { openStore } from '../../src/store/open.ts'
import {
  audit,
  newClient,
  newGrant,
  newSession,
  now,
  redemptionOf,
  rotationOf,
  storeUser,
} from '../support/records.ts'

const { userAdministration, clients, grants, sessions } = openStore(env)

const run = (query: string, ...values: (string | number | null)[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()

afterEach(() => run('DELETE FROM epoch'))

const proofOf = (user: User) => ({ user, provedBuckets: [] })

/** A user and a client of their own. */
async function both() {
  const user = await storeUser(userAdministration)
  const client = newClient()
  await clients.create(client, audit())
  return { user, clientId: client.id }
}

describe('A code that was issued a second ago', () => {
  const issued = now - 1

  /** What becomes of a code once a fact was set. */
  async function redeem(
    set: (ids: { userId: number; clientId: string }) => Promise<unknown>,
    facts: Partial<CodeRedemption> = {},
  ) {
    const { user, clientId } = await both()
    const ids = { userId: user.id, clientId }
    await set(ids)
    return (await grants.redeem(redemptionOf(newGrant(ids), facts), audit())).outcome
  }
  const setUser = (columns: string) => (ids: { userId: number }) =>
    run(`UPDATE users SET ${columns} WHERE id = ?1`, ids.userId)
  const setClient = (columns: string) => (ids: { clientId: string }) =>
    run(`UPDATE clients SET ${columns} WHERE id = ?1`, ids.clientId)

  it.each([
    ['its user is disabled', setUser('disabled_at = 1'), 'refused'],
    ['all of its user ended at that instant', setUser(`not_before = ${issued}`), 'refused'],
    ['all of its user ended before', setUser(`not_before = ${issued - 0.001}`), 'redeemed'],
    ['its client is disabled', setClient('disabled_at = 1'), 'refused'],
    ['all of its client ended at that instant', setClient(`not_before = ${issued}`), 'refused'],
    ['all of its client ended before', setClient(`not_before = ${issued - 0.001}`), 'redeemed'],
    ['codes of its client ended then', setClient(`codes_not_before = ${issued}`), 'refused'],
    ['they ended before', setClient(`codes_not_before = ${issued - 0.001}`), 'redeemed'],
    ['its client was made at that instant', setClient(`created_at = ${issued}`), 'redeemed'],
    ['its client was made after it', setClient(`created_at = ${issued + 0.001}`), 'refused'],
    ['its client has another document', setClient("document_digest = 'another'"), 'refused'],
    ['the epoch began at that instant', () => epochAt(issued), 'refused'],
    ['the epoch began before', () => epochAt(issued - 0.001), 'redeemed'],
  ])('where %s: %s', async (_what, set, outcome) => {
    expect(await redeem(set)).toBe(outcome)
  })

  const epochAt = (at: number) => run('INSERT INTO epoch (id, not_before) VALUES (1, ?1)', at)

  const consents =
    (facts: { of?: 'another user' | 'another client'; resource?: string; at?: number }) =>
    async ({ userId, clientId }: { userId: number; clientId: string }) => {
      const other = await both()
      const { of, resource = 'https://b.example', at = issued } = facts
      const insert = `INSERT INTO resource_consents (user_id, client_id, resource, scope, granted_at)
        VALUES (?1, ?2, ?3, '', ?4)`
      const user = of === 'another user' ? other.user.id : userId
      const client = of === 'another client' ? other.clientId : clientId
      await run(insert, userId, clientId, 'https://a.example', issued)
      await run(insert, user, client, resource, at)
    }

  it.each([
    ['for both resources', consents({}), 'redeemed'],
    ['of another user for one of them', consents({ of: 'another user' }), 'refused'],
    ['of another client for one of them', consents({ of: 'another client' }), 'refused'],
    ['for another resource', consents({ resource: 'https://c.example' }), 'refused'],
    ['that was withdrawn and given again since', consents({ at: issued + 0.001 }), 'refused'],
  ])('with a consent %s: %s', async (_what, set, outcome) => {
    const consentResources = ['https://a.example', 'https://b.example']
    expect(await redeem(set, { consentResources })).toBe(outcome)
  })

  it.each([
    ['lives', 'id = id', 'redeemed'],
    ['has ended', 'ended_at = 1', 'refused'],
    ['is past its absolute expiry', `absolute_expires_at = ${now}`, 'refused'],
    ['expires after this instant', `absolute_expires_at = ${now + 0.001}`, 'redeemed'],
  ])('whose session %s: %s', async (_what, columns, outcome) => {
    const { user, clientId } = await both()
    const [session, other] = [newSession(user), newSession(user)]
    for (const each of [session, other]) await sessions.begin(each, proofOf(user), audit())
    await run(`UPDATE sessions SET ${columns} WHERE id = ?1`, session.id)
    const grant = newGrant({ userId: user.id, clientId }, { sessionId: session.id })
    const redemption = redemptionOf(grant, { sessionRequired: true })
    expect((await grants.redeem(redemption, audit())).outcome).toBe(outcome)
  })
})

describe('A user who has proved a password', () => {
  const meanwhile = async (columns: string, passwordHash = 'a hash') => {
    const { user, clientId } = await both()
    await run('UPDATE users SET password_hash = ?1 WHERE id = ?2', passwordHash, user.id)
    await run(`UPDATE users SET ${columns} WHERE id = ?1`, user.id)
    const grant = newGrant({ userId: user.id, clientId })
    return grants.open(grant, proofOf({ ...user, passwordHash }), audit())
  }
  const later = `updated_at = ${now}`

  it.each([
    ['changed nothing', 'id = id', 'opened'],
    ['changed the name', later, 'opened'],
    ['changed the password', `${later}, password_hash = 'another'`, 'refused'],
    ['has a better hash of it', `password_hash = 'a better one'`, 'opened'],
    ['asked for the deletion of the account', `${later}, delete_at = ${now + 1}`, 'refused'],
    ['had asked for that before', `delete_at = ${now + 1}`, 'opened'],
    ['was disabled', 'disabled_at = 1', 'refused'],
  ])('and %s meanwhile: %s', async (_what, columns, outcome) => {
    expect(await meanwhile(columns)).toBe(outcome)
  })

  it('is not told apart by the text that stands for a reset password', async () => {
    expect(await meanwhile(later, resetPassword)).toBe('refused')
  })
})

describe('A grant and what it ends with', () => {
  /** Whether a grant is refreshed once a fact was set, of what it ends with or its own. */
  async function isRefreshed(
    set: (ids: { grant: NewGrant; parent: NewGrant }) => Promise<unknown>,
  ): Promise<boolean> {
    const { user, clientId } = await both()
    const parent = newGrant({ userId: user.id, clientId })
    const grant = newGrant({ userId: user.id, clientId }, { endsWith: parent.id })
    for (const each of [parent, grant]) await grants.open(each, proofOf(user), audit())
    await set({ grant, parent })
    return (await grants.rotate(rotationOf(grant))).refreshed
  }
  const expiries = 'UPDATE grants SET idle_expires_at = ?1, access_expires_at = ?2 WHERE id = ?3'

  it.each([
    ['has an access token left', now + 10, now + 11, true],
    ['has a refresh token left', now + 11, now + 10, true],
    ['has neither', now + 10, now + 10, false],
  ])('counts while the other one %s', async (_what, idle, access, expected) => {
    expect(await isRefreshed(({ parent }) => run(expiries, idle, access, parent.id))).toBe(expected)
  })

  it('does not count where the other one is another user’s', async () => {
    const { user } = await both()
    const move = 'UPDATE grants SET user_id = ?1 WHERE id = ?2'
    expect(await isRefreshed(({ parent }) => run(move, user.id, parent.id))).toBe(false)
  })

  it.each([
    ['its user', 'UPDATE users SET not_before = ?1 WHERE id = ?2', 'userId'],
    ['its client', 'UPDATE clients SET not_before = ?1 WHERE id = ?2', 'clientId'],
    ['the making of its client', 'UPDATE clients SET created_at = ?1 WHERE id = ?2', 'clientId'],
  ] as const)('that was made at the instant of %s counts', async (_what, query, id) => {
    expect({
      at: await isRefreshed(({ grant }) => run(query, grant.createdAt, grant[id])),
      after: await isRefreshed(({ grant }) => run(query, grant.createdAt + 0.001, grant[id])),
    }).toEqual({ at: true, after: false })
  })

  it('that was made at the instant of the epoch counts', async () => {
    const raise = 'INSERT INTO epoch (id, not_before) VALUES (1, ?1)'
    expect(await isRefreshed(({ grant }) => run(raise, grant.createdAt))).toBe(true)
  })
})
