import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Server } from '../support/faults.ts'
import { formRequest, read, readAll, basic } from '../support/http.ts'
import { patchUser, registerClient, registerUser, type TestUser } from '../support/registry.ts'
import { passwordGrant } from '../support/tokens.ts'

const client = await registerClient()
afterEach(() => vi.restoreAllMocks())

const wrong = ({ username }: { username: string }) => ({ username, password: 'a wrong password' })

/** How many passwords are hashed while `work` runs: six PBKDF2 calls each. */
async function hashesOf(work: () => Promise<unknown>): Promise<number> {
  const derive = vi.spyOn(crypto.subtle, 'deriveBits')
  await work()
  const calls = derive.mock.calls.filter(
    ([algorithm]) => typeof algorithm === 'object' && algorithm.name === 'PBKDF2',
  )
  return calls.length / 6
}

const statusesOf = async (answers: Promise<Response>[]): Promise<number[]> =>
  (await Promise.all(answers)).map(({ status }) => status).sort()

/** Uses up the tries of a name from the address of these tests. */
async function exhaust(user: Pick<TestUser, 'username'>): Promise<void> {
  await Promise.all(Array.from({ length: 10 }, () => passwordGrant(client, wrong(user))))
}

describe('NIST SP 800-63B 5.2.2: guesses', () => {
  it('50 at once: ten are hashed and no more, the others hear 429', async () => {
    const user = await registerUser()
    const guesses = () => Array.from({ length: 50 }, () => passwordGrant(client, wrong(user)))
    let statuses: number[] = []
    const hashes = await hashesOf(async () => (statuses = await statusesOf(guesses())))
    expect(hashes).toBe(10)
    expect(statuses).toEqual([...Array(10).fill(400), ...Array(40).fill(429)])
  })

  it('of a name that nobody has are counted and hashed all the same', async () => {
    const nobody = { username: crypto.randomUUID() }
    const guesses = () => Array.from({ length: 12 }, () => passwordGrant(client, wrong(nobody)))
    let statuses: number[] = []
    const hashes = await hashesOf(async () => (statuses = await statusesOf(guesses())))
    expect({ hashes, statuses }).toEqual({
      hashes: 10,
      statuses: [...Array(10).fill(400), 429, 429],
    })
  })

  it('refused: 429, when to come back, and nobody may keep the answer', async () => {
    const user = await registerUser()
    await exhaust(user)
    expect(await readAll(await passwordGrant(client, user))).toEqual({
      status: 429,
      headers: {
        'cache-control': 'no-store',
        pragma: 'no-cache',
        'content-type': 'application/json',
        'retry-after': expect.stringMatching(/^(900|8\d\d)$/),
      },
      body: { error: expect.any(String), error_description: expect.stringContaining('too many') },
    })
  })

  it('count for a name however it is written', async () => {
    const user = await registerUser({ username: `Zoë-${crypto.randomUUID()}` })
    await exhaust(user)
    const spellings = [
      user.username,
      user.username.toUpperCase(),
      user.username.normalize('NFD'),
      user.username.replace('Z', 'Ｚ'),
    ]
    const answers = spellings.map((username) => passwordGrant(client, { ...user, username }))
    expect(await statusesOf(answers)).toEqual(spellings.map(() => 429))
  })

  it('do not tell whose names belong together: the other name of an account has tries of its own', async () => {
    const [victim, other] = [await registerUser(), await registerUser()]
    await exhaust(victim)
    const statusAt = async (username: string) =>
      (await passwordGrant(client, wrong({ username }))).status
    expect({ victim: await statusAt(victim.email), other: await statusAt(other.email) }).toEqual({
      victim: 400,
      other: 400,
    })
  })

  it('are at an end within 30 from one address, by whichever name of the account', async () => {
    const user = await registerUser()
    const names = Array.from({ length: 30 }, (_, nth) => (nth % 2 ? user.username : user.email))
    const guesses = names.map((username) => passwordGrant(client, wrong({ username })))
    expect((await statusesOf(guesses)).filter((status) => status === 429)).toHaveLength(10)
    expect((await passwordGrant(client, user)).status).toBe(429)
  })

  it('at one account do not count for another', async () => {
    const [victim, other] = [await registerUser(), await registerUser()]
    await exhaust(victim)
    expect((await passwordGrant(client, other)).status).toBe(200)
  })

  it('are forgotten when the window is over', async () => {
    const user = await registerUser()
    await exhaust(user)
    await env.DB.prepare(
      'UPDATE sign_in_attempts SET window_started_at = window_started_at - 900',
    ).run()
    expect((await passwordGrant(client, user)).status).toBe(200)
  })

  it('are forgotten with the right password', async () => {
    const user = await registerUser()
    for (let round = 0; round < 2; round++) {
      await Promise.all(Array.from({ length: 9 }, () => passwordGrant(client, wrong(user))))
      expect((await passwordGrant(client, user)).status).toBe(200)
    }
  })

  it('through other clients are guesses at the same account', async () => {
    const user = await registerUser()
    await exhaust(user)
    expect((await passwordGrant(await registerClient(), user)).status).toBe(429)
  })
})

/** A try from an address. */
async function tryFrom(
  { fetch }: Server,
  address: string,
  { username, password }: Pick<TestUser, 'username' | 'password'>,
): Promise<number> {
  const form = { grant_type: 'password', username, password }
  const headers = {
    ...basic(client.client_id, client.client_secret ?? ''),
    'CF-Connecting-IP': address,
  }
  return (await fetch(formRequest('/oauth2/token', form, headers))).status
}

describe('nobody locks out others', () => {
  it('27 accounts under attack from one address: all their owners sign in from another', async () => {
    const server = new Server({
      PASSWORD_TRIES_PER_ACCOUNT: '2',
      PASSWORD_TRIES_PER_ACCOUNT_EVERYWHERE: '5',
      PASSWORD_TRIES_PER_ADDRESS: '60',
    })
    const owners = await Promise.all(Array.from({ length: 27 }, () => registerUser()))
    const attack = () =>
      Promise.all(owners.map((owner) => tryFrom(server, '192.0.2.66', wrong(owner))))
    const rounds = [await attack(), await attack(), await attack(), await attack()]
    const refused = rounds.map((round) => round.filter((status) => status === 429).length)
    expect(refused).toEqual([0, 0, 27, 27])
    const own = owners.map((owner, nth) => tryFrom(server, `198.51.100.${nth}`, owner))
    expect(await Promise.all(own)).toEqual(owners.map(() => 200))
  })

  it('a try that its address may not make counts for no account', async () => {
    const server = new Server({
      PASSWORD_TRIES_PER_ACCOUNT_EVERYWHERE: '2',
      PASSWORD_TRIES_PER_ADDRESS: '1',
    })
    const owner = await registerUser()
    await tryFrom(server, '203.0.113.1', wrong({ username: crypto.randomUUID() }))
    const refused = Array.from({ length: 5 }, () => tryFrom(server, '203.0.113.1', wrong(owner)))
    expect(await Promise.all(refused)).toEqual(refused.map(() => 429))
    expect(await tryFrom(server, '203.0.113.2', owner)).toBe(200)
  })

  it('guesses from many addresses are too many in the end, and then are one a minute', async () => {
    const server = new Server({ PASSWORD_TRIES_PER_ACCOUNT_EVERYWHERE: '3' })
    const owner = await registerUser()
    const statuses: number[] = []
    for (let nth = 0; nth < 5; nth++) {
      statuses.push(await tryFrom(server, `198.18.0.${nth}`, wrong(owner)))
    }
    await env.DB.prepare(
      'UPDATE sign_in_attempts SET window_started_at = window_started_at - 60',
    ).run()
    for (let nth = 5; nth < 7; nth++) {
      statuses.push(await tryFrom(server, `198.18.0.${nth}`, wrong(owner)))
    }
    expect(statuses).toEqual([400, 400, 400, 429, 429, 400, 429])
  })
})

describe('CVE-2026-45364: guesses from one address', () => {
  const few = new Server({ PASSWORD_TRIES_PER_ADDRESS: '2' })
  const from = (address: string, username: string = crypto.randomUUID()) =>
    tryFrom(few, address, wrong({ username }))

  it.each([
    ['IPv4', ['192.0.2.1', '192.0.2.1', '192.0.2.1']],
    ['the /64 of IPv6', ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:ffff::1']],
    ['any spelling of IPv6', ['2001:DB8:1::1', '2001:db8:0001:0::1', '2001:db8:1:0:0:0:0:1']],
    ['IPv4 written as IPv6', ['198.51.100.7', '::ffff:198.51.100.7', '::ffff:c633:6407']],
  ])('%s is one bucket', async (_what, [one = '', two = '', three = '']) => {
    expect({ one: await from(one), two: await from(two), three: await from(three) }).toEqual({
      one: 400,
      two: 400,
      three: 429,
    })
  })

  it('are not forgotten with the right password: it takes back its own try alone', async () => {
    const own = await registerUser()
    const address = '192.0.2.77'
    const statuses = [
      await from(address),
      await tryFrom(few, address, own),
      await tryFrom(few, address, own),
      await from(address),
      await tryFrom(few, address, own),
    ]
    expect(statuses).toEqual([400, 200, 200, 400, 429])
  })

  it('at one account are forgotten with its right password, and no others', async () => {
    const own = await registerUser()
    const address = '192.0.2.78'
    const statuses = [
      await tryFrom(few, address, wrong(own)),
      await tryFrom(few, address, own),
      await from(address),
      await tryFrom(few, address, own),
      await from(address),
      await from(address),
    ]
    expect(statuses).toEqual([400, 200, 400, 200, 400, 429])
  })

  it('no header that a client can set stands for the address', async () => {
    const form = { grant_type: 'password', username: 'x', password: 'a wrong password' }
    const ask = (forwarded: string) => {
      const headers = {
        ...basic(client.client_id, client.client_secret ?? ''),
        'CF-Connecting-IP': '203.0.113.9',
        'X-Forwarded-For': forwarded,
        'X-Real-IP': forwarded,
        'True-Client-IP': forwarded,
      }
      const request = formRequest('/oauth2/token', { ...form, username: forwarded }, headers)
      return few.fetch(request)
    }
    const answers = [await ask('10.0.0.1'), await ask('10.0.0.2'), await ask('10.0.0.3')]
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 429])
  })
})

describe('signing in against what changes meanwhile', () => {
  it('the password that was right while it was being proved is none once there is another', async () => {
    const own = await registerUser()
    const server = new Server()
    server.plan(async ({ text }) => {
      if (text.includes('INSERT INTO grants')) await patchUser(own, { password: 'another one' })
      return null
    })
    expect((await passwordGrant(client, own, {}, server.fetch)).status).toBe(400)
    const lines = 'SELECT id FROM grants WHERE user_id = ?1'
    expect((await env.DB.prepare(lines).bind(own.id).all()).results).toEqual([])
  })

  it('a user who is disabled while the password is being hashed gets nothing that counts', async () => {
    const user = await registerUser()
    const [answers] = await Promise.all([
      Promise.all(Array.from({ length: 5 }, () => passwordGrant(client, user))),
      patchUser(user, { disabled: true }),
    ])
    const lines = await env.DB.prepare(
      'SELECT COUNT(*) AS live FROM grants WHERE user_id = ?1 AND revoked_at IS NULL',
    )
      .bind(user.id)
      .first<{ live: number }>()
    const told = await Promise.all(answers.map(read))
    expect(lines).toEqual({ live: 0 })
    expect(told.filter(({ status }) => status !== 200 && status !== 400)).toEqual([])
  })
})
