// Grants for a user whom an assertion names: whom it finds, what that user may have, and what must still
// stand. Each fact is set by hand, so that no other rule stands in for the one that is shown.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { User } from '../../src/core/people/storage.ts'
import type { AssertedGrant, AssertedSubject } from '../../src/core/tokens/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { Server, atCall } from '../support/faults.ts'
import { audit, newClient, newGrant, now, run, storeUser } from '../support/records.ts'

const { userAdministration, clients, grants } = openStore(env)

const someUser = (facts = {}) => storeUser(userAdministration, facts)
const client = newClient()
await clients.create(client, audit())

const grantOf = (facts: Partial<AssertedGrant> = {}): AssertedGrant => {
  const { userId: _, ...grant } = newGrant({ userId: 0, clientId: client.id }, facts)
  return { ...grant, scope: 'openid read write', ...facts }
}
const open = (grant: AssertedGrant, subject: AssertedSubject, requestId = 'a request') =>
  grants.openAsserted(grant, subject, audit(requestId))

/** Who has the grant, and its scope; null = there is no such grant. */
const rowOf = ({ id }: AssertedGrant) =>
  env.DB.prepare('SELECT user_id, scope FROM grants WHERE id = ?1').bind(id).first()
const eventsOf = async (requestId: string) => {
  const query = 'SELECT user_id FROM audit_events WHERE request_id = ?1'
  return (await env.DB.prepare(query).bind(requestId).all()).results
}

const bySub = ({ sub }: User) => ({ subject: sub, foldedName: '' })
const byName = ({ username }: User) => ({
  subject: username ?? '',
  foldedName: (username ?? '').toLowerCase(),
})

/** A provider that is trusted for assertions, and a link of each of several users to it. */
async function linked(users: User[]) {
  const [issuer, providerId] = [`https://${randomSecret(8)}.example`, randomSecret(8)]
  await run(
    `INSERT INTO providers (id, issuer, configuration, created_at, updated_at)
     VALUES (?1, ?2, '{"assertions":true}', 1, 1)`,
    providerId,
    issuer,
  )
  const subjects: AssertedSubject[] = []
  for (const user of users) {
    const subject = randomSecret(8)
    await link(user, issuer, subject)
    subjects.push({ providerId, issuer, subject })
  }
  return { issuer, providerId, subjects }
}
const link = ({ id }: User, issuer: string, subject: string) =>
  run(
    `INSERT INTO provider_links (issuer, subject, user_id, created_at) VALUES (?1, ?2, ?3, 1)`,
    issuer,
    subject,
    id,
  )

describe('An assertion that names a user', () => {
  it('opens a grant of that user, by identifier and by name, with one event', async () => {
    await someUser()
    const user = await someUser()
    await someUser()
    const requestId = randomSecret()
    for (const subject of [bySub(user), byName(user)]) {
      const grant = grantOf()
      expect(await open(grant, subject, requestId)).toMatchObject({
        outcome: 'opened',
        scope: ['openid', 'read', 'write'],
        user: { id: user.id },
      })
      expect(await rowOf(grant)).toEqual({ user_id: user.id, scope: 'openid read write' })
    }
    expect(await eventsOf(requestId)).toEqual([{ user_id: user.id }, { user_id: user.id }])
  })

  it('finds nobody by a name that is written differently, nor by one that is another’s login name', async () => {
    const [user, other] = [await someUser(), await someUser()]
    const written = byName(user)
    const requestId = randomSecret()
    const grant = grantOf()
    const subject = written.subject.toUpperCase()
    expect({
      differently: await open(grant, { ...written, subject }, requestId),
      loginNameOfOther: await open(
        grant,
        { ...written, foldedName: byName(other).foldedName },
        requestId,
      ),
      none: await open(grant, { subject: 'none', foldedName: written.foldedName }, requestId),
    }).toEqual({
      differently: { outcome: 'refused' },
      loginNameOfOther: { outcome: 'refused' },
      none: { outcome: 'refused' },
    })
    expect({ grant: await rowOf(grant), events: await eventsOf(requestId) }).toEqual({
      grant: null,
      events: [],
    })
  })

  it.each([
    ['is disabled', 'disabled_at = 1'],
    ['has asked for the deletion of the account', `delete_at = ${now + 1000}`],
  ])('finds nobody where the user %s', async (_what, columns) => {
    const user = await someUser()
    await run(`UPDATE users SET ${columns} WHERE id = ?1`, user.id)
    expect(await open(grantOf(), bySub(user))).toEqual({ outcome: 'refused' })
  })

  it('counts for nothing where all of the user ended after it', async () => {
    const user = await someUser()
    const at = async (notBefore: number) => {
      await run('UPDATE users SET not_before = ?1 WHERE id = ?2', notBefore, user.id)
      return open(grantOf(), bySub(user))
    }
    expect(await at(now)).toMatchObject({ outcome: 'opened' })
    expect(await at(now + 0.001)).toEqual({ outcome: 'too early', notBefore: now + 0.001 })
  })
})

describe('The scope of a grant', () => {
  it.each<[string, string | null, string[]]>([
    ['anything', null, ['openid', 'read', 'write']],
    ['a part of it, by whole names', 'write openid other readable', ['openid', 'write']],
    ['all of it and more', 'openid read write other', ['openid', 'read', 'write']],
  ])('is what the user may have: %s', async (_what, scope, expected) => {
    const user = await someUser({ scope })
    const grant = grantOf()
    expect(await open(grant, bySub(user))).toMatchObject({ outcome: 'opened', scope: expected })
    expect(await rowOf(grant)).toEqual({ user_id: user.id, scope: expected.join(' ') })
  })

  it('is none where the user may have nothing of it: there is no grant, and no event', async () => {
    const user = await someUser({ scope: 'other' })
    const [grant, requestId] = [grantOf(), randomSecret()]
    expect(await open(grant, bySub(user), requestId)).toEqual({ outcome: 'no scope' })
    await run('UPDATE users SET not_before = ?1 WHERE id = ?2', now, user.id)
    expect(await open(grant, bySub(user), requestId)).toEqual({ outcome: 'no scope' })
    expect({ grant: await rowOf(grant), events: await eventsOf(requestId) }).toEqual({
      grant: null,
      events: [],
    })
  })
})

describe('An assertion of a provider', () => {
  it('opens a grant of the user to whom its subject is linked', async () => {
    const [before, user, after] = [await someUser(), await someUser(), await someUser()]
    const { subjects } = await linked([before, user, after])
    const [, subject] = subjects
    const grant = grantOf()
    if (subject !== undefined) await open(grant, subject)
    expect(await rowOf(grant)).toMatchObject({ user_id: user.id })
  })

  it('finds nobody by a subject of another provider, nor by one that no user has', async () => {
    const user = await someUser()
    const [{ issuer, providerId, subjects }, other] = [await linked([user]), await linked([user])]
    const [theirs] = other.subjects
    const subject = theirs?.subject ?? ''
    expect({
      subjectOfOther: await open(grantOf(), { providerId, issuer, subject }),
      issuerOfOther: await open(grantOf(), { providerId, issuer: other.issuer, subject }),
      noProvider: await open(grantOf(), { providerId: 'none', issuer: other.issuer, subject }),
      noSubject: await open(grantOf(), { providerId, issuer, subject: 'none' }),
    }).toEqual({
      subjectOfOther: { outcome: 'refused' },
      issuerOfOther: { outcome: 'refused' },
      noProvider: { outcome: 'refused' },
      noSubject: { outcome: 'refused' },
    })
    expect(subjects).toHaveLength(1)
  })

  it.each([
    ['is disabled', 'disabled_at = 1'],
    ['is not trusted for assertions', `configuration = '{"assertions":false}'`],
    ['says nothing about assertions', `configuration = '{}'`],
  ])('finds nobody where the provider %s', async (_what, columns) => {
    const user = await someUser()
    const { providerId, subjects } = await linked([user])
    await run(`UPDATE providers SET ${columns} WHERE id = ?1`, providerId)
    const [subject] = subjects
    const grant = grantOf()
    if (subject !== undefined) {
      expect(await open(grant, subject)).toEqual({ outcome: 'refused' })
    }
    expect(await rowOf(grant)).toBe(null)
  })
})

describe('An assertion whose batch has an unknown outcome', () => {
  const server = new Server()
  const store = openStore(server.env).grants

  it('has opened a grant where there is one, and has failed where there is none', async () => {
    const user = await someUser()
    server.plan(atCall(0, 'fails after the commit'))
    expect(await store.openAsserted(grantOf(), bySub(user), audit())).toMatchObject({
      outcome: 'opened',
    })
    server.plan(atCall(0, 'fails'))
    await expect(store.openAsserted(grantOf(), bySub(user), audit())).rejects.toMatchObject({
      status: 503,
    })
  })
})
