import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Attempt, TryLimits } from '../../src/core/people/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newKey, newUser, now } from '../support/records.ts'

const { users, userAdministration, passwords, clients, signingKeys } = openStore(env)

const tenTimes = <Result>(work: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: 10 }, (_, index) => work(index)))

const counted = <Value>(values: Value[], value: Value): number =>
  values.filter((one) => one === value).length

describe('users: names are taken once', () => {
  it('F19: of ten at once with one e-mail address in ten spellings, one is made', async () => {
    const email = `Zoë.${randomSecret(8)}@Example.com`
    const spellings = [email, email.toUpperCase(), email.toLowerCase(), email.normalize('NFD')]
    const made = await tenTimes((index) =>
      userAdministration.create(newUser({ email: spellings[index % 4] ?? email }), audit()),
    )
    expect(counted(made, 'taken')).toBe(9)
  })

  it('a username that is another’s e-mail address is taken, and nothing of the batch remains', async () => {
    const first = newUser()
    await userAdministration.create(first, audit())
    const second = newUser({ username: first.email ?? '' })
    const requestId = randomSecret()
    expect(await userAdministration.create(second, audit(requestId))).toBe('taken')
    expect(await users.findBySub(second.sub)).toBeNull()
    expect(await users.findByName((second.email ?? '').toLowerCase())).toBeNull()
    const query = 'SELECT id FROM audit_events WHERE request_id = ?1'
    expect((await env.DB.prepare(query).bind(requestId).all()).results).toEqual([])
  })

  it('a user may have one name twice: as username and as e-mail address', async () => {
    const name = `${randomSecret(8)}@example.com`
    expect(
      await userAdministration.create(newUser({ username: name, email: name }), audit()),
    ).not.toBe('taken')
  })

  it('a number is never given a second time', async () => {
    const first = await userAdministration.create(newUser(), audit())
    if (first === 'taken') throw new Error('taken')
    await userAdministration.delete(first.id, audit())
    const second = await userAdministration.create(newUser(), audit())
    expect(second === 'taken' ? 0 : second.id).toBeGreaterThan(first.id)
  })
})

describe('users: tries of a password', () => {
  const limits = { perAccount: 10, perAccountEverywhere: 100, perAddress: 100, window: 900 }
  const attempt = (foldedName: string, address: string = randomSecret()) => ({
    foldedName,
    nameDigest: foldedName,
    address,
  })
  const isAdmitted = async (of: Attempt, at = now, other: Partial<TryLimits> = {}) =>
    (await passwords.countTry(of, at, { ...limits, ...other })).outcome.admitted
  const rows = async (bucket: string) =>
    (
      await env.DB.prepare('SELECT bucket, tries FROM sign_in_attempts WHERE instr(bucket, ?1) > 0')
        .bind(bucket)
        .all()
    ).results

  it('of thirty at once with a name from an address, ten are admitted', async () => {
    const of = attempt(randomSecret(), 'one address')
    const admitted = await Promise.all(Array.from({ length: 30 }, () => isAdmitted(of)))
    expect(counted(admitted, true)).toBe(10)
  })

  it('a refused try writes nothing: neither for its name nor for its address', async () => {
    const address = randomSecret()
    await isAdmitted(attempt(randomSecret(), address), now, { perAddress: 1 })
    const made = randomSecret()
    expect(await isAdmitted(attempt(made, address), now, { perAddress: 1 })).toBe(false)
    expect(await rows(made)).toEqual([])
    expect(await rows(address)).toEqual([{ bucket: expect.stringContaining(address), tries: 1 }])
  })

  it('of ten at once from an address, under ten names, as many as it may are admitted', async () => {
    const address = randomSecret()
    const admitted = await tenTimes(() =>
      isAdmitted(attempt(randomSecret(), address), now, { perAddress: 4 }),
    )
    expect(counted(admitted, true)).toBe(4)
  })

  it('an address may try again when its first window ends, and says when', async () => {
    const address = randomSecret()
    const few = { ...limits, perAddress: 2 }
    const tryAt = async (at: number) =>
      (await passwords.countTry(attempt(randomSecret(), address), at, few)).outcome
    const outcomes = []
    for (const at of [0, 300, 301, 899, 900, 901]) outcomes.push(await tryAt(now + at))
    const admitted = { admitted: true, bucket: expect.any(String) }
    expect(outcomes).toEqual([
      admitted,
      admitted,
      { admitted: false, retryAt: now + 900 },
      { admitted: false, retryAt: now + 900 },
      admitted,
      { admitted: false, retryAt: now + 1200 },
    ])
  })

  it('what one address may no longer try, another may', async () => {
    const name = randomSecret()
    const [one, other] = [attempt(name, randomSecret()), attempt(name, randomSecret())]
    await isAdmitted(one, now, { perAccount: 1 })
    expect(await isAdmitted(one, now, { perAccount: 1 })).toBe(false)
    expect(await isAdmitted(other, now, { perAccount: 1 })).toBe(true)
  })

  it('beyond the limit from everywhere, a name has one try a minute, and says when', async () => {
    const name = randomSecret()
    const few = { ...limits, perAccountEverywhere: 3 }
    const tryAt = async (at: number) => (await passwords.countTry(attempt(name), at, few)).outcome
    const outcomes = []
    for (const at of [0, 1, 2, 3, 59, 61, 62, 121, 900]) outcomes.push(await tryAt(now + at))
    const admitted = { admitted: true, bucket: expect.any(String) }
    expect(outcomes).toEqual([
      admitted,
      admitted,
      admitted,
      { admitted: false, retryAt: now + 60 },
      { admitted: false, retryAt: now + 60 },
      admitted,
      { admitted: false, retryAt: now + 120 },
      admitted,
      admitted,
    ])
  })

  it('a known browser is counted apart from its address and from everybody else', async () => {
    const name = randomSecret()
    const one = { perAccount: 1, perAccountEverywhere: 1, perAddress: 1 }
    await isAdmitted(attempt(name), now, one)
    expect(await isAdmitted(attempt(name), now, one)).toBe(false)
    const known = { foldedName: name, nameDigest: name, browserId: randomSecret() }
    expect(await isAdmitted(known, now, one)).toBe(true)
    expect(await isAdmitted(known, now, one)).toBe(false)
  })

  it('a window that is over begins anew', async () => {
    const of = attempt(randomSecret())
    const one = { perAccount: 1 }
    expect({
      first: await isAdmitted(of, now, one),
      beforeTheEnd: await isAdmitted(of, now + 899, one),
      atTheEnd: await isAdmitted(of, now + 900, one),
    }).toEqual({ first: true, beforeTheEnd: false, atTheEnd: true })
  })

  it('a better hash replaces only the one it was made from', async () => {
    const user = await userAdministration.create(newUser({ passwordHash: 'old' }), audit())
    const id = user === 'taken' ? 0 : user.id
    await passwords.upgrade(id, 'another', 'better')
    expect((await users.find(id))?.passwordHash).toBe('old')
    await passwords.upgrade(id, 'old', 'better')
    expect((await users.find(id))?.passwordHash).toBe('better')
  })
})

describe('clients', () => {
  it('F20: of ten at once with one id, one is made', async () => {
    const id = randomSecret(16)
    const made = await tenTimes(() => clients.create(newClient({ id }), audit()))
    expect({ created: counted(made, 'created'), taken: counted(made, 'taken') }).toEqual({
      created: 1,
      taken: 9,
    })
  })

  it('ten changes at once are all made', async () => {
    const client = newClient()
    await clients.create(client, audit())
    await tenTimes((index) =>
      clients.change(
        client.id,
        ({ metadata }) => ({
          metadata: { ...metadata, contacts: [...(metadata.contacts ?? []), `${index}`] },
        }),
        audit(),
      ),
    )
    expect((await clients.find(client.id))?.metadata.contacts?.toSorted()).toEqual(
      Array.from({ length: 10 }, (_, index) => `${index}`),
    )
  })

  it('the longest access token lifetime that a client ever had is remembered', async () => {
    const { metadata } = newClient()
    const client = newClient({ metadata: { ...metadata, access_token_ttl: 9_000_000 } })
    await clients.create(client, audit())
    await clients.change(client.id, () => ({ metadata }), audit())
    expect(await clients.longestAccessTokenLifetime()).toBe(9_000_000)
  })
})

describe('signing keys', () => {
  it('of ten isolates that make the same generation, one makes it', async () => {
    const kids = await tenTimes(async () => {
      const key = newKey({ alg: 'RS256', generation: 7 })
      await signingKeys.add([key])
      return key.kid
    })
    const stored = (await signingKeys.list(now)).filter(({ generation }) => generation === 7)
    expect({ stored: stored.length, hasKid: kids.includes(stored[0]?.kid ?? '') }).toEqual({
      stored: 1,
      hasKid: true,
    })
  })

  it('a retired key stays until its day, and the first day that was said counts', async () => {
    const key = newKey({ alg: 'RS256', generation: 8 })
    await signingKeys.add([key])
    await signingKeys.retire(key.kid, now + 10)
    await signingKeys.retire(key.kid, now + 1000)
    const isListed = async (at: number) =>
      (await signingKeys.list(at)).some(({ kid }) => kid === key.kid)
    expect({ before: await isListed(now + 9), at: await isListed(now + 10) }).toEqual({
      before: true,
      at: false,
    })
  })
})
