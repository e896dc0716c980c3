// O39: MASTER_KEY is rotated while people sign in, on isolates that have the new list of keys and on
// those that still have the old one. Every form of a password goes through it.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { fromBase64url } from '../../src/crypto/encoding.ts'
import { KeyRing } from '../../src/crypto/key-ring.ts'
import { sealForeignHash } from '../../src/crypto/stored-password.ts'
import { Server } from '../support/faults.ts'
import { get, read } from '../support/http.ts'
import { admin, registerClient, registerUser, type TestUser } from '../support/registry.ts'
import { clientCredentials, passwordGrant } from '../support/tokens.ts'
import { adminToken } from './operator.ts'

const oldKey = 'test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'
const newKey = `new:${'B'.repeat(42)}A`
const oldFirst = () => new Server({ MASTER_KEY: `${oldKey},${newKey}` })
const newFirst = () => new Server({ MASTER_KEY: `${newKey},${oldKey}` })
const newAlone = () => new Server({ MASTER_KEY: newKey })

const oldRing = new KeyRing([
  { id: 'test', bytes: fromBase64url(oldKey.slice('test:'.length)) ?? new Uint8Array(32) },
])

const client = await registerClient()

/** Hashes of other systems, of this password. */
const foreignPassword = 'Grüße, Tür 7!'
const foreignHashes = [
  '$2y$06$nIgkdYP8vppvTQF8yk7Hyuq69KnHmrqCPuwbvSf/0/KW1dpv55UDO',
  '$P$6dKL/E.57Z0DOghY2E3Yy1Vqd6Tw.T0',
]

const tables = ['users', 'login_names', 'signing_keys', 'providers']
const emptied = () => tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`))

/** Keeps the rows of a world, so that it can be had again without hashing its passwords again. */
async function keep(): Promise<() => Promise<unknown>> {
  const rows = await env.DB.batch(tables.map((table) => env.DB.prepare(`SELECT * FROM ${table}`)))
  const insertions = rows.flatMap(({ results }, index) =>
    results.map((row) => {
      const [columns, values] = [Object.keys(Object(row)), Object.values(Object(row))]
      const marks = columns.map(() => '?').join()
      return env.DB.prepare(
        `INSERT INTO ${tables[index]} (${columns.join()}) VALUES (${marks})`,
      ).bind(...values)
    }),
  )
  return () => env.DB.batch([...emptied(), ...insertions])
}

/** A user with each form of a password, all sealed under the old key alone; and what else is sealed. */
async function newWorld(hashes = foreignHashes): Promise<TestUser[]> {
  await env.DB.batch(emptied())
  const ofArgon2 = new Server({ PASSWORD_HASH: 'argon2id' })
  const argon2 = await registerUser()
  const password = crypto.randomUUID()
  await admin('PATCH', `/users/${argon2.id}`, { password }, ofArgon2.fetch)
  const users = [await registerUser(), { ...argon2, password }]
  for (const hash of hashes) {
    const user = await registerUser({ password: null })
    const sealed = await sealForeignHash(oldRing, hash)
    if (!('stored' in sealed)) throw new Error(sealed.detail)
    await env.DB.prepare('UPDATE users SET password_hash = ?1 WHERE id = ?2')
      .bind(sealed.stored, user.id)
      .run()
    users.push({ ...user, password: foreignPassword })
  }
  await admin('POST', '/providers', {
    id: 'elsewhere',
    issuer: 'https://provider.example',
    label: 'Elsewhere',
    client_id: 'a client',
    client_secret: 'a secret',
  })
  await clientCredentials(client, {}, new Server().fetch)
  return users
}

const rewrap = ({ fetch }: Server) => admin('POST', '/keys/rewrap', {}, fetch)

const statusesOf = async (users: TestUser[], { fetch }: Server): Promise<number[]> => {
  const answers = await Promise.all(users.map((user) => passwordGrant(client, user, {}, fetch)))
  return answers.map(({ status }) => status)
}

const remainingAt = async (server: Server): Promise<number> => {
  const { body } = await read(await rewrap(server))
  const counts: number[] = Object.values(Object(body).remaining)
  return counts.reduce((sum, count) => sum + count, 0)
}

const sealedUnder = async (table: string, column: string): Promise<string[]> => {
  const { results } = await env.DB.prepare(
    `SELECT ${column} AS sealed FROM ${table} WHERE ${column} IS NOT NULL`,
  ).all<{ sealed: string }>()
  return results.map(({ sealed }) => /k=([^$]+)|^(\w+)\./.exec(sealed)?.slice(1).join('') ?? '')
}

/** Everything right: as many 200s as there are users. */
const allIn = (users: TestUser[]) => users.map(() => 200)

describe('Rotating MASTER_KEY', () => {
  it('seals every form of a password again, and then the old key may go', async () => {
    const users = await newWorld()
    const { body } = await read(await rewrap(newFirst()))
    const keys = (await sealedUnder('signing_keys', 'wrapped_private_key')).length
    expect(Object(body).rewrapped).toBe(users.length + keys + 1)
    expect(await remainingAt(newFirst())).toBe(0)
    expect(await sealedUnder('users', 'password_hash')).toEqual(users.map(() => 'new'))
    expect(await statusesOf(users, newAlone())).toEqual(allIn(users))
  })

  it('O39: killed at each step with sign-ins running, every password still works', async () => {
    // What other systems made is sealed in one form, so one such hash stands for all; each is hashed
    // anew at every sign-in whose new hash the rewrap overtakes.
    const users = await newWorld(foreignHashes.slice(0, 1))
    const all = allIn(users)
    const renew = await keep()
    let wasKilled = true
    for (let step = 0; wasKilled; step++) {
      await renew()
      expect({ step, before: await sealedUnder('users', 'password_hash') }).toEqual({
        step,
        before: users.map(() => 'test'),
      })
      const killed = newFirst()
      wasKilled = false
      killed.plan((_call, nth) => {
        if (nth !== step) return null
        wasKilled = true
        return step % 2 === 0 ? 'fails after the commit' : 'fails'
      })
      const [, during] = await Promise.all([rewrap(killed), statusesOf(users, oldFirst())])
      expect({ step, during }).toEqual({ step, during: all })
      expect({ step, after: await statusesOf(users, newFirst()) }).toEqual({ step, after: all })
      await rewrap(newFirst())
      expect({ step, remaining: await remainingAt(newFirst()) }).toEqual({ step, remaining: 0 })
      expect({ step, alone: await statusesOf(users, newAlone()) }).toEqual({ step, alone: all })
    }
  }, 300_000)

  it('is not done while something is sealed under another key: readiness names the key that is gone', async () => {
    await newWorld()
    expect(await remainingAt(newAlone())).toBeGreaterThan(0)
    const { status, body } = await read(await get('/health/ready', adminToken, newAlone().fetch))
    expect({ status, says: JSON.stringify(body) }).toEqual({
      status: 503,
      says: expect.stringContaining(
        'password_hashes are sealed under \\"test\\", which MASTER_KEY does not list',
      ),
    })
  })
})
