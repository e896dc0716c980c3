// Which grants a revocation ends, and what the outbox tells KV of it, each rule by itself.
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { NewGrant } from '../../src/core/tokens/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newGrant, now, storeUser } from '../support/records.ts'

const { userAdministration, clients, grants, heldGrants, epoch } = openStore(env)

const run = (query: string, ...values: (string | number | null)[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()
const outbox = async () =>
  (await env.DB.prepare('SELECT * FROM revocation_outbox ORDER BY key').all()).results
beforeEach(() => run('DELETE FROM revocation_outbox'))

const user = await storeUser(userAdministration)
async function someClient(): Promise<string> {
  const client = newClient()
  await clients.create(client, audit())
  return client.id
}
const clientId = await someClient()

async function open(facts: Partial<NewGrant> = {}): Promise<NewGrant> {
  const grant = newGrant({ userId: user.id, clientId, ...facts }, facts)
  expect(await grants.open(grant, { user, provedBuckets: [] }, audit())).toBe('opened')
  return grant
}
const revokedOf = async ({ id }: NewGrant) =>
  env.DB.prepare('SELECT revoked_at, revoked_reason FROM grants WHERE id = ?1').bind(id).first()
const revoked = { revoked_at: now, revoked_reason: 'user.signed-out' }
const alive = { revoked_at: null, revoked_reason: null }

describe('The end of a grant', () => {
  it('ends what was made with it, and neither what that made nor any other', async () => {
    const parent = await open()
    const child = await open({ endsWith: parent.id })
    const other = await open({ endsWith: randomSecret(16) })
    await grants.revoke(parent.id, 'user.signed-out', audit())
    expect([await revokedOf(parent), await revokedOf(child), await revokedOf(other)]).toEqual([
      revoked,
      revoked,
      alive,
    ])
    const keys = (await outbox()).map(({ key }) => key)
    expect(keys).toEqual([`rev:grant:${parent.id}`, `rev:grant:${child.id}`].toSorted())
  })

  it('keeps the instant and the reason of the first one', async () => {
    const grant = await open()
    await grants.revoke(grant.id, 'user.signed-out', audit())
    await grants.revoke(grant.id, 'user.deleted', { ...audit(), at: now + 9 })
    expect(await revokedOf(grant)).toEqual(revoked)
  })

  it.each<[string, Partial<NewGrant>, number | null]>([
    ['its refresh token expires, where that is later', {}, now + 1060],
    ['its access token expires, where that is later', { accessExpiresAt: now + 2000 }, now + 2060],
    ['its access token expires, without a refresh token', { refreshDigest: null }, now + 660],
    ['a minute ago: not at all', { idleExpiresAt: now - 60, accessExpiresAt: now - 60 }, null],
    ['less than that', { idleExpiresAt: now - 60, accessExpiresAt: now - 59 }, now + 1],
  ])('is told to KV until %s', async (_what, facts, expiresAt) => {
    const grant = await open({ createdAt: now - 900, ...facts })
    await grants.revoke(grant.id, 'user.signed-out', audit())
    const row = { key: `rev:grant:${grant.id}`, revoked_at: now, expires_at: expiresAt }
    expect(await outbox()).toEqual(expiresAt === null ? [] : [row])
  })

  it('is for its user alone', async () => {
    const grant = await open()
    const other = await storeUser(userAdministration)
    const endFor = (userId: number) =>
      heldGrants.revokeOfUser(grant.id, userId, 'user.signed-out', audit())
    expect({ told: await endFor(other.id), row: await revokedOf(grant) }).toEqual({
      told: false,
      row: alive,
    })
    expect({ told: await endFor(user.id), row: await revokedOf(grant) }).toEqual({
      told: true,
      row: revoked,
    })
  })
})

describe('The end of a token', () => {
  it('is told to KV for a minute longer than it lives, and the first one counts', async () => {
    const jti = randomSecret()
    await grants.revokeToken(jti, now + 600, audit())
    await grants.revokeToken(jti, now + 900, { ...audit(), at: now + 9 })
    expect(await outbox()).toEqual([
      { key: `rev:token:${jti}`, revoked_at: now, expires_at: now + 660 },
    ])
    const query = 'SELECT revoked_at, expires_at FROM revoked_tokens WHERE jti = ?1'
    expect(await env.DB.prepare(query).bind(jti).first()).toEqual({
      revoked_at: now,
      expires_at: now + 600,
    })
  })
})

describe('The end of all of a user', () => {
  it('ends every grant of that user alone, and is told until the last one ends, if revoked before', async () => {
    const own = await storeUser(userAdministration)
    const proof = { user: own, provedBuckets: [] }
    const made = [
      newGrant({ userId: own.id, clientId }),
      newGrant({ userId: own.id, clientId }, { idleExpiresAt: now + 3000 }),
    ]
    for (const grant of made) await grants.open(grant, proof, audit())
    const longest = newGrant({ userId: own.id, clientId }, { idleExpiresAt: now + 4000 })
    await grants.open(longest, proof, audit())
    await grants.revoke(longest.id, 'user.signed-out', { ...audit(), at: now - 1 })
    const others = await open()
    await run('DELETE FROM revocation_outbox')
    await userAdministration.change(own.id, () => ({}), true, audit())
    expect(await Promise.all(made.map(revokedOf))).toMatchObject([
      { revoked_at: now },
      { revoked_at: now },
    ])
    expect([await revokedOf(others), await revokedOf(longest)]).toMatchObject([
      alive,
      { revoked_at: now - 1 },
    ])
    expect(await outbox()).toEqual([
      { key: `rev:user:${own.sub}`, revoked_at: now, expires_at: now + 4060 },
    ])
  })
})

describe('What is told of a client', () => {
  const day = 86_400
  it.each([
    ['a day, where its tokens live shorter', 'access_token_lifetime = 600', 0, day],
    ['its longest token, where that lives longer', 'access_token_lifetime = 100000', 0, 100_000],
    [
      'its longest grant, where that lives longer',
      'access_token_lifetime = NULL',
      200_000,
      200_000,
    ],
  ])('lasts %s', async (_what, columns, idle, seconds) => {
    const own = await someClient()
    await run(`UPDATE clients SET ${columns} WHERE id = ?1`, own)
    await open({ clientId: own, idleExpiresAt: now + idle })
    await open({ idleExpiresAt: now + 900_000, absoluteExpiresAt: now + 900_000 })
    await run('DELETE FROM revocation_outbox')
    await clients.delete(own, audit())
    const [row] = (await outbox()).filter(({ key }) => key === `rev:client:${own}`)
    expect(row).toEqual({
      key: `rev:client:${own}`,
      revoked_at: now,
      expires_at: now + seconds + 60,
    })
  })

  it('is the end of its own grants alone', async () => {
    const own = await someClient()
    const [grant, other] = [await open({ clientId: own }), await open()]
    await clients.delete(own, audit())
    expect([await revokedOf(grant), await revokedOf(other)]).toMatchObject([
      { revoked_at: now },
      alive,
    ])
  })
})

describe('The epoch', () => {
  it('is told for as long as a refresh token may live, and only ever raised', async () => {
    await epoch.raise(now, audit())
    await epoch.raise(now - 50, audit())
    const told = { key: 'rev:epoch', revoked_at: now, expires_at: now + 31_536_060 }
    expect(await outbox()).toEqual([told])
    await run('DELETE FROM epoch')
  })
})
