// A grant as it is inserted: the columns of its row, from when on it counts, and what else is written in
// the batch that inserts it.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import type { Client } from '../../src/core/clients/storage.ts'
import type { User } from '../../src/core/people/storage.ts'
import type { NewGrant } from '../../src/core/tokens/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { invalidGrant } from '../../src/protocol/error.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newGrant, now, redemptionOf, storeUser } from '../support/records.ts'

const { userAdministration, clients, grants, epoch, usedIdentifiers } = openStore(env)

const run = (query: string, ...values: (string | number | null)[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()
afterEach(() => run('DELETE FROM epoch'))

const proofOf = (user: User, provedBuckets: string[] = []) => ({ user, provedBuckets })
async function both(metadata: Partial<Client['metadata']> = {}) {
  const user = await storeUser(userAdministration)
  const client = newClient()
  await clients.create({ ...client, metadata: { ...client.metadata, ...metadata } }, audit())
  return { user, of: { userId: user.id, clientId: client.id } }
}
const row = (table: string, column: string, value: string | number) =>
  env.DB.prepare(`SELECT * FROM ${table} WHERE ${column} = ?1`).bind(value).first()
const eventsOf = async (requestId: string) => {
  const query = 'SELECT 1 FROM audit_events WHERE request_id = ?1'
  return (await env.DB.prepare(query).bind(requestId).all()).results.length
}

describe('The row of a grant', () => {
  it.each([
    ['null where it names no resource', null, null],
    [
      'one key for each resource',
      'https://A.example https://b.example/x?y',
      'https://a.example/ https://b.example/x',
    ],
  ])('has for its resources %s', async (_what, resource, resource_keys) => {
    const { user, of } = await both()
    const grant = newGrant(of, { resource })
    await grants.open(grant, proofOf(user), audit())
    expect(await row('grants', 'id', grant.id)).toMatchObject({ resource, resource_keys })
  })
})

describe('A grant that is opened', () => {
  const open = ({ user, of }: Awaited<ReturnType<typeof both>>, facts: Partial<NewGrant> = {}) =>
    grants.open(newGrant(of, facts), proofOf(user), audit())

  it.each<[string, (of: { userId: number; clientId: string }, at: number) => Promise<unknown>]>([
    [
      'the user',
      ({ userId }, at) => run('UPDATE users SET not_before = ?1 WHERE id = ?2', at, userId),
    ],
    [
      'the client',
      ({ clientId }, at) => run('UPDATE clients SET not_before = ?1 WHERE id = ?2', at, clientId),
    ],
    ['everything', (_of, at) => run('INSERT INTO epoch (id, not_before) VALUES (1, ?1)', at)],
  ])('counts from the instant on at which all of %s ended, and not before', async (_what, end) => {
    const [first, second] = [await both(), await both()]
    await end(first.of, now)
    const at = await open(first)
    await run('DELETE FROM epoch')
    await end(second.of, now + 0.001)
    expect({ at, before: await open(second) }).toEqual({ at: 'opened', before: 'refused' })
  })

  it('is of a client that may have passwords, and of no other', async () => {
    expect({
      trusted: await open(await both()),
      untrusted: await open(await both({ trusted: false })),
    }).toEqual({ trusted: 'opened', untrusted: 'refused' })
  })

  it('is noted once as a sign-in, and clears the tries of what was proved', async () => {
    const { user, of } = await both()
    const [bucket, requestId] = [randomSecret(), randomSecret()]
    await run(
      'INSERT INTO sign_in_attempts (bucket, tries, window_started_at) VALUES (?1, 3, 1)',
      bucket,
    )
    await grants.open(newGrant(of), proofOf(user, [bucket]), audit(requestId))
    expect({
      events: await eventsOf(requestId),
      tries: await row('sign_in_attempts', 'bucket', bucket),
      user: await row('users', 'id', user.id),
    }).toMatchObject({ events: 1, tries: null, user: { last_signed_in_at: now } })
  })
})

describe('A code that is redeemed', () => {
  it('tells of its user, and is noted once, however often it is presented', async () => {
    await both()
    const { user, of } = await both()
    await both()
    const codeDigest = randomSecret()
    const [first, second] = [randomSecret(), randomSecret()]
    const redeem = (requestId: string) =>
      grants.redeem(redemptionOf(newGrant(of), { codeDigest }), audit(requestId))
    expect(await redeem(first)).toMatchObject({ outcome: 'redeemed', user: { id: user.id } })
    expect(await redeem(second)).toMatchObject({ outcome: 'replayed' })
    expect({ first: await eventsOf(first), second: await eventsOf(second) }).toEqual({
      first: 1,
      second: 0,
    })
  })

  it('a second time spends what the request spends: its proof is no use for another one', async () => {
    const { of } = await both()
    const codeDigest = randomSecret()
    const redeem = (digest: string) =>
      grants.redeem(redemptionOf(newGrant(of), { codeDigest }), audit(), [
        { digest, expiresAt: now + 100, refusal: () => invalidGrant('spent') },
      ])
    const [first, second] = [randomSecret(), randomSecret()]
    await redeem(first)
    expect(await redeem(second)).toMatchObject({ outcome: 'replayed' })
    expect({
      first: await usedIdentifiers.findUse(first),
      second: await usedIdentifiers.findUse(second),
    }).toEqual({ first: { operation: null }, second: { operation: null } })
  })
})

describe('The end of a grant', () => {
  it('is an event once, of a client’s grant and of a token', async () => {
    const { user, of } = await both()
    const grant = newGrant(of)
    await grants.open(grant, proofOf(user), audit())
    const jti = randomSecret()
    const [first, second] = [randomSecret(), randomSecret()]
    const [third, fourth] = [randomSecret(), randomSecret()]
    for (const requestId of [first, second]) {
      await grants.revokeToken(jti, now + 600, audit(requestId))
    }
    for (const requestId of [third, fourth]) {
      await grants.revokeOfClient(grant.id, of.clientId, 'user.signed-out', audit(requestId))
    }
    expect({
      token: await eventsOf(first),
      tokenAgain: await eventsOf(second),
      grant: await eventsOf(third),
      grantAgain: await eventsOf(fourth),
    }).toEqual({ token: 1, tokenAgain: 0, grant: 1, grantAgain: 0 })
  })
})

describe('The epoch', () => {
  it('is found, is an event, and is told to KV', async () => {
    const requestId = randomSecret()
    expect(await epoch.find()).toBe(0)
    await epoch.raise(now, audit(requestId))
    expect({
      found: await epoch.find(),
      events: await eventsOf(requestId),
      outbox: await row('revocation_outbox', 'key', 'rev:epoch'),
    }).toMatchObject({ found: now, events: 1, outbox: { revoked_at: now } })
  })
})
