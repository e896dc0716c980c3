// Consents: what is remembered and what is withdrawn. Of the version before: what is carried over, and
// that what is forgotten stays so for a version that is put back.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Client } from '../../src/core/clients/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newGrant, now, storeUser } from '../support/records.ts'

const { consents, clients, grants, userAdministration } = openStore(env)

const migrations = Object.values(
  import.meta.glob<string>('../../migrations/*.sql', {
    query: '?raw',
    import: 'default',
    eager: true,
  }),
).flatMap((text) => text.split('--> statement-breakpoint'))

const carryOver = migrations.filter((sql) => sql.includes('INSERT INTO `resource_consents`'))

const rememberedBefore = (
  userId: number,
  clientId: string,
  redirectUri: string,
  facts: { scope: string; remembered: number; grantedAt: number },
) =>
  env.DB.prepare('INSERT INTO consents VALUES (?1, ?2, ?3, ?4, ?5, ?6)').bind(
    ...[userId, clientId, redirectUri, facts.scope, facts.remembered, facts.grantedAt],
  )

describe('The migration', () => {
  it('carries over what was remembered, of all redirect URIs together, for no resource', async () => {
    const at = (scope: string, remembered: number, grantedAt: number) => ({
      ...{ scope, remembered, grantedAt },
    })
    await env.DB.batch([
      rememberedBefore(1, 'a', 'https://a.example/cb', at("openid read:it's[1]", 1, 20)),
      rememberedBefore(1, 'a', 'https://a.example/other', at('openid email', 1, 10)),
      rememberedBefore(1, 'a', 'com.example.a:/cb', at('openid write', 0, 5)),
      rememberedBefore(1, 'b', 'http://127.0.0.1/cb', at('openid', 0, 5)),
      rememberedBefore(2, 'a', 'https://a.example/cb', at('openid', 1, 30)),
    ])
    expect(carryOver).toHaveLength(1)
    await env.DB.batch(carryOver.map((sql) => env.DB.prepare(sql)))
    const { results } = await env.DB.prepare(
      'SELECT * FROM resource_consents ORDER BY user_id, client_id',
    ).all<{ scope: string }>()
    const rows = results.map(({ scope, ...row }) => ({ ...row, scope: scope.split(' ').sort() }))
    expect(rows).toEqual([
      {
        user_id: 1,
        client_id: 'a',
        resource: '',
        scope: ['email', 'openid', "read:it's[1]"],
        granted_at: 10,
      },
      { user_id: 2, client_id: 'a', resource: '', scope: ['openid'], granted_at: 30 },
    ])
  })
})

describe('Forgetting', () => {
  const left = async (clientId: string) =>
    env.DB.prepare(
      `SELECT (SELECT COUNT(*) FROM consents WHERE client_id = ?1) AS before,
         (SELECT COUNT(*) FROM resource_consents WHERE client_id = ?1) AS now`,
    )
      .bind(clientId)
      .first()

  async function consentedClient(): Promise<string> {
    const client = newClient()
    await clients.create(client, audit())
    await env.DB.batch([
      rememberedBefore(1, client.id, 'https://a.example/cb', {
        ...{ scope: 'openid', remembered: 1, grantedAt: 1 },
      }),
      env.DB.prepare(`INSERT INTO resource_consents VALUES (1, ?1, '', 'openid', 1)`).bind(
        client.id,
      ),
    ])
    return client.id
  }

  it('takes a withdrawn consent, and all of a deleted client, out of both tables', async () => {
    const [withdrawn, deleted] = [await consentedClient(), await consentedClient()]
    await consents.withdraw(1, withdrawn, null, audit())
    await clients.delete(deleted, audit())
    expect({ withdrawn: await left(withdrawn), deleted: await left(deleted) }).toEqual({
      withdrawn: { before: 0, now: 0 },
      deleted: { before: 0, now: 0 },
    })
  })
})

describe('A consent', () => {
  const answer = () => ({
    digest: randomSecret(),
    expiresAt: now + 100,
    operation: randomSecret(),
    now: now + 1,
  })
  const give = (userId: number, clientId: string, resource: string, scope: string, at = now) => {
    const given = { clientId, covered: [{ resource, scope }], grantedAt: at, described: null }
    return consents.grantFor(answer(), userId, given, audit())
  }
  const rowsOf = async (clientId: string) => {
    const query = `SELECT user_id, resource, scope, granted_at FROM resource_consents
      WHERE client_id = ?1 ORDER BY user_id, resource`
    return (await env.DB.prepare(query).bind(clientId).all()).results
  }

  it('adds what it allows to what was allowed, each word once, and keeps the first instant', async () => {
    const clientId = randomSecret()
    await give(1, clientId, 'https://a.example', 'openid read')
    await give(1, clientId, 'https://a.example', 'rea read write', now + 5)
    await give(1, clientId, 'https://a.example', 'read', now + 5)
    await give(1, clientId, 'https://b.example', 'read', now + 5)
    await give(2, clientId, 'https://a.example', 'read', now + 5)
    expect(await rowsOf(clientId)).toEqual([
      {
        user_id: 1,
        resource: 'https://a.example',
        scope: 'openid read rea write',
        granted_at: now,
      },
      { user_id: 1, resource: 'https://b.example', scope: 'read', granted_at: now + 5 },
      { user_id: 2, resource: 'https://a.example', scope: 'read', granted_at: now + 5 },
    ])
  })

  it('is remembered by its user and client, with a scope alone', async () => {
    const clientId = randomSecret()
    await give(1, clientId, 'https://a.example', 'read')
    await give(1, clientId, 'https://b.example', '')
    await give(2, clientId, 'https://c.example', 'read')
    await give(1, randomSecret(), 'https://d.example', 'read')
    expect(await consents.listRemembered(1, clientId)).toEqual([
      { resource: 'https://a.example', scope: 'read' },
    ])
  })

  it('is given once, with an event: a second answer to its screen gives nothing', async () => {
    const of = answer()
    const [clientId, first, second] = [randomSecret(), randomSecret(), randomSecret()]
    const giveBy = (operation: string, scope: string) => {
      const given = {
        clientId,
        covered: [{ resource: '', scope }],
        grantedAt: now,
        described: null,
      }
      return consents.grantFor({ ...of, operation }, 1, given, audit(operation))
    }
    const isGiven = { first: await giveBy(first, 'read'), second: await giveBy(second, 'write') }
    const events = async (requestId: string) =>
      env.DB.prepare('SELECT COUNT(*) AS count FROM audit_events WHERE request_id = ?1')
        .bind(requestId)
        .first('count')
    expect({
      isGiven,
      rows: await rowsOf(clientId),
      events: { first: await events(first), second: await events(second) },
    }).toMatchObject({
      isGiven: { first: true, second: false },
      rows: [{ scope: 'read' }],
      events: { first: 1, second: 0 },
    })
  })

  it('stores the client as its document describes it, with an event: a new one, and a changed one', async () => {
    const described = { ...newClient(), origin: 'cimd', documentDigest: 'a document' }
    const eventsBy = async (requestId: string, of: Client | null) => {
      const { id: clientId } = described
      const covered = [{ resource: '', scope: 'read' }]
      const given = { clientId, covered, grantedAt: now, described: of }
      await consents.grantFor(answer(), 1, given, audit(requestId))
      const query = 'SELECT kind FROM audit_events WHERE request_id = ?1 ORDER BY kind'
      const { results } = await env.DB.prepare(query).bind(requestId).all<{ kind: string }>()
      return results.map(({ kind }) => kind)
    }
    const undescribed = await eventsBy(randomSecret(), null)
    const before = await clients.find(described.id)
    expect({ undescribed, before }).toEqual({ undescribed: ['user.signed-out'], before: null })
    expect(await eventsBy(randomSecret(), described)).toEqual([
      'client.document-stored',
      'user.signed-out',
    ])
    const stored = await clients.find(described.id)
    expect(stored).toMatchObject({ documentDigest: 'a document' })
    const changed = { ...described, ...stored, documentDigest: 'another' }
    expect({
      changed: await eventsBy(randomSecret(), changed),
      earlier: await eventsBy(randomSecret(), described),
      documentDigest: (await clients.find(described.id))?.documentDigest,
    }).toEqual({
      changed: ['client.document-stored', 'user.signed-out'],
      earlier: ['user.signed-out'],
      documentDigest: 'another',
    })
  })

  it('is withdrawn for its user and client alone', async () => {
    const [clientId, other] = [randomSecret(), randomSecret()]
    await give(1, clientId, '', 'read')
    await give(2, clientId, '', 'read')
    await give(1, other, '', 'read')
    await consents.withdraw(1, clientId, null, audit())
    expect({ own: await rowsOf(clientId), other: await rowsOf(other) }).toMatchObject({
      own: [{ user_id: 2 }],
      other: [{ user_id: 1 }],
    })
  })
})

describe('The withdrawal of a consent', () => {
  const events = async (requestId: string) => {
    const query = 'SELECT 1 FROM audit_events WHERE request_id = ?1'
    return (await env.DB.prepare(query).bind(requestId).all()).results.length
  }

  /** Two grants of a user at a client, one at another client, and one of another user. */
  async function four() {
    const [user, other] = [await storeUser(userAdministration), await storeUser(userAdministration)]
    const [client, elsewhere] = [newClient(), newClient()]
    for (const each of [client, elsewhere]) await clients.create(each, audit())
    const open = async (of: typeof user, { id: clientId }: typeof client) => {
      const grant = newGrant({ userId: of.id, clientId })
      expect(await grants.open(grant, { user: of, provedBuckets: [] }, audit())).toBe('opened')
      return grant.id
    }
    const ids = {
      first: await open(user, client),
      second: await open(user, client),
      elsewhere: await open(user, elsewhere),
      ofOther: await open(other, client),
    }
    return { user, client, ids }
  }
  const isRevoked = async (id: string) =>
    (await env.DB.prepare('SELECT revoked_at FROM grants WHERE id = ?1')
      .bind(id)
      .first('revoked_at')) !== null
  const revoked = async (ids: Awaited<ReturnType<typeof four>>['ids']) => ({
    first: await isRevoked(ids.first),
    second: await isRevoked(ids.second),
    elsewhere: await isRevoked(ids.elsewhere),
    ofOther: await isRevoked(ids.ofOther),
  })

  it('ends all grants of the user at the client, or the one that is named', async () => {
    const [all, one] = [await four(), await four()]
    await consents.withdraw(all.user.id, all.client.id, null, audit())
    await consents.withdraw(one.user.id, one.client.id, one.ids.first, audit())
    expect({ all: await revoked(all.ids), one: await revoked(one.ids) }).toEqual({
      all: { first: true, second: true, elsewhere: false, ofOther: false },
      one: { first: true, second: false, elsewhere: false, ofOther: false },
    })
  })

  it('is noted where a grant lives or a consent is remembered, and nowhere else', async () => {
    const { user, client } = await four()
    const withdraw = async (userId: number, clientId: string) => {
      const requestId = randomSecret()
      await consents.withdraw(userId, clientId, null, audit(requestId))
      return events(requestId)
    }
    const bare = await storeUser(userAdministration)
    const insert = `INSERT INTO resource_consents VALUES (?1, ?2, '', 'openid', 1)`
    expect({
      noGrant: await withdraw(bare.id, client.id),
      otherClient: await withdraw(user.id, randomSecret()),
      grants: await withdraw(user.id, client.id),
      again: await withdraw(user.id, client.id),
    }).toEqual({ noGrant: 0, otherClient: 0, grants: 1, again: 0 })
    await env.DB.prepare(insert).bind(bare.id, client.id).run()
    expect({
      otherUser: await withdraw(user.id, client.id),
      otherClient: await withdraw(bare.id, randomSecret()),
      consent: await withdraw(bare.id, client.id),
    }).toEqual({ otherUser: 0, otherClient: 0, consent: 1 })
  })
})
