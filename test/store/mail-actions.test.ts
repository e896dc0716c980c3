// One-time links in D1: when one counts, what uses it up and whose code is tried, each rule by itself.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { foldLoginName } from '../../src/core/people/login-name.ts'
import type { MailPurpose, NewMailAction } from '../../src/core/people/mail/storage.ts'
import type { User } from '../../src/core/people/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import { openStore } from '../../src/store/open.ts'
import { Server, atCall } from '../support/faults.ts'
import { audit, newSession, now, run, storeUser, userRow } from '../support/records.ts'

const { userAdministration, mailActions, sessions } = openStore(env)

afterEach(() => run('DELETE FROM epoch'))

const someUser = () => storeUser(userAdministration)
const actionOf = (purpose: MailPurpose, facts: Partial<NewMailAction> = {}): NewMailAction => ({
  digest: randomSecret(),
  purpose,
  address: null,
  codeDigest: null,
  browserDigest: null,
  sealed: null,
  createdAt: now,
  expiresAt: now + 600,
  ...facts,
})
const useOf = ({ purpose, digest }: NewMailAction, at = now + 1) => ({
  purpose,
  digest,
  operation: randomSecret(),
  now: at,
})

/** Whether a link counts to each of those who ask: who looks, and who uses it up. */
async function counts(user: User, action: NewMailAction, at = now + 1) {
  const found = (await mailActions.find(action.purpose, action.digest, at))?.counts ?? null
  const used = await mailActions.verifyAddress(useOf(action, at), user.id, audit())
  return { found, used }
}
const yes = { found: true, used: true }
const no = { found: false, used: false }

describe('A link of a user', () => {
  async function given(facts: Partial<NewMailAction> = {}, purpose: MailPurpose = 'reset') {
    const user = await someUser()
    const action = actionOf(purpose, facts)
    await mailActions.give(user.id, action, [])
    return { user, action }
  }

  it('counts once', async () => {
    const { user, action } = await given()
    expect({ once: await counts(user, action), again: await counts(user, action) }).toEqual({
      once: yes,
      again: no,
    })
  })

  it('counts until its expiry, and not at that instant', async () => {
    const { user, action } = await given()
    const at = await counts(user, action, now + 600)
    expect({ at, before: await counts(user, action, now + 599.999) }).toEqual({
      at: no,
      before: yes,
    })
  })

  it('counts for its purpose alone, and not under another digest', async () => {
    const { user, action } = await given()
    const none = { found: null, used: false }
    expect({
      otherPurpose: await counts(user, { ...action, purpose: 'verify' }),
      otherDigest: await counts(user, { ...action, digest: randomSecret() }),
      itself: await counts(user, action),
    }).toEqual({ otherPurpose: none, otherDigest: none, itself: yes })
  })

  const after = now + 0.001
  it.each<[string, MailPurpose, string, typeof yes]>([
    ['a disabled user', 'reset', 'disabled_at = 1', no],
    ['one of whom all has ended since', 'reset', `not_before = ${after}`, no],
    ['one of whom all ended at that instant', 'reset', `not_before = ${now}`, yes],
    [
      'one who undoes a change, all of whom has ended since',
      'undo-address',
      `not_before = ${after}`,
      yes,
    ],
    ['a disabled one who undoes a change', 'undo-address', 'disabled_at = 1', no],
  ])('of %s (%s)', async (_what, purpose, columns, expected) => {
    const { user, action } = await given({}, purpose)
    await run(`UPDATE users SET ${columns} WHERE id = ?1`, user.id)
    expect(await counts(user, action)).toEqual(expected)
  })

  it.each<[MailPurpose, typeof yes]>([
    ['reset', no],
    ['verify', no],
    ['change-address', yes],
    ['undo-address', yes],
    ['restore', yes],
  ])('about another address than the user’s (%s)', async (purpose, expected) => {
    const { user, action } = await given({ address: 'another@example.com' }, purpose)
    expect(await counts(user, action)).toEqual(expected)
  })

  it('about the user’s own address counts', async () => {
    const user = await someUser()
    const action = actionOf('verify', { address: user.email })
    await mailActions.give(user.id, action, [])
    expect(await counts(user, action)).toEqual(yes)
  })

  it('of a user who is gone counts for nothing', async () => {
    const { user, action } = await given()
    await run('DELETE FROM users WHERE id = ?1', user.id)
    expect(await counts(user, action)).toEqual({ found: null, used: false })
  })

  it('from before the epoch counts for nothing, and one from its instant does', async () => {
    const [before, at] = [await given(), await given()]
    await run('INSERT INTO epoch (id, not_before) VALUES (1, ?1)', now)
    expect(await counts(at.user, at.action)).toEqual(yes)
    await run('UPDATE epoch SET not_before = ?1', now + 0.001)
    expect(await counts(before.user, before.action)).toEqual(no)
  })

  it('that is given where all of its user ends counts from then on', async () => {
    const user = await someUser()
    await run('UPDATE users SET not_before = ?1 WHERE id = ?2', now + 50, user.id)
    const action = actionOf('reset')
    await mailActions.give(user.id, action, [])
    expect(await counts(user, action)).toEqual(yes)
  })

  it('takes the place of the one before of its purpose, as new, and of no other', async () => {
    const { user, action } = await given({ codeDigest: 'a code' })
    const other = actionOf('verify')
    await mailActions.give(user.id, other, [])
    await counts(user, action)
    await run('UPDATE mail_actions SET tries = 4 WHERE digest = ?1', action.digest)
    const next = actionOf('reset', {
      ...{ sealed: 'sealed', codeDigest: 'b', browserDigest: 'c', address: user.email },
      ...{ createdAt: now + 1, expiresAt: now + 700 },
    })
    await mailActions.give(user.id, next, [])
    const query = 'SELECT * FROM mail_actions WHERE digest = ?1'
    expect(await env.DB.prepare(query).bind(next.digest).first()).toMatchObject({
      user_id: user.id,
      sealed: 'sealed',
      code_digest: 'b',
      browser_digest: 'c',
      address: user.email,
      created_at: now + 1,
      expires_at: now + 700,
      tries: 0,
      used_at: null,
      operation: null,
    })
    expect({
      before: await counts(user, action),
      next: await counts(user, next),
      otherPurpose: await counts(user, other),
    }).toEqual({ before: { found: null, used: false }, next: yes, otherPurpose: yes })
  })
})

describe('A link whose use has an unknown outcome', () => {
  const server = new Server()
  const store = openStore(server.env).mailActions

  it('is used where it is of this form, and has failed where it is not', async () => {
    const user = await someUser()
    const action = actionOf('verify')
    await mailActions.give(user.id, action, [])
    server.plan(atCall(0, 'fails'))
    const verify = () => store.verifyAddress(useOf(action), user.id, audit())
    await expect(verify()).rejects.toMatchObject({ status: 503 })
    server.plan(atCall(0, 'fails after the commit'))
    expect(await verify()).toBe(true)
    server.plan(atCall(0, 'fails'))
    await expect(verify()).rejects.toMatchObject({ status: 503 })
  })
})

describe('What a link does', () => {
  it('verifies the address of its user alone, as a later version', async () => {
    const [user, other] = [await someUser(), await someUser()]
    await run('UPDATE users SET updated_at = ?1 WHERE id = ?2', now + 50, user.id)
    const action = actionOf('verify')
    await mailActions.give(user.id, action, [])
    const requestId = randomSecret()
    await mailActions.verifyAddress(useOf(action), user.id, audit(requestId))
    expect({ user: await userRow(user), other: await userRow(other) }).toMatchObject({
      user: { email_verified: 1, updated_at: now + 50.001 },
      other: { email_verified: 0, updated_at: now - 100 },
    })
    const events = 'SELECT 1 FROM audit_events WHERE request_id = ?1'
    expect((await env.DB.prepare(events).bind(requestId).all()).results).toHaveLength(1)
  })

  it('sets the password of its user alone, and ends the sessions', async () => {
    const [user, other] = [await someUser(), await someUser()]
    const [own, others] = [newSession(user), newSession(other)]
    await sessions.begin(own, { user, provedBuckets: [] }, audit())
    await sessions.begin(others, { user: other, provedBuckets: [] }, audit())
    await run(
      "UPDATE users SET password_state = 'ask', not_before = ?1, updated_at = ?1 WHERE id = ?2",
      now - 5,
      user.id,
    )
    const action = actionOf('reset')
    await mailActions.give(user.id, action, [])
    const reset = {
      userId: user.id,
      passwordHash: 'new',
      nameDigests: [],
      suspicion: { since: now, kept: [] },
    }
    const set = () => mailActions.setPassword(useOf(action), reset, [], audit())
    expect({ isSet: await set(), again: await set() }).toEqual({ isSet: true, again: false })
    expect({ user: await userRow(user), other: await userRow(other) }).toMatchObject({
      user: {
        password_hash: 'new',
        password_state: null,
        not_before: now + 1,
        updated_at: now + 1,
      },
      other: { password_hash: 'a hash', not_before: 0, updated_at: now - 100 },
    })
    expect({
      ownSession: await sessions.find(own.digest, now + 2),
      userOfOthers: (await sessions.find(others.digest, now + 2))?.user.id,
    }).toEqual({ ownSession: null, userOfOthers: other.id })
  })
})

describe('A try of a code', () => {
  const code = () => ({ codeDigest: randomSecret(), browserDigest: randomSecret() })
  const triesOf = ({ digest }: NewMailAction) =>
    env.DB.prepare('SELECT tries FROM mail_actions WHERE digest = ?1').bind(digest).first('tries')
  const at = { purpose: 'sign-in' as const, now: now + 1 }

  it('is counted as often as there is one left, of fifty at once', async () => {
    const user = await someUser()
    const [action, other] = [actionOf('sign-in', code()), actionOf('sign-in', code())]
    await mailActions.give(user.id, action, [])
    await mailActions.give((await someUser()).id, other, [])
    const all = Array.from({ length: 50 }, () =>
      mailActions.countTry({ ...at, digest: action.digest }, 5),
    )
    const { digest, codeDigest } = action
    expect((await Promise.all(all)).flat()).toEqual(
      Array.from({ length: 5 }, () => ({ digest, codeDigest })),
    )
    expect({ tries: await triesOf(action), other: await triesOf(other) }).toEqual({
      tries: 5,
      other: 0,
    })
  })

  it.each<[string, string, Partial<typeof at>]>([
    ['no code', 'code_digest = NULL', {}],
    ['a link that was used', 'used_at = 1', {}],
    ['a link that has expired', `expires_at = ${now + 1}`, {}],
    ['a link for something else', "purpose = 'verify'", {}],
  ])('is none of %s', async (_what, columns, facts) => {
    const action = actionOf('sign-in', code())
    await mailActions.give((await someUser()).id, action, [])
    await run(`UPDATE mail_actions SET ${columns} WHERE digest = ?1`, action.digest)
    expect(await mailActions.countTry({ ...at, ...facts, digest: action.digest }, 5)).toEqual([])
    expect(await triesOf(action)).toBe(0)
  })

  it('is for the owner, in the browser that asked: of an account by its address, and of nobody yet', async () => {
    const [user, other] = [await someUser(), await someUser()]
    const foldedAddress = foldLoginName(user.email ?? '')
    const { browserDigest } = code()
    const facts = { browserDigest, codeDigest: 'a code' }
    const [own, others] = [actionOf('sign-in', facts), actionOf('sign-in', facts)]
    const nobodys = actionOf('sign-in', { ...facts, address: foldedAddress })
    await mailActions.give(user.id, own, [])
    await mailActions.give(other.id, others, [])
    await mailActions.give(null, nobodys, [])
    const tried = async (owner: { foldedAddress: string } | { userId: number }, browser: string) =>
      (await mailActions.countTry({ ...at, owner, browserDigest: browser }, 5))
        .map(({ digest }) => digest)
        .toSorted()
    expect({
      address: await tried({ foldedAddress }, browserDigest),
      user: await tried({ userId: user.id }, browserDigest),
      addressInOtherBrowser: await tried({ foldedAddress }, 'another'),
      userInOtherBrowser: await tried({ userId: user.id }, 'another'),
      otherAddress: await tried({ foldedAddress: 'none@example.com' }, browserDigest),
    }).toEqual({
      address: [own.digest, nobodys.digest].toSorted(),
      user: [own.digest],
      addressInOtherBrowser: [],
      userInOtherBrowser: [],
      otherAddress: [],
    })
  })
})
