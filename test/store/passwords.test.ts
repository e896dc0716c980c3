// The tries of a password and its hash in D1: each statement is about the one user or name that it names.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { NewUser } from '../../src/core/people/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { resetPassword } from '../../src/crypto/stored-password.ts'
import { Database } from '../../src/store/database.ts'
import { openStore } from '../../src/store/open.ts'
import { passwordKeyId } from '../../src/store/password-key.ts'
import { sql, statement } from '../../src/store/sql.ts'
import { audit, now, storeUser } from '../support/records.ts'

const { userAdministration, passwords } = openStore(env)

const run = (query: string, ...values: (string | number | null)[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()
const someUser = (facts: Partial<NewUser> = {}) => storeUser(userAdministration, facts)
const limits = { perAccount: 2, perAccountEverywhere: 100, perAddress: 100, window: 900 }
const attemptOf = (foldedName: string) => ({
  foldedName,
  nameDigest: foldedName,
  address: '192.0.2.1',
})
const triesOf = (name: string) =>
  env.DB.prepare('SELECT tries FROM sign_in_attempts WHERE bucket = ?1')
    .bind(`${name}:192.0.2.1`)
    .first('tries')
const hashOf = (id: number) =>
  env.DB.prepare('SELECT password_hash, password_state FROM users WHERE id = ?1').bind(id).first()

describe('A try of a password', () => {
  it('finds the user of the name, or none, and is counted alike', async () => {
    await someUser()
    const user = await someUser()
    const names = [(user.username ?? '').toLowerCase(), randomSecret()]
    const tried = []
    for (const name of names) {
      const { user: found, outcome } = await passwords.countTry(attemptOf(name), now, limits)
      tried.push({ id: found?.id ?? null, outcome, tries: await triesOf(name) })
    }
    expect(tried).toEqual(
      [user.id, null].map((id, index) => ({
        id,
        outcome: { admitted: true, bucket: `${names[index]}:192.0.2.1` },
        tries: 1,
      })),
    )
  })

  it('that is refused says from when on one is admitted', async () => {
    const attempt = attemptOf(randomSecret())
    for (const at of [now, now + 1]) await passwords.countTry(attempt, at, limits)
    expect((await passwords.countTry(attempt, now + 2, limits)).outcome).toEqual({
      admitted: false,
      retryAt: now + 900,
    })
  })

  it('is taken back, or cleared with all tries of its name and an event', async () => {
    const [name, other] = [randomSecret(), randomSecret()]
    for (const each of [name, name, other]) {
      await passwords.countTry(attemptOf(each), now, limits)
    }
    await passwords.takeBackTry(`${name}:192.0.2.1`)
    expect(await triesOf(name)).toBe(1)
    const requestId = randomSecret()
    await passwords.clearTries([name], audit(requestId))
    const events = 'SELECT COUNT(*) AS count FROM audit_events WHERE request_id = ?1'
    expect({
      name: await triesOf(name),
      other: await triesOf(other),
      events: await env.DB.prepare(events).bind(requestId).first('count'),
    }).toEqual({ name: null, other: 1, events: 1 })
  })
})

describe('The hash of a password', () => {
  it('is made better of the user it names alone, and only if it is still the one', async () => {
    const [user, other] = [await someUser(), await someUser()]
    await passwords.upgrade(user.id, 'another', 'better')
    expect(await hashOf(user.id)).toMatchObject({ password_hash: 'a hash' })
    await passwords.upgrade(user.id, 'a hash', 'better')
    expect({ user: await hashOf(user.id), other: await hashOf(other.id) }).toMatchObject({
      user: { password_hash: 'better' },
      other: { password_hash: 'a hash' },
    })
  })

  it.each([
    ['is asked for elsewhere', resetPassword, 'ask', true],
    ['was given meanwhile', 'theirs', 'ask', false],
    ['was reset', resetPassword, null, false],
  ])('is the first one where it %s', async (_what, hash, state, isAdopted) => {
    const [user, other] = [await someUser(), await someUser()]
    for (const { id } of [user, other]) {
      const update = 'UPDATE users SET password_hash = ?1, password_state = ?2 WHERE id = ?3'
      await run(update, hash, state, id)
    }
    await passwords.adopt(user.id, 'first')
    const before = { password_hash: hash, password_state: state }
    expect({ user: await hashOf(user.id), other: await hashOf(other.id) }).toEqual({
      user: isAdopted ? { password_hash: 'first', password_state: null } : before,
      other: before,
    })
  })

  it.each([
    ['$argon2id$k=key-1$salt$hash', 'key-1'],
    ['k=key-1$hash', 'key-1'],
    ['$pbkdf2$salt$hash', null],
    ['', null],
  ])('names the key it is sealed under (%s)', async (hash, expected) => {
    const database = new Database(env.DB)
    const row = await database.first(statement(sql`SELECT ${passwordKeyId(sql`${hash}`)} AS id`))
    expect(row).toEqual({ id: expected })
  })
})
