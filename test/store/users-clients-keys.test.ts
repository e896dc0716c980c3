import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newClient, newKey, newUser, now } from '../support/records.ts'

const { users, clients, signingKeys } = openStore(env)

const tenTimes = <Result>(work: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: 10 }, (_, index) => work(index)))

const counted = <Value>(values: Value[], value: Value): number =>
  values.filter((one) => one === value).length

describe('users: names are taken once', () => {
  it('F19: of ten at once with one e-mail address in ten spellings, one is made', async () => {
    const email = `Zoë.${randomSecret(8)}@Example.com`
    const spellings = [email, email.toUpperCase(), email.toLowerCase(), email.normalize('NFD')]
    const made = await tenTimes((index) =>
      users.create(newUser({ email: spellings[index % 4] ?? email }), audit()),
    )
    expect(counted(made, 'taken')).toBe(9)
  })

  it('a username that is another’s e-mail address is taken, and nothing of the batch remains', async () => {
    const first = newUser()
    await users.create(first, audit())
    const second = newUser({ username: first.email ?? '' })
    const kind = randomSecret()
    expect(await users.create(second, audit(kind))).toBe('taken')
    expect(await users.findBySub(second.sub)).toBeNull()
    expect(await users.findByName((second.email ?? '').toLowerCase())).toBeNull()
    const query = 'SELECT id FROM audit_events WHERE kind = ?1'
    expect((await env.DB.prepare(query).bind(kind).all()).results).toEqual([])
  })

  it('a user may have one name twice: as username and as e-mail address', async () => {
    const name = `${randomSecret(8)}@example.com`
    expect(await users.create(newUser({ username: name, email: name }), audit())).not.toBe('taken')
  })

  it('a number is never given a second time', async () => {
    const first = await users.create(newUser(), audit())
    if (first === 'taken') throw new Error('taken')
    await users.delete(first.id, audit())
    const second = await users.create(newUser(), audit())
    expect(second === 'taken' ? 0 : second.id).toBeGreaterThan(first.id)
  })
})

describe('users: tries of a password', () => {
  const attempt = (foldedName: string, nameDigest = foldedName) => ({
    foldedName,
    nameDigest,
    scope: '',
    address: randomSecret(),
  })

  it('ten at once all count', async () => {
    const name = randomSecret()
    const counts = await tenTimes(() => users.countTries(attempt(name), now, 900))
    const tries = counts.map(({ account }) => account.tries).sort((one, other) => one - other)
    expect(tries).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it('all names of a user are one account, and a name that is nobody’s is its own', async () => {
    const user = newUser()
    await users.create(user, audit())
    const names = [user.username, user.email ?? '', randomSecret()].map((name) =>
      name.toLowerCase(),
    )
    const buckets = await Promise.all(
      names.map(async (name) => (await users.countTries(attempt(name), now, 900)).account.bucket),
    )
    expect(new Set(buckets).size).toBe(2)
    expect(buckets[0]).toBe(buckets[1])
  })

  it('a window that is over begins anew', async () => {
    const name = randomSecret()
    await users.countTries(attempt(name), now, 900)
    await users.countTries(attempt(name), now + 899, 900)
    const { account } = await users.countTries(attempt(name), now + 900, 900)
    expect(account).toEqual({ bucket: expect.any(String), tries: 1, windowStartedAt: now + 900 })
  })

  it('a better hash replaces only the one it was made from', async () => {
    const user = await users.create(newUser({ passwordHash: 'old' }), audit())
    const id = user === 'taken' ? 0 : user.id
    await users.upgradePassword(id, 'another', 'better')
    expect((await users.find(id))?.passwordHash).toBe('old')
    await users.upgradePassword(id, 'old', 'better')
    expect((await users.find(id))?.passwordHash).toBe('better')
  })
})

describe('clients', () => {
  it('F20: of ten at once with one id, one is made', async () => {
    const id = randomSecret(16)
    const made = await tenTimes(() => clients.create(newClient({ id }), audit()))
    expect([counted(made, 'created'), counted(made, 'taken')]).toEqual([1, 9])
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
    expect(await signingKeys.longestAccessTokenLifetime()).toBe(9_000_000)
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
    expect([stored.length, kids.includes(stored[0]?.kid ?? '')]).toEqual([1, true])
  })

  it('a retired key stays until its day, and the first day that was said counts', async () => {
    const key = newKey({ alg: 'RS256', generation: 8 })
    await signingKeys.add([key])
    await signingKeys.retire(key.kid, now + 10)
    await signingKeys.retire(key.kid, now + 1000)
    const isListed = async (at: number) =>
      (await signingKeys.list(at)).some(({ kid }) => kid === key.kid)
    expect([await isListed(now + 9), await isListed(now + 10)]).toEqual([true, false])
  })
})
