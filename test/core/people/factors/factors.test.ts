// Second factors: codes that are typed, browsers that are remembered, secrets that wait for their app.
import { describe, expect, it } from 'vitest'
import {
  readableCodes,
  newRecoveryCodes,
  readRecoveryCode,
  recoveryDigests,
} from '../../../../src/core/people/factors/recovery-code.ts'
import {
  rememberedMark,
  rememberedSince,
} from '../../../../src/core/people/factors/remembered-browser.ts'
import { secondFactorsOf } from '../../../../src/core/people/factors/second-factor.ts'
import {
  completeTotp,
  removeTotp,
  waitingTotp,
} from '../../../../src/core/people/factors/totp-enrolment.ts'
import type { SessionStanding, User } from '../../../../src/core/people/storage.ts'
import { utf8 } from '../../../../src/crypto/encoding.ts'
import { digestOf } from '../../../../src/crypto/secret.ts'
import { KeyRing } from '../../../../src/crypto/key-ring.ts'
import { requestToCore, server } from '../../../support/authorization-server.ts'
import { standingOf } from '../../../support/goals.ts'
import { audit, newSession, now, storeUser } from '../../../support/records.ts'
import { codeOfApp } from '../../../support/totp.ts'

const keyOf = (id: string) => ({ id, bytes: Uint8Array.from(utf8(id.padEnd(32, '.'))) })
const under = (id: string, ...others: string[]) =>
  requestToCore({ now, keys: new KeyRing([keyOf(id), ...others.map(keyOf)]) })
const as = under('a')

describe('a recovery code', () => {
  it('is read as people copy it: in any case, with spaces and dashes', () => {
    const read = ['ABCDE-FGH23', 'abcde fgh23', ' a.b-c_d,e\tfgh23 '].map(readRecoveryCode)
    const odd = ['ABCDEFGH2', 'ABCDEFGH234', 'ABCDEFGH01', 'ABCDEFGHIO', 'ÄBCDEFGH23', '']
    expect({ read, odd: odd.map(readRecoveryCode) }).toEqual({
      read: read.map(() => 'ABCDEFGH23'),
      odd: odd.map(() => null),
    })
  })

  it('is that of one user, under any key that is listed', async () => {
    const [old] = await recoveryDigests(under('old'), 1, 'ABCDEFGH23')
    const both = await recoveryDigests(under('new', 'old'), 1, 'ABCDEFGH23')
    const [other] = await recoveryDigests(under('old'), 2, 'ABCDEFGH23')
    expect({
      keys: both.map((digest) => digest.split('.')[0]),
      isAmong: both.includes(old ?? ''),
      isOther: other !== old,
      readable: readableCodes(under('new', 'old'), { recoveryCodes: both }),
      left: readableCodes(under('new'), { recoveryCodes: both }),
    }).toEqual({
      keys: ['new', 'old'],
      isAmong: true,
      isOther: true,
      readable: both,
      left: both.slice(0, 1),
    })
  })
})

it('ten recovery codes are given at once, in two groups, and end those that were seen before', async () => {
  const user = await storeUser(server.store.userAdministration)
  const give = (replaced: number) => newRecoveryCodes(as, user, { replaced, language: 'en' })
  const codes = (await give(0)) ?? []
  const group = '[A-HJ-NP-Z2-9]{5}'
  expect({
    distinct: new Set(codes).size,
    odd: codes.filter((code) => !new RegExp(`^${group}-${group}$`).test(code)),
    meanwhile: await give(0),
    again: (await give(now))?.length,
  }).toEqual({ distinct: 10, odd: [], meanwhile: null, again: 10 })
})

it('what a user has beside a password', () => {
  expect({
    none: secondFactorsOf({ sealedTotp: null, userHandle: null }),
    app: secondFactorsOf({ sealedTotp: 'a', userHandle: null }),
    passkey: secondFactorsOf({ sealedTotp: null, userHandle: 'a' }),
    both: secondFactorsOf({ sealedTotp: 'a', userHandle: 'a' }),
  }).toEqual({ none: [], app: ['totp'], passkey: ['passkey'], both: ['totp', 'passkey'] })
})

const { user: plain } = standingOf()
const withApp = async (secret: string, facts: Partial<User> = {}): Promise<User> => {
  const sealedTotp = await as.keys.seal('totp secret', utf8(secret), plain.sub)
  return { ...plain, sealedTotp, ...facts }
}
const own = await withApp('a secret')

describe('a browser that is remembered', () => {
  const lifetime = as.settings.factors.rememberBrowser
  const at = (seconds: number, of = as) => ({ ...of, now: now + seconds })
  const remembering = (rememberBrowser: number) => ({
    ...as,
    settings: { ...as.settings, factors: { ...as.settings.factors, rememberBrowser } },
  })
  const markOf = async (user = own, to = as) => (await rememberedMark(to, user, 'a browser'))?.mark
  const since = (
    mark: string | undefined,
    facts: Partial<User> = {},
    to = as,
    secret = 'a browser',
  ) => rememberedSince(to, { ...own, ...facts }, secret, mark)

  it('is so for as long as the setting says, since the factor was proved', async () => {
    const given = await rememberedMark(at(0.9), own, 'a browser')
    const mark = given?.mark
    expect({
      lifetime: given?.lifetime,
      now: await since(mark),
      last: await since(mark, {}, at(lifetime - 1)),
      over: await since(mark, {}, at(lifetime)),
      off: await rememberedMark(remembering(0), own, 'a browser'),
      withoutApp: await rememberedMark(as, plain, 'a browser'),
    }).toEqual({ lifetime, now, last: now, over: null, off: null, withoutApp: null })
  })

  it('is so until a change of the account, or the operator, ends it', async () => {
    const mark = await markOf()
    const epochAt = (instant: number) => ({
      ...as,
      store: { ...as.store, epoch: { ...as.store.epoch, find: async () => instant } },
    })
    expect({
      at: await since(mark, { notBefore: now, rememberedNotBefore: now }),
      password: await since(mark, { notBefore: now + 1 }),
      everywhere: await since(mark, { rememberedNotBefore: now + 1 }),
      appGone: await since(mark, { sealedTotp: null }),
      otherApp: await rememberedSince(as, await withApp('another'), 'a browser', mark),
      sameEpoch: await since(mark, {}, epochAt(now)),
      epoch: await since(mark, {}, epochAt(now + 1)),
    }).toEqual({
      at: now,
      password: null,
      everywhere: null,
      appGone: null,
      otherApp: null,
      sameEpoch: now,
      epoch: null,
    })
  })

  it('is that of its user, by a mark that nobody has changed', async () => {
    const mark = (await markOf()) ?? ''
    const [instant = '', mac = ''] = mark.split('.')
    const sealedTotp = await as.keys.seal('totp secret', utf8('a secret'), 'another')
    expect({
      right: await since(mark),
      otherBrowser: await since(mark, {}, as, 'another'),
      otherUser: await since(mark, { sub: 'another', sealedTotp }),
      later: await since(`${Number(instant) + 1}.${mac}`),
      none: await since(undefined),
      before: await since(`a${mark}`),
      behind: await since(`${mark}a`),
      cut: await since(mark.slice(0, -1)),
      noInstant: await since(`x.${mac}`),
      newKey: await since(mark, {}, under('b', 'a')),
    }).toEqual({
      right: now,
      otherBrowser: null,
      otherUser: null,
      later: null,
      none: null,
      before: null,
      behind: null,
      cut: null,
      noInstant: null,
      newKey: now,
    })
  })
})

describe('a secret that waits for its app', () => {
  const standing = standingOf({}, { authTime: now })
  const other = standingOf({ sub: standing.user.sub }, { authTime: now })
  const at = (seconds: number) => ({ ...as, now: now + seconds })
  const language = 'en'

  it('is shown to a fresh sign-in, and again to the session that it is of', async () => {
    const first = await waitingTotp(as, standing)
    const sealed = first?.sealed ?? ''
    expect({
      again: await waitingTotp(at(899), standing, sealed),
      isNew: (await waitingTotp(as, standing))?.secret !== first?.secret,
      over: await waitingTotp(at(900), standing, sealed),
      old: await waitingTotp(at(301), standing),
      ofAnother: (await waitingTotp(as, other, sealed))?.secret === first?.secret,
      unreadable: (await waitingTotp(as, standing, 'a'))?.secret === first?.secret,
    }).toEqual({
      again: first,
      isNew: true,
      over: null,
      old: null,
      ofAnother: false,
      unreadable: false,
    })
  })

  it('waits for a code of its app, of the session that it is of', async () => {
    const user = await storeUser(server.store.userAdministration)
    const begun = newSession(user, { digest: await digestOf('a secret') })
    await server.store.sessions.begin(begun, { user, provedBuckets: [] }, audit())
    const live = { user, session: begun, consents: [] }
    const waiting = await waitingTotp(as, live)
    const carried = waiting?.sealed ?? ''
    const code = (steps: number) =>
      codeOfApp(waiting?.secret ?? '', steps + Math.round((now * 1000 - Date.now()) / 30_000))
    const complete = (typed: string, whose: SessionStanding = live, to = as) =>
      completeTotp(to, whose, 'a secret', { carried, code: typed, language })
    const right = code(0)
    const outcomes = {
      wrong: await complete(code(9)),
      late: await complete(right, live, at(900)),
      ofAnother: await complete(right, other),
      right: await complete(`${right.slice(0, 3)} ${right.slice(3)}`),
      again: await complete(right),
    }
    expect(outcomes).toEqual({
      wrong: { outcome: 'wrong' },
      late: { outcome: 'old' },
      ofAnother: { outcome: 'old' },
      right: { outcome: 'added', secret: expect.any(String) },
      again: { outcome: 'second' },
    })
    const successor = 'secret' in outcomes.right ? outcomes.right.secret : ''
    const found = await server.store.sessions.find(await digestOf(successor), now)
    expect(found?.session.amr.split(' ')).toEqual(['pwd', 'otp', 'mfa'])
    await removeTotp(as, user, language)
    const without = await server.store.sessions.find(await digestOf(successor), now)
    expect(without?.user.sealedTotp).toBe(null)
  })
})
