// Second factors in D1: what uses up a code, and what stands in its way, each rule by itself.
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { NewUser, User } from '../../src/core/people/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { audit, newSession, now, storeUser } from '../support/records.ts'

const { userAdministration, factors, sessions } = openStore(env)

const run = (query: string, ...values: (string | number | null)[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()
const rows = async (query: string, ...values: (string | number)[]) =>
  (
    await env.DB.prepare(query)
      .bind(...values)
      .all()
  ).results

const someUser = (facts: Partial<NewUser> = {}) => storeUser(userAdministration, facts)
const limits = { perAccount: 5, perAccountEverywhere: 50, perAddress: 50, window: 900 }

/** A try that was counted, and how many tries its bucket has. */
async function countedTry() {
  const nameDigest = randomSecret()
  const guess = { foldedName: nameDigest, nameDigest, address: randomSecret() }
  const outcome = await factors.countTry(guess, now, limits)
  const bucket = outcome.admitted ? outcome.bucket : 'none'
  const tries = async () =>
    rows('SELECT tries FROM sign_in_attempts WHERE bucket = ?1', bucket).then(([row]) => row?.tries)
  return { guess, bucket, tries }
}

const eventsOf = async (requestId: string) =>
  (await rows('SELECT kind FROM audit_events WHERE request_id = ?1', requestId)).length

describe('The step of an app', () => {
  const withSecret = async (columns = 'id = id') => {
    const user = await someUser()
    await run("UPDATE users SET sealed_totp = 'sealed', totp_last_step = 7 WHERE id = ?1", user.id)
    await run(`UPDATE users SET ${columns} WHERE id = ?1`, user.id)
    return user
  }
  const lastStep = async ({ id }: User) =>
    rows('SELECT totp_last_step AS step FROM users WHERE id = ?1', id).then(([row]) => row?.step)

  it.each([
    ['after the last one', 8, 'id = id', true],
    ['that is the last one', 7, 'id = id', false],
    ['before the last one', 6, 'id = id', false],
    ['of another secret', 8, "sealed_totp = 'another'", false],
    ['of a secret that was removed', 8, 'sealed_totp = NULL', false],
    ['of a disabled user', 8, 'disabled_at = 1', false],
  ])('%s: step %i, where %s: %s', async (_what, step, columns, isUsed) => {
    const [user, other] = [await withSecret(columns), await withSecret()]
    const { bucket, tries } = await countedTry()
    const used = await factors.useTotp({ userId: user.id, sealedTotp: 'sealed', step, bucket })
    expect({
      used,
      tries: await tries(),
      step: await lastStep(user),
      other: await lastStep(other),
    }).toEqual({ used: isUsed, tries: isUsed ? 0 : 1, step: isUsed ? step : 7, other: 7 })
  })

  it('of fifty at once is used once, and gives one try back', async () => {
    const user = await withSecret()
    const { guess, bucket, tries } = await countedTry()
    for (const at of [1, 2]) await factors.countTry(guess, now + at, limits)
    const use = { userId: user.id, sealedTotp: 'sealed', step: 8, bucket }
    const used = await Promise.all(Array.from({ length: 50 }, () => factors.useTotp(use)))
    expect({ used: used.filter(Boolean).length, tries: await tries() }).toEqual({
      used: 1,
      tries: 2,
    })
  })
})

describe('A recovery code', () => {
  const withCodes = async (digests: string[], replaced = 0) => {
    const user = await someUser()
    const codes = { digests, replaced }
    expect(await factors.replaceRecoveryCodes(user.id, codes, audit(), [])).toBe(true)
    return user
  }

  it('is used once, by its user alone, and gives its try back', async () => {
    const [code, left] = [randomSecret(), randomSecret()]
    const [user, other] = [await withCodes([code, left]), await someUser()]
    const { bucket, tries } = await countedTry()
    const requestId = randomSecret()
    const useOf = (userId: number) =>
      factors.useRecoveryCode({ userId, digests: ['none', code], bucket }, audit(requestId))
    expect({ other: await useOf(other.id), tries: await tries() }).toEqual({
      other: false,
      tries: 1,
    })
    expect({ first: await useOf(user.id), second: await useOf(user.id) }).toEqual({
      first: true,
      second: false,
    })
    expect({ tries: await tries(), events: await eventsOf(requestId) }).toEqual({
      tries: 0,
      events: 1,
    })
    expect(await factors.find(user.id)).toEqual({
      passkeys: 0,
      recoveryCodes: [left],
      recoveryCodesCreatedAt: now,
    })
  })

  it('is no passkey, whose id is typed as one', async () => {
    const user = await someUser()
    const id = randomSecret()
    const insert = `INSERT INTO credentials (id, user_id, kind, created_at) VALUES (?1, ?2, ?3, 1)`
    await run(insert, id, user.id, 'passkey')
    const { bucket } = await countedTry()
    const use = { userId: user.id, digests: [id], bucket }
    expect(await factors.useRecoveryCode(use, audit())).toBe(false)
    expect(await factors.find(user.id)).toEqual({
      passkeys: 1,
      recoveryCodes: [],
      recoveryCodesCreatedAt: 0,
    })
  })

  it('is replaced with all others of its user, and with no one else’s and no passkey', async () => {
    const [old, fresh, others] = [randomSecret(), randomSecret(), randomSecret()]
    const [user, other] = [await withCodes([old]), await withCodes([others])]
    const insert = `INSERT INTO credentials (id, user_id, kind, created_at) VALUES (?1, ?2, ?3, ?4)`
    await run(insert, randomSecret(), user.id, 'passkey', now + 9)
    const codes = { digests: [fresh], replaced: now }
    expect(await factors.replaceRecoveryCodes(user.id, codes, audit(), [])).toBe(true)
    const found = [await factors.find(user.id), await factors.find(other.id)]
    expect(found).toMatchObject([
      { passkeys: 1, recoveryCodes: [fresh] },
      { passkeys: 0, recoveryCodes: [others] },
    ])
  })

  it.each([
    ['others came first', { replaced: 0 }, 'id = id'],
    ['the user is disabled', { replaced: now }, 'disabled_at = 1'],
  ])('stays where %s', async (_what, { replaced }, columns) => {
    const code = randomSecret()
    const user = await withCodes([code])
    await run(`UPDATE users SET ${columns} WHERE id = ?1`, user.id)
    const requestId = randomSecret()
    const codes = { digests: [randomSecret()], replaced }
    expect({
      done: await factors.replaceRecoveryCodes(user.id, codes, audit(requestId), []),
      codes: (await factors.find(user.id)).recoveryCodes,
      events: await eventsOf(requestId),
    }).toEqual({ done: false, codes: [code], events: 0 })
  })
})

describe('The secret of an app', () => {
  async function signedIn(columns = 'id = id') {
    const user = await someUser()
    const session = newSession(user)
    expect(await sessions.begin(session, { user, provedBuckets: [] }, audit())).toBe('begun')
    await run(`UPDATE users SET ${columns} WHERE id = ?1`, user.id)
    return { user, session }
  }
  const enrolment = ({ id, digest }: { id: string; digest: string }) => ({
    renewal: { sessionId: id, digest, successorDigest: randomSecret() },
    sealedTotp: 'sealed',
    step: 7,
    amr: 'pwd otp',
  })
  const factsOf = (userId: number) =>
    rows(
      `SELECT sealed_totp, totp_last_step, amr, second_factor_at, digest
       FROM users JOIN sessions ON user_id = users.id WHERE users.id = ?1`,
      userId,
    )

  it('is added in a session, which is raised and gets another secret', async () => {
    const { user, session } = await signedIn()
    const bystander = await signedIn()
    const added = enrolment(session)
    const requestId = randomSecret()
    expect({
      added: await factors.addTotp(user.id, added, audit(requestId), []),
      events: await eventsOf(requestId),
      facts: await factsOf(user.id),
      others: await factsOf(bystander.user.id),
    }).toEqual({
      added: true,
      events: 1,
      facts: [
        {
          sealed_totp: 'sealed',
          totp_last_step: 7,
          amr: 'pwd otp',
          second_factor_at: now,
          digest: added.renewal.successorDigest,
        },
      ],
      others: [
        {
          sealed_totp: null,
          totp_last_step: 0,
          amr: 'pwd',
          second_factor_at: null,
          digest: bystander.session.digest,
        },
      ],
    })
  })

  it('does not set the last step back', async () => {
    const { user, session } = await signedIn('totp_last_step = 9')
    await factors.addTotp(user.id, enrolment(session), audit(), [])
    expect(await factsOf(user.id)).toMatchObject([{ totp_last_step: 9 }])
  })

  it.each([
    ['there is one by now', 'users', "sealed_totp = 'another'"],
    ['the user is disabled', 'users', 'disabled_at = 1'],
    ['the session has another secret', 'sessions', "digest = 'another'"],
    ['the session has ended', 'sessions', 'ended_at = 1'],
    ['the session is another user’s', 'sessions', 'user_id = -1'],
  ])('is not added, nor anything written, where %s', async (_what, table, columns) => {
    const { user, session } = await signedIn()
    await run(
      `UPDATE ${table} SET ${columns} WHERE id = ?1`,
      table === 'users' ? user.id : session.id,
    )
    const all = () =>
      rows(
        'SELECT * FROM users JOIN sessions ON sessions.id = ?1 WHERE users.id = ?2',
        session.id,
        user.id,
      )
    const before = await all()
    const requestId = randomSecret()
    expect({
      added: await factors.addTotp(user.id, enrolment(session), audit(requestId), []),
      events: await eventsOf(requestId),
      after: await all(),
    }).toEqual({ added: false, events: 0, after: before })
  })

  it('is removed with the recovery codes, of its user alone, and noted if there was one', async () => {
    const { user, session } = await signedIn()
    const other = await signedIn()
    for (const each of [{ user, session }, other]) {
      await factors.addTotp(each.user.id, enrolment(each.session), audit(), [])
      const codes = { digests: [randomSecret()], replaced: 0 }
      await factors.replaceRecoveryCodes(each.user.id, codes, audit(), [])
    }
    const [first, second] = [randomSecret(), randomSecret()]
    await factors.removeTotp(user.id, audit(first), [])
    await factors.removeTotp(user.id, audit(second), [])
    expect({
      first: await eventsOf(first),
      second: await eventsOf(second),
      secret: await factsOf(user.id),
      codes: (await factors.find(user.id)).recoveryCodes.length,
      othersSecret: await factsOf(other.user.id),
      othersCodes: (await factors.find(other.user.id)).recoveryCodes.length,
    }).toMatchObject({
      first: 1,
      second: 0,
      secret: [{ sealed_totp: null }],
      codes: 0,
      othersSecret: [{ sealed_totp: 'sealed' }],
      othersCodes: 1,
    })
  })
})

describe('What is told of a change', () => {
  const mailOf = ({ id }: User) => ({
    id: randomSecret(),
    sealed: 'sealed',
    purpose: 'notice',
    userId: id,
    createdAt: now,
    dueAt: now,
  })
  const isSent = async ({ id }: { id: string }) =>
    (await rows('SELECT 1 FROM mails WHERE id = ?1', id)).length === 1

  it('is an event and a mail for each change that was made, and nothing for one that was not', async () => {
    const user = await someUser()
    const session = newSession(user)
    await sessions.begin(session, { user, provedBuckets: [] }, audit())
    const renewal = { sessionId: session.id, digest: session.digest, successorDigest: 'next' }
    const enrolment = { renewal, sealedTotp: 'sealed', step: 7, amr: 'pwd otp' }
    const codes = () => ({ digests: [randomSecret()], replaced: 0 })
    const told = async (
      change: (
        event: ReturnType<typeof audit>,
        mail: ReturnType<typeof mailOf>,
      ) => Promise<unknown>,
    ) => {
      const [requestId, mail] = [randomSecret(), mailOf(user)]
      await change(audit(requestId), mail)
      return { events: await eventsOf(requestId), sent: await isSent(mail) }
    }
    const changes = [
      await told((event, mail) => factors.addTotp(user.id, enrolment, event, [mail])),
      await told((event, mail) => factors.addTotp(user.id, enrolment, event, [mail])),
      await told((event, mail) => factors.replaceRecoveryCodes(user.id, codes(), event, [mail])),
      await told((event, mail) => factors.replaceRecoveryCodes(user.id, codes(), event, [mail])),
      await told((event, mail) => factors.removeTotp(user.id, event, [mail])),
      await told((event, mail) => factors.removeTotp(user.id, event, [mail])),
    ]
    const [made, not] = [
      { events: 1, sent: true },
      { events: 0, sent: false },
    ]
    expect(changes).toEqual([made, not, made, not, made, not])
  })

  it('is from when on a code may be tried again', async () => {
    const { guess } = await countedTry()
    expect(await factors.countTry(guess, now + 1, { ...limits, perAccount: 1 })).toEqual({
      admitted: false,
      retryAt: now + 900,
    })
  })
})
