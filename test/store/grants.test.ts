import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { NewGrant, Proof, User } from '../../src/core/records.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import {
  audit,
  newClient,
  newGrant,
  newUser,
  now,
  redemptionOf,
  rotationOf,
} from '../support/records.ts'

const { users, clients, grants, epoch, edge } = openStore(env)

async function someUser(facts = {}): Promise<User> {
  const user = await users.create(newUser(facts), audit())
  if (user === 'taken') throw new Error('the name was taken')
  return user
}
async function someClient(facts = {}): Promise<string> {
  const client = newClient(facts)
  await clients.create(client, audit())
  return client.id
}

const user = await someUser()
const clientId = await someClient()
const proofOf = (of: User): Proof => ({ user: of, provedBuckets: [] })

/** A line of the user of this file. */
async function openLine(facts: Partial<NewGrant> = {}): Promise<NewGrant> {
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

describe('rotate: the compare-and-set of a refresh', () => {
  it('of ten at once one rotates, and all see the row as it left it', async () => {
    const grant = await openLine()
    const outcomes = await tenTimes(() => grants.rotate(rotationOf(grant)))
    expect(outcomes.filter(({ rotated }) => rotated)).toHaveLength(1)
    const seen = outcomes.map(({ line }) => [line?.currentDigest, line?.previousDigest])
    expect(seen).toEqual(
      seen.map(() => [`the successor of ${grant.refreshDigest}`, grant.refreshDigest]),
    )
  })

  it('moves idle expiry on, never beyond the absolute one, and only ever raises the access expiry', async () => {
    const grant = await openLine()
    const facts = { idleExpiresAt: now + 9000, accessExpiresAt: now + 1 }
    const { line } = await grants.rotate(rotationOf(grant, facts))
    expect(line?.grant).toMatchObject({
      generation: 1,
      idleExpiresAt: grant.absoluteExpiresAt,
      absoluteExpiresAt: grant.absoluteExpiresAt,
      accessExpiresAt: grant.accessExpiresAt,
    })
  })

  it.each([
    ['another digest', { presentedDigest: 'another' }],
    ['another client', { clientId: 'another' }],
    ['an idle expiry that has come', { now: now + 1000 }],
    ['an absolute expiry that has come', { now: now + 5000 }],
  ])('does nothing for %s, and tells what is there', async (_what, facts) => {
    const grant = await openLine()
    const { rotated, line } = await grants.rotate(rotationOf(grant, facts))
    expect([rotated, line?.grant.generation]).toEqual([false, 0])
  })

  it('does nothing for a line that does not exist', async () => {
    const grant = newGrant({ userId: user.id, clientId })
    expect(await grants.rotate(rotationOf(grant))).toEqual({ rotated: false, line: null })
  })

  it('does nothing for a disabled user or client, or one that was let in before', async () => {
    const disabled = await someUser()
    const closed = await someClient()
    const lines = [
      newGrant({ userId: disabled.id, clientId }),
      newGrant({ userId: user.id, clientId: closed }),
      newGrant({ userId: user.id, clientId: closed }, { createdAt: now - 200 }),
    ]
    const proofs = [proofOf(disabled), proofOf(user), proofOf(user)]
    for (const [index, proof] of proofs.entries()) {
      const grant = lines[index]
      if (grant !== undefined) expect(await grants.open(grant, proof, audit())).toBe('opened')
    }
    await users.change(disabled.id, () => ({ disabledAt: now }), false, audit())
    await clients.change(closed, () => ({ disabledAt: now }), audit())
    const outcomes = await Promise.all(lines.map((grant) => grants.rotate(rotationOf(grant))))
    expect(outcomes.map(({ rotated, line }) => [rotated, line?.barred])).toEqual(
      lines.map(() => [false, true]),
    )
  })

  it('against ten revocations at once: afterwards the line is dead, and nothing rotates', async () => {
    const grant = await openLine()
    await Promise.all([
      tenTimes(() => grants.revoke(grant.id, 'a test', audit())),
      tenTimes(() => grants.rotate(rotationOf(grant))),
    ])
    const line = await grants.find(grant.id, now)
    const next = { presentedDigest: line?.currentDigest ?? '' }
    const { rotated } = await grants.rotate(rotationOf(grant, next))
    expect([line?.grant.revokedAt, rotated]).toEqual([now, false])
  })
})

describe('open: a grant for somebody who has just proved who he is', () => {
  it.each([
    ['is disabled', { disabledAt: now }],
    ['has another password by now', { passwordHash: 'another hash' }],
  ])('refuses a user who %s, and leaves no row and no audit', async (_what, change) => {
    const own = await someUser()
    await users.change(own.id, () => change, false, { ...audit(), at: now + 1 })
    const grant = newGrant({ userId: own.id, clientId })
    const kind = randomSecret()
    expect(await grants.open(grant, proofOf(own), audit(kind))).toBe('refused')
    expect(await grants.find(grant.id, now)).toBeNull()
    const query = 'SELECT id FROM audit_events WHERE kind = ?1'
    expect((await env.DB.prepare(query).bind(kind).all()).results).toEqual([])
  })

  it('takes a user whose hash was only made better meanwhile', async () => {
    const own = await someUser()
    await users.upgradePassword(own.id, 'a hash', 'a better hash')
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
    await users.change(own.id, () => change, false, audit())
    const grant = newGrant({ userId: own.id, clientId })
    expect(await grants.redeem(redemptionOf(grant), audit())).toEqual({ outcome: 'refused' })
  })

  it('refuses where a consent or a session is demanded that is not there', async () => {
    const demands = [{ consentRedirectUri: 'https://a.example/' }, { sessionRequired: true }]
    const outcomes = await Promise.all(
      demands.map((facts) => {
        const grant = newGrant({ userId: user.id, clientId }, { sessionId: randomSecret(16) })
        return grants.redeem(redemptionOf(grant, facts), audit())
      }),
    )
    expect(outcomes).toEqual([{ outcome: 'refused' }, { outcome: 'refused' }])
  })
})

describe('revoke: row and outbox in one batch', () => {
  it('ten times at once: one outbox row, one instant, one line of audit', async () => {
    const grant = await openLine()
    const kind = randomSecret()
    await tenTimes(() => grants.revoke(grant.id, 'a test', audit(kind)))
    const query = 'SELECT kind FROM audit_events WHERE kind = ?1'
    expect(await outboxOf(grant.id)).toEqual([{ revoked_at: now, expires_at: now + 660 }])
    expect((await env.DB.prepare(query).bind(kind).all()).results).toEqual([{ kind }])
  })

  it('another client’s line stays as it is', async () => {
    const grant = await openLine()
    const end = (client: string) => grants.revokeOfClient(grant.id, client, 'a test', audit())
    expect([await end('another'), await outboxOf(grant.id)]).toEqual([false, []])
    expect([await end(clientId), await end(clientId)]).toEqual([true, true])
  })

  it('a deleted user or client leaves its lines as tombstones', async () => {
    const own = await someUser()
    const closed = await someClient()
    const ofUser = newGrant({ userId: own.id, clientId })
    const ofClient = newGrant({ userId: user.id, clientId: closed })
    await grants.open(ofUser, proofOf(own), audit())
    await grants.open(ofClient, proofOf(user), audit())
    await users.delete(own.id, audit())
    await clients.delete(closed, audit())
    const query = 'SELECT COUNT(*) AS ended FROM grants WHERE id IN (?1, ?2) AND revoked_at = ?3'
    const ended = await env.DB.prepare(query).bind(ofUser.id, ofClient.id, now).first('ended')
    expect([ended, (await outboxOf(ofUser.id)).length]).toEqual([2, 1])
  })
})

describe('standing: what decides about an access token', () => {
  const facts = ({ id }: NewGrant) => ({
    grantId: id,
    clientId,
    jti: randomSecret(),
    issuedAt: now,
  })

  it('stands with its line, its client and its user', async () => {
    const { ended, line } = await grants.standing(facts(await openLine()), now)
    expect([ended, line?.user.id]).toEqual([false, user.id])
  })

  it('ends with its own revocation, and no other token of the line with it', async () => {
    const grant = await openLine()
    const [one, other] = [facts(grant), facts(grant)]
    await tenTimes(() => grants.revokeToken(one.jti, now + 600, audit()))
    const standings = [await grants.standing(one, now), await grants.standing(other, now)]
    expect(standings.map(({ ended }) => ended)).toEqual([true, false])
  })

  it('ends where it names another client than its line', async () => {
    const { ended } = await grants.standing({ ...facts(await openLine()), clientId: 'x' }, now)
    expect(ended).toBe(true)
  })

  it.each([
    ['the client is disabled', { disabledAt: now }, true],
    ['it was issued before the client', { createdAt: now + 1 }, true],
    ['nothing speaks against it', {}, false],
  ])('a client’s own token, where %s: ended %s', async (_what, change, expected) => {
    const own = await someClient(change)
    const token = { grantId: null, clientId: own, jti: randomSecret(), issuedAt: now }
    expect(await grants.standing(token, now)).toEqual({ line: null, ended: expected })
  })
})

describe('barred: what ends a line that nobody revoked', () => {
  it('the user’s not_before, if the line is older', async () => {
    const own = await someUser()
    const grant = newGrant({ userId: own.id, clientId })
    await grants.open(grant, proofOf(own), audit())
    const isBarred = async () => (await grants.find(grant.id, now))?.barred
    const set = (notBefore: number) =>
      env.DB.prepare('UPDATE users SET not_before = ?1 WHERE id = ?2').bind(notBefore, own.id).run()
    await set(now)
    expect(await isBarred()).toBe(false)
    await set(now + 0.001)
    expect(await isBarred()).toBe(true)
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
  it('ten drains at once tell KV of everything and leave nothing', async () => {
    const lines = await tenTimes(() => openLine())
    await Promise.all(lines.map(({ id }) => grants.revoke(id, 'a test', audit())))
    await tenTimes(() => edge.drainOutbox(now, 100))
    const left = await Promise.all(lines.map(({ id }) => outboxOf(id)))
    const told = await Promise.all(lines.map(({ id }) => edge.isRevoked(id, 'x')))
    expect([left.flat(), told]).toEqual([[], lines.map(() => true)])
  })
})
