// Passkeys in D1: mails about them, outcomes that are unknown, codes that are none, and names that a
// passkey was made for.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { PasskeyAddition } from '../../src/core/people/passkeys/storage.ts'
import type { User } from '../../src/core/people/storage.ts'
import type { Answer } from '../../src/core/server/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { Database } from '../../src/store/database.ts'
import { openStore } from '../../src/store/open.ts'
import { selectStranded } from '../../src/store/passkeys.ts'
import { Server, atCall } from '../support/faults.ts'
import { audit, now, storeUser } from '../support/records.ts'

const { userAdministration, passkeys } = openStore(env)

const run = (query: string, ...values: (string | number | null)[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()
const someUser = () => storeUser(userAdministration)
const newAnswer = (): Answer => ({
  ...{ digest: randomSecret(), expiresAt: now + 100, operation: randomSecret(), now: now + 5 },
})
const additionOf = ({ id }: User, facts: Partial<PasskeyAddition> = {}): PasskeyAddition => ({
  ...{ id: randomSecret(), userId: id, publicKey: 'a key', counter: 3, isBackupEligible: true },
  ...{ isBackedUp: false, transports: ['usb'], userAgent: null, createdAt: now },
  ...{ userHandle: `handle-${id}`, rpId: 'login.example' },
  ...facts,
})
/** Adds a passkey, and returns its id. */
async function added(user: User, facts: Partial<PasskeyAddition> = {}): Promise<string> {
  const passkey = additionOf(user, facts)
  expect(await passkeys.add(newAnswer(), passkey, 9, audit(), [])).toBe('added')
  return passkey.id
}
const idsOf = async ({ id }: User) => (await passkeys.list(id)).map((passkey) => passkey.id)
const mailOf = () => ({
  ...{ id: randomSecret(16), sealed: 'sealed', purpose: 'notice', userId: null },
  ...{ createdAt: now, dueAt: now },
})
const isWaiting = async ({ id }: ReturnType<typeof mailOf>) =>
  (await env.DB.prepare('SELECT 1 FROM mails WHERE id = ?1').bind(id).first()) !== null

describe('A passkey', () => {
  it('is told of by mail when it is added and removed, and only then', async () => {
    const user = await someUser()
    const passkey = additionOf(user)
    const [ofAdded, ofRefused, ofRemoved, ofGone] = [mailOf(), mailOf(), mailOf(), mailOf()]
    await passkeys.add(newAnswer(), passkey, 9, audit(), [ofAdded])
    await passkeys.add(newAnswer(), additionOf(user), 1, audit(), [ofRefused])
    await passkeys.remove(user.id, passkey.id, audit(), [ofRemoved])
    await passkeys.remove(user.id, passkey.id, audit(), [ofGone])
    expect({
      added: await isWaiting(ofAdded),
      refused: await isWaiting(ofRefused),
      removed: await isWaiting(ofRemoved),
      gone: await isWaiting(ofGone),
    }).toEqual({ added: true, refused: false, removed: true, gone: false })
  })

  it('is found with its user, also where nobody said how it is reached', async () => {
    await someUser()
    const user = await someUser()
    const id = await added(user)
    await run('UPDATE credentials SET transports = NULL WHERE id = ?1', id)
    expect(await passkeys.find(id)).toMatchObject({
      passkey: { id, transports: [] },
      user: { id: user.id },
    })
  })

  it('is not added by the handle of another user', async () => {
    const [user, other] = [await someUser(), await someUser()]
    const ids = { user: [await added(user)], other: [await added(other)] }
    const passkey = additionOf(user, { userHandle: `handle-${other.id}` })
    expect(await passkeys.add(newAnswer(), passkey, 9, audit(), [])).toBe('refused')
    expect({ user: await idsOf(user), other: await idsOf(other) }).toEqual(ids)
  })

  it('is no recovery code: that is not removed in its place', async () => {
    const user = await someUser()
    const code = randomSecret()
    const insert = `INSERT INTO credentials (id, user_id, kind, created_at) VALUES (?1, ?2, 'recovery', 1)`
    await run(insert, code, user.id)
    await passkeys.remove(user.id, code, audit(), [])
    expect(
      await env.DB.prepare('SELECT kind FROM credentials WHERE id = ?1').bind(code).first(),
    ).toEqual({ kind: 'recovery' })
  })

  it('may go where there is another way in: a link to a provider', async () => {
    const user = await someUser()
    await run('UPDATE users SET password_hash = NULL WHERE id = ?1', user.id)
    const id = await added(user)
    const issuer = `https://${randomSecret(8)}.example`
    const remove = () => passkeys.remove(user.id, id, audit(), [])
    const alone = await remove()
    await run(
      `INSERT INTO providers (id, issuer, configuration, created_at, updated_at)
       VALUES (?1, ?1, '{}', 1, 1)`,
      issuer,
    )
    await run(
      `INSERT INTO provider_links (issuer, subject, user_id, created_at) VALUES (?1, 's', ?2, 1)`,
      ...[issuer, user.id],
    )
    expect({ alone, besideLink: await remove() }).toEqual({ alone: 'last', besideLink: 'removed' })
  })
})

describe('F10: A new passkey whose write has an unknown outcome', () => {
  const server = new Server()
  const store = openStore(server.env).passkeys
  const failing = (answer: Answer, passkey: PasskeyAddition) => {
    server.plan(atCall(0, 'fails'))
    return expect(store.add(answer, passkey, 9, audit(), [])).rejects.toMatchObject({ status: 503 })
  }

  it('has failed where the row is of another answer', async () => {
    const user = await someUser()
    await failing(newAnswer(), additionOf(user, { id: await added(user) }))
  })

  it('has failed where this answer brought no such passkey', async () => {
    const user = await someUser()
    await added(user)
    const answer = newAnswer()
    await passkeys.decline(answer, user.id)
    await failing(answer, additionOf(user))
  })
})

describe('A passkey that was made for another name', () => {
  it('is there, before or after the own one, and no recovery code is', async () => {
    await run('DELETE FROM credentials')
    const database = new Database(env.DB)
    const isThere = async () => (await database.all(selectStranded('login.example'))).length > 0
    const user = await someUser()
    await added(user)
    await run(
      `INSERT INTO credentials (id, user_id, kind, rp_id, created_at)
       VALUES (?1, ?2, 'recovery', 'another.example', 1)`,
      ...[randomSecret(), user.id],
    )
    const isThereWith = async (rpId: string) => {
      const id = await added(user, { rpId })
      const found = await isThere()
      await passkeys.remove(user.id, id, audit(), [])
      return found
    }
    expect({
      without: await isThere(),
      before: await isThereWith('a.example'),
      after: await isThereWith('z.example'),
      removed: await isThere(),
    }).toEqual({ without: false, before: true, after: true, removed: false })
  })
})
