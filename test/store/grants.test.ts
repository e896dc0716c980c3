import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../../src/core/clients/storage.ts'
import type { Proof, User } from '../../src/core/people/storage.ts'
import type { NewGrant, TokenFacts } from '../../src/core/tokens/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { Database } from '../../src/store/database.ts'
import { openRevocationLists } from '../../src/store/revocation-lists.ts'
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

const {
  userAdministration,
  passwords,
  account,
  clients,
  grants,
  sessions,
  epoch,
  revocationLists,
} = openStore(env)

const someUser = () => storeUser(userAdministration)
async function someClient(facts = {}): Promise<string> {
  const client = newClient(facts)
  await clients.create(client, audit())
  return client.id
}

const user = await someUser()
const clientId = await someClient()
const proofOf = (of: User): Proof => ({ user: of, provedBuckets: [] })

/** A grant of the user of this file. */
async function openGrant(facts: Partial<NewGrant> = {}): Promise<NewGrant> {
  const grant = newGrant({ userId: user.id, clientId }, facts)
  if ((await grants.open(grant, proofOf(user), audit())) !== 'opened') throw new Error('refused')
  return grant
}
const tenTimes = <Result>(work: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: 10 }, (_, index) => work(index)))

const outboxOf = async (grantId: string) => {
  const query = 'SELECT revoked_at, expires_at FROM revocation_outbox WHERE key = ?1'
  return (await env.DB.prepare(query).bind(`rev:grant:${grantId}`).all()).results
}

/** A token as KV is asked about it. */
const tokenOf = (facts: Partial<TokenFacts>): TokenFacts => ({
  kid: 'a key',
  grantId: randomSecret(16),
  clientId,
  grantClientId: facts.clientId ?? clientId,
  subject: randomSecret(),
  jti: randomSecret(),
  issuedAt: now,
  ...facts,
})

describe('rotate: the compare-and-set of a refresh', () => {
  it('of ten at once one rotates, and all see the row as it left it', async () => {
    const grant = await openGrant()
    const outcomes = await tenTimes(() => grants.rotate(rotationOf(grant)))
    expect(outcomes.filter(({ refreshed }) => refreshed)).toHaveLength(1)
    const { refreshDigest: previousDigest } = grant
    const rotated = { currentDigest: `the successor of ${previousDigest}`, previousDigest }
    for (const { found } of outcomes) expect(found).toMatchObject(rotated)
  })

  it('moves idle expiry on, never beyond the absolute one, and only ever raises the access expiry', async () => {
    const grant = await openGrant()
    const facts = { idleExpiresAt: now + 9000, accessExpiresAt: now + 1 }
    const { found } = await grants.rotate(rotationOf(grant, facts))
    expect(found?.grant).toMatchObject({
      generation: 1,
      idleExpiresAt: grant.absoluteExpiresAt,
      absoluteExpiresAt: grant.absoluteExpiresAt,
      accessExpiresAt: grant.accessExpiresAt,
    })
  })

  it.each([
    ['another digest', { presentedDigest: 'another' }, {}],
    ['another client', { clientId: 'another' }, {}],
    ['an idle expiry that has come', { now: now + 1000 }, {}],
    ['an absolute expiry that has come', { now: now + 5000 }, { idleExpiresAt: now + 9000 }],
  ])('does nothing for %s, and tells what is there', async (_what, facts, expiry) => {
    const grant = await openGrant(expiry)
    const { refreshed, found } = await grants.rotate(rotationOf(grant, facts))
    expect({ refreshed, generation: found?.grant.generation }).toEqual({
      refreshed: false,
      generation: 0,
    })
  })

  it('counts a retry once a generation, a row of them without end, and begins anew after a gap', async () => {
    const grant = await openGrant()
    const digests = [grant.refreshDigest ?? '', 'first', 'second', 'third', 'fourth']
    const retriedAfter = [true, false, true, true]
    const rounds: (number | undefined)[] = []
    for (const [generation, retried] of retriedAfter.entries()) {
      const [presentedDigest = '', successorDigest = ''] = digests.slice(generation)
      const step = { presentedDigest: presentedDigest, successorDigest: grant.id + successorDigest }
      if (generation > 0) step.presentedDigest = grant.id + presentedDigest
      const same = () => grants.rotate(rotationOf(grant, step))
      await same()
      const outcomes = retried ? await tenTimes(same) : []
      rounds.push(...new Set(outcomes.map(({ found }) => found?.retryRounds)))
    }
    expect(rounds).toEqual([1, 1, 2])
  })

  it('does not count what is presented outside of the grace or by another client', async () => {
    const grant = await openGrant()
    await grants.rotate(rotationOf(grant))
    const late = { retryable: { from: now + 11, until: now + 71, countedUntil: now + 71 } }
    const outcomes = [
      await grants.rotate(rotationOf(grant, late)),
      await grants.rotate(rotationOf(grant, { clientId: 'another' })),
    ]
    expect(outcomes.map(({ found }) => found?.retryRounds)).toEqual([0, 0])
  })

  it('does nothing for a grant that does not exist', async () => {
    const grant = newGrant({ userId: user.id, clientId })
    expect(await grants.rotate(rotationOf(grant))).toEqual({ refreshed: false, found: null })
  })

  it('does nothing for a disabled user or client, or one that was let in before', async () => {
    const disabled = await someUser()
    const closed = await someClient()
    const made = [
      newGrant({ userId: disabled.id, clientId }),
      newGrant({ userId: user.id, clientId: closed }),
      newGrant({ userId: user.id, clientId: closed }, { createdAt: now - 200 }),
    ]
    const proofs = [proofOf(disabled), proofOf(user), proofOf(user)]
    for (const [index, proof] of proofs.entries()) {
      const grant = made[index]
      if (grant !== undefined) expect(await grants.open(grant, proof, audit())).toBe('opened')
    }
    await userAdministration.change(disabled.id, () => ({ disabledAt: now }), false, audit())
    await clients.change(closed, () => ({ disabledAt: now }), audit())
    const outcomes = await Promise.all(made.map((grant) => grants.rotate(rotationOf(grant))))
    const seen = outcomes.map(({ refreshed, found }) => ({ refreshed, barred: found?.barred }))
    expect(seen).toEqual(made.map(() => ({ refreshed: false, barred: true })))
  })

  it('against ten revocations at once: afterwards the grant is dead, and nothing rotates', async () => {
    const grant = await openGrant()
    await Promise.all([
      tenTimes(() => grants.revoke(grant.id, 'user.signed-out', audit())),
      tenTimes(() => grants.rotate(rotationOf(grant))),
    ])
    const found = await grants.find(grant.id, now)
    const next = { presentedDigest: found?.currentDigest ?? '' }
    const { refreshed } = await grants.rotate(rotationOf(grant, next))
    expect({ revokedAt: found?.grant.revokedAt, refreshed }).toEqual({
      revokedAt: now,
      refreshed: false,
    })
  })
})

describe('open: a grant for somebody who has just proved who he is', () => {
  it.each([
    ['is disabled', { disabledAt: now }],
    ['has another password by now', { passwordHash: 'another hash' }],
  ])('refuses a user who %s, and leaves no row and no audit', async (_what, change) => {
    const own = await someUser()
    await userAdministration.change(own.id, () => change, false, { ...audit(), at: now + 1 })
    const grant = newGrant({ userId: own.id, clientId })
    const requestId = randomSecret()
    expect(await grants.open(grant, proofOf(own), audit(requestId))).toBe('refused')
    expect(await grants.find(grant.id, now)).toBeNull()
    const query = 'SELECT id FROM audit_events WHERE request_id = ?1'
    expect((await env.DB.prepare(query).bind(requestId).all()).results).toEqual([])
  })

  it('takes a user whose hash was only made better meanwhile', async () => {
    const own = await someUser()
    await passwords.upgrade(own.id, 'a hash', 'a better hash')
    const grant = newGrant({ userId: own.id, clientId })
    expect(await grants.open(grant, proofOf(own), audit())).toBe('opened')
  })

  it.each(['disabled', 'deleted'])('refuses a client that is %s', async (state) => {
    const closed = await someClient()
    if (state === 'deleted') await clients.delete(closed, audit())
    else await clients.change(closed, () => ({ disabledAt: now }), audit())
    const grant = newGrant({ userId: user.id, clientId: closed })
    expect(await grants.open(grant, proofOf(user), audit())).toBe('refused')
  })
})

describe('redeem: a code becomes a grant once', () => {
  it('of ten at once one is redeemed, nine are replays of it, and there is one row', async () => {
    const codeDigest = randomSecret()
    const outcomes = await tenTimes(() => {
      const grant = newGrant({ userId: user.id, clientId })
      return grants.redeem(redemptionOf(grant, { codeDigest }), audit())
    })
    const replays = outcomes.flatMap((one) => (one.outcome === 'replayed' ? [one.grantId] : []))
    const query = 'SELECT id FROM grants WHERE code_digest = ?1'
    const { results } = await env.DB.prepare(query).bind(codeDigest).all<{ id: string }>()
    expect(outcomes.filter(({ outcome }) => outcome === 'redeemed')).toHaveLength(1)
    expect(replays).toEqual(Array.from({ length: 9 }, () => results[0]?.id))
    expect(results).toHaveLength(1)
  })

  it.each([
    ['the user is disabled', { disabledAt: now }],
    ['the user was signed out everywhere after it was issued', { notBefore: now }],
  ])('refuses where %s', async (_what, change) => {
    const own = await someUser()
    await userAdministration.change(own.id, () => change, false, audit())
    const grant = newGrant({ userId: own.id, clientId })
    expect(await grants.redeem(redemptionOf(grant), audit())).toEqual({ outcome: 'refused' })
  })

  it.each([
    ['is disabled', { disabledAt: now }],
    ['was revoked after it was issued', { notBefore: now }],
    ['was made after it was issued', { createdAt: now }],
  ])('refuses where the client %s', async (_what, facts) => {
    const grant = newGrant({ userId: user.id, clientId: await someClient(facts) })
    expect(await grants.redeem(redemptionOf(grant), audit())).toEqual({ outcome: 'refused' })
  })

  it('refuses where a consent or a session is demanded that is not there', async () => {
    const demands = [{ consentResources: [''] }, { sessionRequired: true }]
    const outcomes = await Promise.all(
      demands.map((facts) => {
        const grant = newGrant({ userId: user.id, clientId }, { sessionId: randomSecret(16) })
        return grants.redeem(redemptionOf(grant, facts), audit())
      }),
    )
    expect(outcomes).toEqual([{ outcome: 'refused' }, { outcome: 'refused' }])
  })
})

describe('redeem: a code that a token of a grant made', () => {
  const redeemWith = async (endsWith: string) => {
    const grant = newGrant({ userId: user.id, clientId }, { endsWith })
    return (await grants.redeem(redemptionOf(grant), audit())).outcome
  }

  it('is redeemed while that grant stands, and not once it was revoked', async () => {
    const { id } = await openGrant()
    const outcomes = [await redeemWith(id)]
    await grants.revoke(id, 'user.signed-out', audit())
    outcomes.push(await redeemWith(id))
    expect(outcomes).toEqual(['redeemed', 'refused'])
  })

  it('is refused where that grant is another user’s, or none', async () => {
    const other = await someUser()
    const foreign = newGrant({ userId: other.id, clientId })
    expect(await grants.open(foreign, proofOf(other), audit())).toBe('opened')
    expect({ foreign: await redeemWith(foreign.id), unknown: await redeemWith('none') }).toEqual({
      foreign: 'refused',
      unknown: 'refused',
    })
  })
})

describe('barred: what ends a grant that nobody revoked', () => {
  /** A grant in a browser session, with a user, a client and a parent of its own. */
  async function someGrant(facts: Partial<NewGrant> = {}) {
    const own = await someUser()
    const session = newSession(own, { idleExpiresAt: now + 40, absoluteExpiresAt: now + 50 })
    expect(await sessions.begin(session, proofOf(own), audit())).toBe('begun')
    const parent = newGrant({ userId: own.id, clientId: await someClient() })
    expect(await grants.open(parent, proofOf(own), audit())).toBe('opened')
    const of = { userId: own.id, clientId: await someClient() }
    const grant = newGrant(of, { sessionId: session.id, endsWith: parent.id, ...facts })
    expect(await grants.open(grant, proofOf(own), audit())).toBe('opened')
    return { grant, parent }
  }

  /** Whether it counts at an instant, to each of those who ask. */
  async function counts(grant: NewGrant, instant = now + 10) {
    const { id, clientId } = grant
    const token = tokenOf({ grantId: id, clientId, issuedAt: instant })
    const { ended } = await grants.standing(token, instant)
    const found = await grants.find(id, instant)
    const { refreshed } = await grants.rotate(rotationOf(grant, { now: instant }))
    return { ended, barred: found?.barred, refreshed }
  }
  const alive = { ended: false, barred: false, refreshed: true }
  const dead = { ended: true, barred: true, refreshed: false }

  type Ids = { grant: NewGrant; parent: NewGrant }
  const run = (sql: string, ...values: (string | number | null)[]) =>
    env.DB.prepare(sql)
      .bind(...values)
      .run()
  const setUser = (column: string) => (ids: Ids) =>
    run(`UPDATE users SET ${column} = ?1 WHERE id = ?2`, now + 1, ids.grant.userId)
  const setClient = (column: string, of: keyof Ids) => (ids: Ids) =>
    run(`UPDATE clients SET ${column} = ?1 WHERE id = ?2`, now + 1, ids[of].clientId)
  const deleteClient = (of: keyof Ids) => (ids: Ids) =>
    run('DELETE FROM clients WHERE id = ?1', ids[of].clientId)

  it('nothing ends it while all that it stands on stands', async () => {
    expect(await counts((await someGrant()).grant)).toEqual(alive)
  })

  it.each([
    ['its user is disabled', setUser('disabled_at')],
    ['nothing of its user from before an instant counts', setUser('not_before')],
    ['its client is disabled', setClient('disabled_at', 'grant')],
    ['nothing of its client from before an instant counts', setClient('not_before', 'grant')],
    ['its client is another one of the same name', setClient('created_at', 'grant')],
    ['its client is gone', deleteClient('grant')],
    [
      'its session has ended',
      ({ grant }: Ids) => run('UPDATE sessions SET ended_at = 1 WHERE id = ?1', grant.sessionId),
    ],
    [
      'its session is gone',
      ({ grant }: Ids) => run('DELETE FROM sessions WHERE id = ?1', grant.sessionId),
    ],
    [
      'the grant it ends with was revoked',
      ({ parent }: Ids) => run('UPDATE grants SET revoked_at = 1 WHERE id = ?1', parent.id),
    ],
    [
      'the grant it ends with has expired',
      ({ parent }: Ids) =>
        run(
          'UPDATE grants SET idle_expires_at = ?1, access_expires_at = ?1 WHERE id = ?2',
          now + 10,
          parent.id,
        ),
    ],
    [
      'the grant it ends with is gone',
      ({ parent }: Ids) => run('DELETE FROM grants WHERE id = ?1', parent.id),
    ],
    ['the client of the grant it ends with is disabled', setClient('disabled_at', 'parent')],
    ['the client of the grant it ends with is gone', deleteClient('parent')],
  ])('where %s', async (_what, end) => {
    const ids = await someGrant()
    await end(ids)
    expect(await counts(ids.grant)).toEqual(dead)
  })

  it('where its session is past its absolute expiry, and not where it outlives the session', async () => {
    const { grant } = await someGrant()
    const { grant: offline } = await someGrant({ offline: true })
    expect({
      grant: await counts(grant, now + 50),
      offline: await counts(offline, now + 50),
    }).toEqual({ grant: dead, offline: alive })
  })

  it('where it is from before the epoch', async () => {
    const { grant } = await someGrant({ createdAt: now - 50 })
    await run('INSERT INTO epoch (id, not_before) VALUES (1, ?1)', now - 49)
    expect(await counts(grant)).toEqual(dead)
    await run('DELETE FROM epoch')
    expect(await counts(grant)).toEqual(alive)
  })
})

describe('raiseAccessExpiry: an access token more is given out', () => {
  const expiryOf = async (id: string) => (await grants.find(id, now))?.grant.accessExpiresAt

  it('is noted, and only ever raised', async () => {
    const { id } = await openGrant()
    const raise = async (to: number) => ({
      raised: await grants.raiseAccessExpiry(id, to),
      expiry: await expiryOf(id),
    })
    expect(await raise(now + 900)).toEqual({ raised: true, expiry: now + 900 })
    expect(await raise(now + 1)).toEqual({ raised: true, expiry: now + 900 })
  })

  it('is refused for a grant that was revoked: KV forgets it when the last that it knew of expires', async () => {
    const { id } = await openGrant()
    await grants.revoke(id, 'user.signed-out', audit())
    expect({
      raised: await grants.raiseAccessExpiry(id, now + 900),
      expiry: await expiryOf(id),
    }).toEqual({ raised: false, expiry: now + 600 })
  })
})

describe('revoke: row and outbox in one batch', () => {
  it('ends what a token of the grant made, and tells KV of it', async () => {
    const parent = await openGrant()
    const made = await openGrant({ endsWith: parent.id })
    expect(await grants.revokeOfClient(parent.id, clientId, 'user.signed-out', audit())).toBe(true)
    const found = await grants.find(made.id, now)
    expect({
      revokedAt: found?.grant.revokedAt,
      outboxRows: (await outboxOf(made.id)).length,
    }).toEqual({ revokedAt: now, outboxRows: 1 })
  })

  it('ten times at once: one outbox row, one instant, one line of audit', async () => {
    const grant = await openGrant()
    const requestId = randomSecret()
    await tenTimes(() => grants.revoke(grant.id, 'user.signed-out', audit(requestId)))
    const query = 'SELECT kind FROM audit_events WHERE request_id = ?1'
    expect(await outboxOf(grant.id)).toEqual([{ revoked_at: now, expires_at: now + 1_060 }])
    const { results } = await env.DB.prepare(query).bind(requestId).all()
    expect(results).toEqual([{ kind: 'user.signed-out' }])
  })

  it('another client’s grant stays as it is', async () => {
    const grant = await openGrant()
    const end = (client: string) =>
      grants.revokeOfClient(grant.id, client, 'user.signed-out', audit())
    expect({ ended: await end('another'), outbox: await outboxOf(grant.id) }).toEqual({
      ended: false,
      outbox: [],
    })
    expect({ first: await end(clientId), second: await end(clientId) }).toEqual({
      first: true,
      second: true,
    })
  })

  it('a deleted user or client leaves its grants as tombstones', async () => {
    const own = await someUser()
    const closed = await someClient()
    const ofUser = newGrant({ userId: own.id, clientId })
    const ofClient = newGrant({ userId: user.id, clientId: closed })
    await grants.open(ofUser, proofOf(own), audit())
    await grants.open(ofClient, proofOf(user), audit())
    await userAdministration.delete(own.id, audit())
    await clients.delete(closed, audit())
    const query = 'SELECT COUNT(*) AS ended FROM grants WHERE id IN (?1, ?2) AND revoked_at = ?3'
    const ended = await env.DB.prepare(query).bind(ofUser.id, ofClient.id, now).first('ended')
    expect(ended).toBe(2)
  })
})

describe('standing: what decides about an access token', () => {
  const facts = ({ id }: NewGrant) => ({
    kid: 'a key',
    grantId: id,
    clientId,
    grantClientId: clientId,
    subject: user.sub,
    jti: randomSecret(),
    issuedAt: now,
  })

  it('stands with its grant, its client and its user', async () => {
    const { ended, userGrant } = await grants.standing(facts(await openGrant()), now)
    expect({ ended, userId: userGrant?.user.id }).toEqual({ ended: false, userId: user.id })
  })

  it('ends with its own revocation, and no other token of the grant with it', async () => {
    const grant = await openGrant()
    const [one, other] = [facts(grant), facts(grant)]
    await tenTimes(() => grants.revokeToken(one.jti, now + 600, audit()))
    const standings = [await grants.standing(one, now), await grants.standing(other, now)]
    expect(standings.map(({ ended }) => ended)).toEqual([true, false])
  })

  it('ends where it names another client as that of its grant', async () => {
    const { ended } = await grants.standing(
      { ...facts(await openGrant()), grantClientId: 'x' },
      now,
    )
    expect(ended).toBe(true)
  })

  it.each([
    ['stands while its own client does', {}, false],
    ['ends where its own client is disabled', { disabledAt: now }, true],
    ['ends where its own client was revoked after it was issued', { notBefore: now + 1 }, true],
    ['ends where its own client was made after it was issued', { createdAt: now + 1 }, true],
  ])('TX5: exchanged by another client %s', async (_what, change, expected) => {
    const token = { ...facts(await openGrant()), clientId: await someClient(change) }
    const { ended } = await grants.standing(token, now)
    expect(ended).toBe(expected)
  })

  it.each([
    ['the client is disabled', { disabledAt: now }, true],
    ['it was issued before the client', { createdAt: now + 1 }, true],
    ['nothing speaks against it', {}, false],
  ])('a client’s own token, where %s: ended %s', async (_what, change, expected) => {
    const own = await someClient(change)
    const token = {
      ...{ kid: 'a key', grantId: null, clientId: own, grantClientId: own, subject: own },
      ...{ jti: randomSecret(), issuedAt: now },
    }
    expect(await grants.standing(token, now)).toEqual({ userGrant: null, ended: expected })
  })
})

describe('standing: what decides about a client’s own token', () => {
  const own = (of: string, issuedAt = now) =>
    tokenOf({ grantId: null, clientId: of, subject: of, issuedAt })
  const endedOf = async (token: TokenFacts) => (await grants.standing(token, now)).ended

  it('ends with its own revocation, and no other with it', async () => {
    const [one, other] = [own(clientId), own(clientId)]
    await grants.revokeToken(one.jti, now + 600, audit())
    expect({ one: await endedOf(one), other: await endedOf(other) }).toEqual({
      one: true,
      other: false,
    })
  })

  it('ends where it is from before the epoch', async () => {
    await epoch.raise(now - 49, audit())
    const tokens = [own(clientId, now - 50), own(clientId, now - 49)]
    expect(await Promise.all(tokens.map(endedOf))).toEqual([true, false])
    await env.DB.prepare('DELETE FROM epoch').run()
  })

  it('ends where nothing of its client from before an instant counts', async () => {
    const id = await someClient()
    await clients.change(id, () => ({ notBefore: now - 49 }), audit())
    const tokens = [own(id, now - 50), own(id, now - 49)]
    expect(await Promise.all(tokens.map(endedOf))).toEqual([true, false])
  })
})

describe('the epoch', () => {
  it('is only ever raised, also by ten at once', async () => {
    await tenTimes((index) => epoch.raise(index, audit()))
    await epoch.raise(3, audit())
    expect(await env.DB.prepare('SELECT not_before FROM epoch').all()).toMatchObject({
      results: [{ not_before: 9 }],
    })
  })
})

describe('the outbox', () => {
  const all = async () =>
    (await env.DB.prepare('SELECT key, revoked_at, expires_at FROM revocation_outbox').all())
      .results
  beforeEach(() => env.DB.prepare('DELETE FROM revocation_outbox').run())

  /** Ten grants of a user and a client of their own. */
  async function tenGrants(metadata: Partial<Client['metadata']> = {}) {
    const own = await someUser()
    const fresh = newClient()
    const client = { ...fresh, metadata: { ...fresh.metadata, ...metadata } }
    await clients.create(client, audit())
    const made = await tenTimes(async (index) => {
      const grant = newGrant(
        { userId: own.id, clientId: client.id },
        { accessExpiresAt: now + index },
      )
      expect(await grants.open(grant, proofOf(own), audit())).toBe('opened')
      return grant
    })
    return { own, clientId: client.id, made }
  }

  it('has one row for a client that was deleted, however many grants it had', async () => {
    const { clientId: closed } = await tenGrants()
    await clients.delete(closed, audit())
    expect(await all()).toEqual([
      { key: `rev:client:${closed}`, revoked_at: now, expires_at: now + 86_460 },
    ])
  })

  it('has one row for a client of which nothing from before an instant counts', async () => {
    const { clientId: closed } = await tenGrants({ access_token_ttl: 100_000 })
    await clients.change(closed, () => ({ notBefore: now - 5 }), audit())
    await clients.change(closed, () => ({}), audit())
    expect(await all()).toEqual([
      { key: `rev:client:${closed}`, revoked_at: now - 5, expires_at: now + 100_060 },
      {
        key: `rev:client-record:${closed}`,
        revoked_at: (await clients.find(closed))?.updatedAt,
        expires_at: now + 2_678_460,
      },
    ])
  })

  const nobody = { sessionId: 'none', digest: 'none', successorDigest: 'none' }

  it.each([
    [
      'signed out everywhere',
      (id: number) => userAdministration.change(id, () => ({}), true, audit()),
    ],
    [
      'disabled',
      (id: number) => userAdministration.change(id, () => ({ disabledAt: now }), true, audit()),
    ],
    ['signed out by himself', (id: number) => account.endOthers(id, nobody, audit())],
  ])(
    'has one row for a user who was %s, until the newest refresh token has expired',
    async (_how, end) => {
      const { own } = await tenGrants()
      await end(own.id)
      expect(await all()).toEqual([
        { key: `rev:user:${own.sub}`, revoked_at: now, expires_at: now + 1_060 },
      ])
    },
  )

  it('has one row for a user who was deleted, and one for each record in KV, ended or not', async () => {
    const { own, made } = await tenGrants()
    const [ended] = made
    await grants.revoke(ended?.id ?? '', 'user.signed-out', audit())
    await grants.open(
      newGrant({ userId: own.id, clientId }, { refreshDigest: null }),
      proofOf(own),
      audit(),
    )
    await env.DB.prepare('DELETE FROM revocation_outbox').run()
    await userAdministration.delete(own.id, audit())
    expect(Object.fromEntries((await all()).map(({ key, ...row }) => [key, row]))).toEqual({
      [`rev:user:${own.sub}`]: { revoked_at: now, expires_at: now + 1_060 },
      ...Object.fromEntries(
        made.map(({ id }) => [`grant:${id}`, { revoked_at: now, expires_at: now + 1_000 }]),
      ),
    })
  })

  it('has a row for each grant by which a pairwise client knows a user', async () => {
    const { own, made } = await tenGrants({ subject_type: 'pairwise' })
    await userAdministration.delete(own.id, audit())
    const keys = [
      `rev:user:${own.sub}`,
      ...made.flatMap(({ id }) => [`grant:${id}`, `rev:grant:${id}`]),
    ]
    expect((await all()).map(({ key }) => key).sort()).toEqual(keys.sort())
  })

  it('has a grant without a refresh token until its access token has expired', async () => {
    const own = await someUser()
    const facts = { refreshDigest: null, accessExpiresAt: now + 9 }
    const grant = newGrant({ userId: own.id, clientId }, facts)
    await grants.open(grant, proofOf(own), audit())
    await grants.revoke(grant.id, 'user.signed-out', audit())
    expect(await outboxOf(grant.id)).toEqual([{ revoked_at: now, expires_at: now + 9 + 60 }])
  })

  it('has none for grants of which no token can be alive', async () => {
    const old = { createdAt: now - 900, idleExpiresAt: now - 60, accessExpiresAt: now - 60 }
    const own = await someUser()
    const grant = newGrant({ userId: own.id, clientId }, old)
    const other = newGrant({ userId: own.id, clientId }, old)
    for (const each of [grant, other]) await grants.open(each, proofOf(own), audit())
    await grants.revoke(grant.id, 'user.signed-out', audit())
    await userAdministration.delete(own.id, audit())
    expect(await all()).toEqual([])
  })

  it('tells KV of a user or client: what was issued before counts no more, what comes later does', async () => {
    const { own, clientId: closed } = await tenGrants()
    await userAdministration.change(own.id, () => ({}), true, audit())
    await clients.change(closed, () => ({ notBefore: now }), audit())
    await revocationLists.drainOutbox(now, 100)
    const tokens = [
      { subject: own.sub, issuedAt: now - 0.001 },
      { subject: own.sub, issuedAt: now },
      { clientId: closed, issuedAt: now - 0.001 },
      { clientId: closed, issuedAt: now },
      { clientId: closed, grantId: null, issuedAt: now - 0.001 },
      {},
    ]
    const told = await Promise.all(tokens.map((token) => revocationLists.isRevoked(tokenOf(token))))
    expect({ told, outbox: await all() }).toEqual({
      told: [true, false, true, false, true, false],
      outbox: [],
    })
  })

  it('keeps an instant that was raised while KV was told of the one before', async () => {
    const { clientId: closed } = await tenGrants()
    await clients.change(closed, () => ({ notBefore: now - 5 }), audit())
    const raising = openRevocationLists(
      Object.assign(Object.create(env.KV), {
        put: () => clients.change(closed, () => ({ notBefore: now }), audit()),
      }),
      new Database(env.DB),
    )
    await raising.drainOutbox(now, 100)
    const left = (await all()).filter(({ key }) => key === `rev:client:${closed}`)
    expect(left).toMatchObject([{ revoked_at: now }])
    await revocationLists.drainOutbox(now, 100)
    expect(await revocationLists.isRevoked(tokenOf({ clientId: closed, issuedAt: now - 1 }))).toBe(
      true,
    )
  })

  it('forgets without a word to KV what no token can live by any more', async () => {
    const grant = await openGrant()
    await grants.revoke(grant.id, 'user.signed-out', audit())
    await revocationLists.drainOutbox(now + 1_060, 100)
    const isKnown = await revocationLists.isRevoked(tokenOf({ grantId: grant.id }))
    expect({ isKnown, outbox: await all() }).toEqual({ isKnown: false, outbox: [] })
  })

  it('ten drains at once tell KV of everything and leave nothing', async () => {
    const made = await tenTimes(() => openGrant())
    await Promise.all(made.map(({ id }) => grants.revoke(id, 'user.signed-out', audit())))
    await tenTimes(() => revocationLists.drainOutbox(now, 100))
    const left = await Promise.all(made.map(({ id }) => outboxOf(id)))
    const told = await Promise.all(
      made.map(({ id }) => revocationLists.isRevoked(tokenOf({ grantId: id }))),
    )
    expect({ left: left.flat(), told }).toEqual({ left: [], told: made.map(() => true) })
  })
})
