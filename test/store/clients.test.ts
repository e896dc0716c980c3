// Clients in D1: what a change writes and of whom, which a list shows, and what a deletion leaves.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Client, ClientChange, ClientFilter } from '../../src/core/clients/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { Server, atCall } from '../support/faults.ts'
import { audit, newClient, newGrant, now, run, storeUser } from '../support/records.ts'

const { clients, grants, userAdministration } = openStore(env)

const eventsOf = (requestId: string) =>
  env.DB.prepare('SELECT COUNT(*) AS count FROM audit_events WHERE request_id = ?1')
    .bind(requestId)
    .first('count')
const rowOf = (id: string) => env.DB.prepare('SELECT * FROM clients WHERE id = ?1').bind(id).first()
const outboxOf = (key: string) =>
  env.DB.prepare('SELECT revoked_at FROM revocation_outbox WHERE key = ?1').bind(key).first()

const clientOf = (metadata: Partial<Client['metadata']>, facts: Partial<Client> = {}): Client => {
  const plain = newClient(facts)
  return { ...plain, metadata: { ...plain.metadata, ...metadata } }
}
async function stored(metadata: Partial<Client['metadata']> = {}, facts: Partial<Client> = {}) {
  const client = clientOf(metadata, facts)
  expect(await clients.create(client, audit())).toBe('created')
  return client
}
const change = (
  { id }: Client,
  made: ClientChange | null,
  facts: { at?: number; requestId?: string } = {},
) => clients.change(id, () => made, { ...audit(facts.requestId), at: facts.at ?? now })

describe('A client that is created', () => {
  it('is found by its id, and is an event; a second one of that id is neither', async () => {
    await stored()
    const [client, first, second] = [
      clientOf({ client_name: 'One' }),
      randomSecret(),
      randomSecret(),
    ]
    const other = clientOf({ client_name: 'Other' }, { id: client.id })
    expect({
      outcomes: {
        first: await clients.create(client, audit(first)),
        second: await clients.create(other, audit(second)),
      },
      found: await clients.find(client.id),
      none: await clients.find('none'),
      events: { first: await eventsOf(first), second: await eventsOf(second) },
    }).toEqual({
      outcomes: { first: 'created', second: 'taken' },
      found: client,
      none: null,
      events: { first: 1, second: 0 },
    })
  })

  it.each([
    ['its secret: created', 'a digest', 'a digest', 'created'],
    ['another secret: failed', 'a digest', 'another digest', 'failed'],
    ['no secret: failed', null, null, 'failed'],
  ])('with an unknown outcome, where the row has %s', async (_what, own, theirs, expected) => {
    const server = new Server()
    const store = openStore(server.env).clients
    const client = clientOf({}, { secretDigest: own })
    await clients.create({ ...client, secretDigest: theirs }, audit())
    server.plan(atCall(0, 'fails'))
    const outcome = await store.create(client, audit()).catch(() => 'failed')
    expect(outcome).toBe(expected)
  })

  it('with an unknown outcome, where there is no row: failed', async () => {
    const server = new Server()
    const store = openStore(server.env).clients
    server.plan(atCall(0, 'fails'))
    const creating = store.create(clientOf({}, { secretDigest: 'a digest' }), audit())
    await expect(creating).rejects.toMatchObject({ status: 503 })
  })
})

describe('A client that is changed', () => {
  it('is what the change says, in each column, and no other is', async () => {
    const [before, client, after] = [await stored(), await stored(), await stored()]
    const made = {
      secretDigest: 'a digest',
      previousSecretDigest: 'the one before',
      metadata: { ...client.metadata, client_name: 'A name' },
      disabledAt: now,
      notBefore: now - 5,
      registrationTokenDigest: 'a token',
      previousRegistrationTokenDigest: 'the token before',
      previousRegistrationTokenExpiresAt: now + 5,
      softwareStatement: 'a statement',
      documentDigest: 'a document',
    }
    const requestId = randomSecret()
    const changed = await change(client, made, { requestId })
    expect(changed).toEqual({ ...client, ...made, updatedAt: now })
    expect({
      found: await clients.find(client.id),
      before: await clients.find(before.id),
      after: await clients.find(after.id),
      events: await eventsOf(requestId),
      told: await outboxOf(`rev:client-record:${client.id}`),
      toldOfAfter: await outboxOf(`rev:client-record:${after.id}`),
    }).toEqual({
      ...{ found: changed, before, after, events: 1 },
      ...{ told: { revoked_at: now }, toldOfAfter: null },
    })
  })

  it('is left as it is, without an event, where nothing is to be changed', async () => {
    const client = await stored()
    const requestId = randomSecret()
    expect({
      changed: await change(client, null, { requestId }),
      events: await eventsOf(requestId),
      found: await clients.find(client.id),
    }).toEqual({ changed: client, events: 0, found: client })
  })

  it('is none that is not there', async () => {
    expect(await change(newClient(), {})).toBe(null)
  })

  it('is none that is deleted meanwhile, and there is no event', async () => {
    const client = await stored()
    const requestId = randomSecret()
    const server = new Server()
    server.plan(async (_call, nth) => {
      if (nth === 1) await run('DELETE FROM clients WHERE id = ?1', client.id)
      return null
    })
    const store = openStore(server.env).clients
    expect(await store.change(client.id, () => ({}), audit(requestId))).toBe(null)
    expect(await eventsOf(requestId)).toBe(0)
  })

  it('is changed as it is stored: what another change wrote meanwhile is seen', async () => {
    const client = await stored()
    const server = new Server()
    server.plan(async (_call, nth) => {
      if (nth === 1) await change(client, { documentDigest: 'theirs' })
      return null
    })
    const seen: (string | null)[] = []
    const decide = ({ documentDigest }: Client) => {
      seen.push(documentDigest)
      return { softwareStatement: 'ours' }
    }
    const changed = await openStore(server.env).clients.change(client.id, decide, audit())
    expect(changed).toMatchObject({ documentDigest: 'theirs', softwareStatement: 'ours' })
    expect(seen).toEqual([null, 'theirs'])
  })

  it('is a later version, also where the clock was set back', async () => {
    const client = await stored({}, { updatedAt: now + 50 })
    expect(await change(client, {})).toMatchObject({ updatedAt: now + 50.001 })
  })

  it('never counts for less, and tells KV only where it counts for more', async () => {
    const client = await stored({}, { notBefore: now - 9 })
    const key = `rev:client:${client.id}`
    const lowered = await change(client, { notBefore: now - 20 })
    const kept = await change(client, { notBefore: now - 9 })
    const untold = await outboxOf(key)
    const raised = await change(client, { notBefore: now - 3 })
    expect({ lowered, kept, untold, raised, told: await outboxOf(key) }).toMatchObject({
      lowered: { notBefore: now - 9 },
      kept: { notBefore: now - 9 },
      untold: null,
      raised: { notBefore: now - 3 },
      told: { revoked_at: now - 3 },
    })
  })

  it('keeps the longest lifetime of access tokens that it ever had', async () => {
    const client = await stored({ access_token_ttl: 50 })
    const { metadata } = client
    const lifetimes = [(await rowOf(client.id))?.access_token_lifetime]
    for (const access_token_ttl of [30, 90, undefined]) {
      const { access_token_ttl: _, ...rest } = metadata
      const next = access_token_ttl === undefined ? rest : { ...rest, access_token_ttl }
      await change(client, { metadata: next })
      lifetimes.push((await rowOf(client.id))?.access_token_lifetime)
    }
    const none = await stored()
    await change(none, {})
    expect({ lifetimes, none: (await rowOf(none.id))?.access_token_lifetime }).toEqual({
      lifetimes: [50, 50, 90, 90],
      none: null,
    })
  })

  it('ends its codes where one of its redirect URIs goes, and no others', async () => {
    const uris = ['https://a.example/cb', 'https://b.example/cb']
    const [client, other] = [await stored({ redirect_uris: uris }), await stored()]
    const codesOf = async (id: string) => (await rowOf(id))?.codes_not_before
    const set = async (redirect_uris: string[]) => {
      await change(client, { metadata: { ...client.metadata, redirect_uris } })
      return codesOf(client.id)
    }
    const added = await set([...uris, 'https://c.example/cb'])
    const gone = await set([...uris.slice(1), 'https://c.example/cb'])
    const { updatedAt } = (await clients.find(client.id)) ?? {}
    expect({ added, gone, other: await codesOf(other.id) }).toEqual({
      added: 0,
      gone: updatedAt,
      other: 0,
    })
  })
})

describe('The longest lifetime of access tokens', () => {
  it('is that of all clients, and 0 where none has one', async () => {
    await run('DELETE FROM clients')
    const none = await clients.longestAccessTokenLifetime()
    await stored()
    const without = await clients.longestAccessTokenLifetime()
    for (const access_token_ttl of [70, 90, 80]) await stored({ access_token_ttl })
    const longest = await clients.longestAccessTokenLifetime()
    expect({ none, without, longest }).toEqual({ none: 0, without: 0, longest: 90 })
  })
})

describe('A list of clients', () => {
  /** The ids of each page. */
  async function pagesOf(filter: ClientFilter, limit = 2): Promise<string[][]> {
    const pages: string[][] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof clients.list>> = await clients.list(
        filter,
        limit,
        cursor,
      )
      pages.push(page.items.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== null && pages.length < 9)
    return pages
  }

  it('shows what the filter admits, page by page, by id or under a prefix by name', async () => {
    await run('DELETE FROM clients')
    const owned = { origin: 'dcr', ownerId: 7 }
    await stored({ client_name: 'Beta' }, { id: 'c' })
    await stored({ client_name: 'beta' }, { id: 'a', ...owned })
    await stored({ client_name: 'BETA', managed_by: 'ops' }, { id: 'b', origin: 'config' })
    await stored({ client_name: 'Alpha' }, { id: 'd', ...owned })
    await stored({ client_name: 'Beth', managed_by: 'dev' }, { id: 'e', origin: 'config' })
    await stored({ client_name: 'Bf' }, { id: 'f', origin: 'dcr', ownerId: 8 })
    await stored({}, { id: 'g' })
    expect({
      all: await pagesOf({}),
      prefix: await pagesOf({ prefix: 'bE' }, 1),
      none: await pagesOf({ prefix: 'bez' }),
      origin: await pagesOf({ origin: 'dcr' }),
      owner: await pagesOf({ ownerId: 7 }),
      ownerAndOtherOrigin: await pagesOf({ ownerId: 7, origin: 'admin' }),
      ownerAndOrigin: await pagesOf({ ownerId: 8, origin: 'dcr' }),
      manager: await pagesOf({ managedBy: 'ops' }),
      managerAndOrigin: await pagesOf({ managedBy: 'dev', origin: 'config' }),
      prefixAndOrigin: await pagesOf({ prefix: 'be', origin: 'config' }, 1),
      prefixAndOwner: await pagesOf({ prefix: 'b', ownerId: 7 }),
      prefixAndManager: await pagesOf({ prefix: 'be', managedBy: 'dev' }),
    }).toEqual({
      all: [['a', 'b'], ['c', 'd'], ['e', 'f'], ['g']],
      prefix: [['a'], ['b'], ['c'], ['e']],
      none: [[]],
      origin: [['a', 'd'], ['f']],
      owner: [['a', 'd']],
      ownerAndOtherOrigin: [[]],
      ownerAndOrigin: [['f']],
      manager: [['b']],
      managerAndOrigin: [['e']],
      prefixAndOrigin: [['b'], ['e']],
      prefixAndOwner: [['a']],
      prefixAndManager: [['e']],
    })
  })

  it('of an owner has the newest first, at most so many', async () => {
    await stored({}, { id: 'x1', ownerId: 77, createdAt: now })
    await stored({}, { id: 'x3', ownerId: 77, createdAt: now + 1 })
    await stored({}, { id: 'x2', ownerId: 77, createdAt: now + 1 })
    await stored({}, { id: 'x0', ownerId: 78, createdAt: now + 5 })
    const idsOf = async (most: number) => (await clients.listOfOwner(77, most)).map(({ id }) => id)
    expect({ all: await idsOf(9), two: await idsOf(2) }).toEqual({
      all: ['x2', 'x3', 'x1'],
      two: ['x2', 'x3'],
    })
  })
})

describe('A client that is deleted', () => {
  it('takes along its consents and notices, ends its grants, and nothing of another', async () => {
    const user = await storeUser(userAdministration)
    const used = async () => {
      const client = await stored()
      const grant = newGrant({ userId: user.id, clientId: client.id })
      await grants.open(grant, { user, provedBuckets: [] }, audit())
      await run(
        `INSERT INTO resource_consents (user_id, client_id, resource, scope, granted_at)
         VALUES (?1, ?2, '', 'read', 1)`,
        ...[user.id, client.id],
      )
      await run(
        `INSERT INTO logout_notices (id, client_id, sub, next_attempt_at, expires_at)
         VALUES (?2, ?1, 'sub', 1, 1)`,
        ...[client.id, randomSecret()],
      )
      return { client, grant }
    }
    const stateOf = async ({ client, grant }: Awaited<ReturnType<typeof used>>) => {
      const count = (table: string) =>
        env.DB.prepare(`SELECT COUNT(*) AS count FROM ${table} WHERE client_id = ?1`)
          .bind(client.id)
          .first('count')
      return {
        found: (await clients.find(client.id)) !== null,
        consents: await count('resource_consents'),
        notices: await count('logout_notices'),
        revoked: (await grants.find(grant.id, now))?.grant.revokedAt ?? null,
      }
    }
    const [own, other] = [await used(), await used()]
    const [first, second] = [randomSecret(), randomSecret()]
    expect({
      isDeleted: await clients.delete(own.client.id, audit(first)),
      again: await clients.delete(own.client.id, audit(second)),
      own: await stateOf(own),
      other: await stateOf(other),
      events: await eventsOf(first),
      eventsOfAgain: await eventsOf(second),
    }).toEqual({
      isDeleted: true,
      again: false,
      own: { found: false, consents: 0, notices: 0, revoked: now },
      other: { found: true, consents: 1, notices: 1, revoked: null },
      events: 1,
      eventsOfAgain: 0,
    })
  })
})
