// Screens: what one may lead to, until when it may be answered, and in which browser.
import { describe, expect, it } from 'vitest'
import {
  type PagePath,
  type Pending,
  answerTo,
  consolePath,
  formToken,
  isFormToken,
  isShownIn,
  newScreen,
  openScreen,
  repeatedScreen,
  startAgainPath,
} from '../../../src/core/authorization/screen.ts'
import type { HalfProof } from '../../../src/core/people/half-proof.ts'
import { utf8 } from '../../../src/crypto/encoding.ts'
import { KeyRing } from '../../../src/crypto/key-ring.ts'
import { digestOf } from '../../../src/crypto/secret.ts'
import { requestToCore } from '../../support/authorization-server.ts'
import { now } from '../../support/records.ts'

const as = requestToCore({ now })
const { interaction } = as.settings.lifetimes
const browser = 'the secret of the browser'

const progress = { done: ['login'], sessionId: 'a session', scope: ['openid'] }
const page = (path: PagePath, half?: HalfProof): Pending => ({
  kind: 'page',
  path,
  confirms: false,
  half,
  ...progress,
})
const request = (facts: Partial<Extract<Pending, { kind: 'authorization' }>> = {}): Pending => ({
  kind: 'authorization',
  query: 'client_id=a',
  documentDigest: null,
  pushed: null,
  signed: false,
  ...progress,
  ...facts,
})
const logout: Pending = { kind: 'logout', redirect: null }
const half: HalfProof = {
  userId: 1,
  provedAt: now - 290,
  amr: ['pwd'],
  buckets: [],
  updatedAt: now,
  passwordDigest: null,
  hasApp: true,
  knownMark: null,
}

const reopened = async (pending: Pending) =>
  openScreen(as, (await newScreen(as, browser, pending)).sealed)

describe('a screen', () => {
  it.each([
    ['a page', page('/')],
    ['a request', request({ pushed: { id: 'a', answerBy: now + 60 }, half })],
    ['a logout', { ...logout, uiLocales: 'de' }],
  ])('of %s is what was sealed, in letters that no tool takes apart', async (_what, pending) => {
    const screen = await newScreen(as, browser, pending)
    expect(await openScreen(as, screen.sealed)).toEqual(screen)
    expect(screen).toMatchObject({
      pending,
      createdAt: now,
      sealed: expect.stringMatching(/^[\w-]+$/),
    })
  })

  it('is none of ours if it was changed, cut, or sealed for another version', async () => {
    const { sealed } = await newScreen(as, browser, page('/'))
    const other = await as.keys.seal('screen', utf8('{}'), 'screen 2')
    const empty = await as.keys.seal('screen', utf8('{}'), 'screen 3')
    const carried = (text: string) => `${text.indexOf('.').toString(36)}${text.replace('.', '')}`
    const texts = [sealed.slice(0, -1), `${sealed}A`, '', '.', carried(other), carried(empty)]
    expect(await Promise.all(texts.map((text) => openScreen(as, text)))).toEqual(
      texts.map(() => null),
    )
  })

  it('is shown in the browser whose secret it was made for', async () => {
    const screen = await newScreen(as, browser, page('/'))
    expect({
      own: await isShownIn(browser, screen),
      other: await isShownIn('other', screen),
    }).toEqual({ own: true, other: false })
  })

  it('has a copy with an id of its own, for the same browser', async () => {
    const screen = await newScreen(as, browser, request())
    const copy = await repeatedScreen(as, screen)
    expect({ ...copy, id: screen.id, sealed: screen.sealed }).toEqual(screen)
    expect(copy.id).not.toBe(screen.id)
    expect(await openScreen(as, copy.sealed)).toEqual(copy)
  })

  it('is answered under its digest, until it expires', async () => {
    const screen = await newScreen(as, browser, page('/'))
    expect(await answerTo(as, screen)).toEqual({
      digest: await digestOf(screen.id),
      expiresAt: screen.expiresAt,
      operation: expect.stringMatching(/^[\w-]{22}$/),
      now,
    })
  })
})

describe('a screen may be answered', () => {
  const secondsOf = async (pending: Pending) =>
    (await newScreen(as, browser, pending)).expiresAt - now

  it('as long as the setting says, as its pushed request, and as the first factor stands', async () => {
    const pushed = (seconds: number) => ({ pushed: { id: 'a', answerBy: now + seconds } })
    expect({
      page: await secondsOf(page('/')),
      logout: await secondsOf(logout),
      request: await secondsOf(request()),
      pushed: await secondsOf(request(pushed(7))),
      pushedForLong: await secondsOf(request(pushed(interaction + 7))),
      halfOfRequest: await secondsOf(request({ half })),
      halfOfPushed: await secondsOf(request({ half, ...pushed(7) })),
      halfOfPage: await secondsOf(page('/', half)),
    }).toEqual({
      page: interaction,
      logout: interaction,
      request: interaction,
      pushed: 7,
      pushedForLong: interaction,
      halfOfRequest: 10,
      halfOfPushed: 7,
      halfOfPage: 10,
    })
  })
})

describe('a screen leads to pages of ours alone', () => {
  it.each<PagePath>([
    '/',
    '/account',
    '/account/passkeys',
    '/account/e-mail?done=passwordChanged',
    '/account?done=passwordChanged',
    '/device',
    '/device?user_code=ABCD-EFGH',
    '/admin',
    '/admin/clients/a%2Fb',
    '/admin/users?after=1&q=',
  ])('to %s', async (path) => {
    expect(await reopened(page(path))).toMatchObject({ pending: { path } })
  })

  it.each<PagePath>([
    '/account/',
    '/account//',
    '/account/PASSKEYS',
    '/account/a/b',
    '/account?done=',
    '/account?done=1',
    '/account?done=a&b',
    '/account?/device?user_code=ABCD-EFGH',
    '/device?user_code=ABCD-EFGHI',
    '/device?user_code=ABCDEFGH',
    '/device?user_code=abcd-EFGH',
    '/device?user_code=ABCD-efgh',
    '/device?user_code=A-EFGH',
    '/device?user_code=ABCD-E',
    '/admin//evil.example',
    '/admin\\/account',
    '/admin?a\nb',
    '/admin?/x#',
    '/adminx',
  ])('not to %j', async (path) => {
    expect(await reopened(page(path))).toBe(null)
  })

  it('of the console: the address that was asked for, or the first screen for an odd one', () => {
    const longest = `/admin/${'a'.repeat(1993)}`
    const kept = ['/admin', '/admin/users', '/admin/a/b-c?d=e%20&f', '/admin?', longest]
    const odd = [`${longest}a`, '/admin/a b', '/admin//a', '/adminx', '/admin/a?b#c', '/admin\\/a']
    expect({ kept: kept.map(consolePath), odd: odd.map(consolePath) }).toEqual({
      kept,
      odd: odd.map(() => '/admin'),
    })
  })
})

it('what a browser may begin anew: its own requests and pages, and no request of a client’s', () => {
  const pushed = { id: 'a', answerBy: now }
  expect({
    request: startAgainPath(request()),
    signed: startAgainPath(request({ signed: true })),
    pushed: startAgainPath(request({ pushed })),
    both: startAgainPath(request({ pushed, signed: true })),
    page: startAgainPath(page('/account')),
    logout: startAgainPath(logout),
  }).toEqual({
    request: '/oauth2/authorize?client_id=a',
    signed: null,
    pushed: null,
    both: null,
    page: '/account',
    logout: '/',
  })
})

describe('the token of a form', () => {
  const keyOf = (id: string) => ({ id, bytes: Uint8Array.from(utf8(id.padEnd(32, '.'))) })
  const under = (id: string, ...others: string[]) =>
    requestToCore({ keys: new KeyRing([keyOf(id), ...others.map(keyOf)]) })

  it('is that of one browser and one purpose, under any key that is listed', async () => {
    const before = under('old')
    const token = await formToken(before, browser, 'login')
    const isRight = (keys: [string, ...string[]], secret = browser, purpose = 'login') =>
      isFormToken(under(...keys), secret, purpose, token)
    expect({
      right: await isRight(['old']),
      otherBrowser: await isRight(['old'], 'other'),
      otherPurpose: await isRight(['old'], browser, 'logout'),
      newKey: await isRight(['new', 'old']),
      oldKeyGone: await isRight(['new']),
    }).toEqual({
      right: true,
      otherBrowser: false,
      otherPurpose: false,
      newKey: true,
      oldKeyGone: false,
    })
  })
})
