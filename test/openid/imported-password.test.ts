// People whose password hash came from another system: they sign in with the password that they have
// always had, wherever a password is asked for, and after the first time the hash is ours.
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { resetPassword } from '../../src/crypto/stored-password.ts'
import { hashMadeBy } from '../crypto/foreign-password/hashes.ts'
import { Server } from '../support/faults.ts'
import { issuer, read } from '../support/http.ts'
import { importedUser, storedKind, storedPassword, storePassword } from '../support/imported.ts'
import { registerClient, registerUser, type TestUser } from '../support/registry.ts'
import { passwordGrant } from '../support/tokens.ts'
import { UserAgent } from '../support/user-agent.ts'
import { signInAt, signedIn } from './flow.ts'

const client = await registerClient()
const { hash: quickHash, password } = hashMadeBy('{SSHA}')

/** Every change of a password hash since the tests began, of whichever user. */
async function changesOf(user: TestUser): Promise<number> {
  const counted = await env.DB.prepare('SELECT COUNT(*) AS n FROM changed WHERE user_id = ?1')
    .bind(user.id)
    .first<{ n: number }>()
  return counted?.n ?? 0
}

beforeAll(async () => {
  await env.DB.exec('CREATE TABLE changed (user_id INTEGER)')
  await env.DB.exec(
    'CREATE TRIGGER password_changed AFTER UPDATE OF password_hash ON users BEGIN INSERT INTO changed VALUES (NEW.id); END',
  )
})

/** The ways to sign in by password, and whether they let somebody in. */
const doors: [string, (server: Server, user: TestUser) => Promise<boolean>][] = [
  [
    'the password grant',
    async ({ fetch }, user) => (await passwordGrant(client, user, {}, fetch)).status === 200,
  ],
  [
    'the sign-in page',
    async ({ fetch }, user) => {
      const agent = new UserAgent(fetch)
      return (await signInAt(agent, await agent.open('/'), user)).path === '/'
    },
  ],
  [
    'the sign-in of Traffic Ops',
    async ({ fetch }, { username, password: p }) => {
      const body = JSON.stringify({ u: username, p })
      const request = new Request(`${issuer}/api/4.0/user/login`, { method: 'POST', body })
      return (await fetch(request)).status === 200
    },
  ],
]

describe('a person whose hash was imported', () => {
  it.each(doors)('signs in by %s, and the hash is ours from then on', async (_door, enter) => {
    const server = new Server()
    const user = await importedUser(quickHash, password)
    const wrong = await enter(server, { ...user, password: 'a wrong password' })
    await server.settled()
    const before = await storedKind(user)
    const right = await enter(server, user)
    await server.settled()
    expect({
      wrong,
      before,
      right,
      after: await storedKind(user),
      again: await enter(server, user),
    }).toEqual({ wrong: false, before: 'sha1', right: true, after: 'own', again: true })
  })

  it.each(
    ['bcrypt $2y$ of PHP', 'WordPress 6.8', 'passlib argon2', 'Werkzeug scrypt:', 'Firebase'].map(
      (name) => hashMadeBy(name),
    ),
  )('signs in whose hash $madeBy made', async ({ hash, password }) => {
    const user = await importedUser(hash, password)
    expect((await passwordGrant(client, user)).status).toBe(200)
  })

  it('O31: the empty password, and one of 2 KiB, are refused', async () => {
    const user = await importedUser('{MD5}1B2M2Y8AsgTpgAmY7PhCfg==', '')
    const long = 'x'.repeat(2048)
    const md5 = new Uint8Array(await crypto.subtle.digest('MD5', new TextEncoder().encode(long)))
    const other = await importedUser(`{MD5}${md5.toBase64()}`, long)
    const server = new Server()
    const entered = []
    for (const [, enter] of doors) {
      entered.push(await enter(server, user), await enter(server, other))
    }
    expect(entered).toEqual(entered.map(() => false))
  })

  it('changes the password at /account, where the imported one is the current one', async () => {
    const server = new Server()
    const user = await importedUser(quickHash, password)
    const agent = await signedIn(user, server.fetch)
    // As if the sign-in had never replaced the hash.
    await server.settled()
    await storePassword(user, (await storedPasswordOf(quickHash)) ?? '')
    const fields = { current_password: password, new_password: 'another password' }
    await agent.submit(await agent.open('/account'), fields, { action: '/account/password' })
    await server.settled()
    expect({
      kind: await storedKind(user),
      old: (await passwordGrant(client, user)).status,
      next: (await passwordGrant(client, { ...user, password: 'another password' })).status,
    }).toEqual({ kind: 'own', old: 400, next: 200 })
  })

  it('20 first sign-ins at once: those that the tries admit are right, and there is one new hash', async () => {
    const server = new Server()
    const user = await importedUser(quickHash, password)
    const before = await changesOf(user)
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => passwordGrant(client, user, {}, server.fetch)),
    )
    await server.settled()
    const statuses = answers.map(({ status }) => status)
    expect({
      right: statuses.filter((status) => status === 200).length >= 10,
      others: statuses.filter((status) => status !== 200 && status !== 429),
      kind: await storedKind(user),
      changes: (await changesOf(user)) - before,
    }).toEqual({ right: true, others: [], kind: 'own', changes: 1 })
  })

  it('tries count before the hash is verified: the eleventh is not', async () => {
    const user = await importedUser(quickHash, password)
    const wrong = { ...user, password: 'a wrong password' }
    await Promise.all(Array.from({ length: 10 }, () => passwordGrant(client, wrong)))
    expect({
      status: (await passwordGrant(client, user)).status,
      kind: await storedKind(user),
    }).toEqual({ status: 429, kind: 'sha1' })
  })

  it('a hash that does not get replaced, because D1 fails, is there for the next time', async () => {
    const server = new Server()
    const user = await importedUser(quickHash, password)
    server.plan(({ text }) => (text.startsWith('UPDATE users') ? 'fails' : null))
    const first = (await passwordGrant(client, user, {}, server.fetch)).status
    await server.settled().catch(() => undefined)
    const kind = await storedKind(user)
    expect({ first, kind, second: (await passwordGrant(client, user)).status }).toEqual({
      first: 200,
      kind: 'sha1',
      second: 200,
    })
  })
})

describe('PASSWORD_HASH', () => {
  it('argon2id: new hashes, and those of people who sign in, are of that form', async () => {
    const server = new Server({ PASSWORD_HASH: 'argon2id' })
    const own = await registerUser()
    const imported = await importedUser(quickHash, password)
    const statuses = []
    for (const user of [own, imported]) {
      statuses.push((await passwordGrant(client, user, {}, server.fetch)).status)
    }
    await server.settled()
    const forms = [await storedPassword(own), await storedPassword(imported)]
    expect({
      statuses,
      forms: forms.map((stored) => stored?.split('$')[1]),
      // An isolate that still has the old setting.
      back: (await passwordGrant(client, own)).status,
    }).toEqual({ statuses: [200, 200], forms: ['argon2id', 'argon2id'], back: 200 })
  })

  it('any other word is a fault of the deployment', async () => {
    const { status } = await read(
      await new Server({ PASSWORD_HASH: 'md5' }).fetch(
        new Request(`${issuer}/.well-known/openid-configuration`),
      ),
    )
    expect(status).toBe(503)
  })
})

describe('a person who has to set a new password first', () => {
  it('cannot sign in by any password, not even by what is stored', async () => {
    const server = new Server()
    const user = await registerUser()
    await storePassword(user, resetPassword)
    const entered = []
    for (const [, enter] of doors) {
      for (const tried of [user.password, resetPassword]) {
        entered.push(await enter(server, { ...user, password: tried }))
      }
    }
    expect(entered).toEqual(entered.map(() => false))
  })

  it('is shown no form to change it at /account', async () => {
    const user = await registerUser()
    const agent = await signedIn(user)
    const before = (await agent.open('/account')).html.includes('current_password')
    await storePassword(user, resetPassword)
    const after = (await agent.open('/account')).html.includes('current_password')
    expect({ before, after }).toEqual({ before: true, after: false })
  })
})

/** The stored text of a hash, for a user who is of no further interest. */
const storedPasswordOf = async (hash: string) => storedPassword(await importedUser(hash, password))
