// The sign-in by itself: whom it is asked of, and what each answer to its page leads to.
import { describe, expect, it } from 'vitest'
import type { AuthorizationServer } from '../../../../src/core/authorization-server.ts'
import { consentQuery } from '../../../../src/core/authorization/consent.ts'
import { type Goal, pendingGoal } from '../../../../src/core/authorization/goal.ts'
import { newScreen } from '../../../../src/core/authorization/screen.ts'
import {
  answerByPasskey,
  checkSignInRequest,
  login,
} from '../../../../src/core/authorization/steps/login.ts'
import { ableBrowser } from '../../../../src/core/authorization/steps/passkey-offer.ts'
import type { Scene } from '../../../../src/core/authorization/steps/step.ts'
import { rememberedMark } from '../../../../src/core/people/factors/remembered-browser.ts'
import type { User } from '../../../../src/core/people/storage.ts'
import { signJwt } from '../../../../src/crypto/jwt.ts'
import { randomSecret } from '../../../../src/crypto/secret.ts'
import { temporarilyUnavailable } from '../../../../src/protocol/error.ts'
import { requestToCore, server } from '../../../support/authorization-server.ts'
import { goalOf, signInClient, standingOf } from '../../../support/goals.ts'
import { giveApp } from '../../../support/half-signed-in.ts'
import { issuer } from '../../../support/http.ts'
import { userWithPasskey } from '../../../support/passkeys.ts'
import { refusalOf } from '../../../support/refusals.ts'
import { registerUser } from '../../../support/registry.ts'

const plain = requestToCore()
const client = signInClient()
const page: Goal = { kind: 'page', path: '/account', confirms: false }
const secret = randomSecret()

/** The server, where a provider owns a domain. */
const owned: AuthorizationServer = {
  ...plain,
  providers: Object.assign(Object.create(plain.providers), {
    list: async () => [
      { id: 'a provider', configuration: { sign_in: true, domains: ['owned.example'] } },
    ],
  }),
}

/** The server, where the try of a password has this outcome. */
const trying = (countTry: () => Promise<unknown>): AuthorizationServer => ({
  ...plain,
  store: { ...plain.store, passwords: Object.assign({}, plain.store.passwords, { countTry }) },
})

const sceneOf = async (goal: Goal = page, shownIn = secret): Promise<Scene> => {
  const pending = pendingGoal(goal, { done: [], sessionId: null, scope: [] })
  const screen = await newScreen(plain, shownIn, pending)
  return { goal, standing: null, done: [], screen, sessionId: null }
}

const browser = { secret, session: undefined, knownMark: undefined, rememberedMark: undefined }
const replyOf = (fields: Record<string, string>, facts: object = {}) => ({
  form: new Map(Object.entries(fields)),
  language: 'en',
  browser: { ...browser, ...facts },
  isStillAsked: async () => true,
})
const credentials = { outcome: 'asks again', refusal: { reason: 'credentials' } }
const { username, password, ...user } = await registerUser()
const right = { username, password }

describe('a sign-in is asked for', () => {
  const standing = standingOf()
  const { sub } = standing.user
  const hintOf = async (subject: string, iss = issuer) => {
    const signer = await plain.signingKeys.signer('ES256', plain.now)
    const claims = { iss, sub: subject, aud: client.id, auth_time: 1 }
    return signJwt(signer, 'JWT', claims)
  }
  const isNeeded = async (extra: Record<string, string>) =>
    login.isNeeded(plain, { goal: await goalOf(plain, client, extra), standing, done: [] })
  const naming = (subject: string) => JSON.stringify({ id_token: { sub: { value: subject } } })

  it('until a first factor is proved: the second one is asked for on its own page', async () => {
    const half = {
      ...{ userId: 1, provedAt: plain.now, amr: ['pwd'], buckets: [], updatedAt: 1 },
      ...{ passwordDigest: null, hasApp: true, knownMark: null },
    }
    const nobody = { goal: page, standing: null, done: [] }
    expect({
      nobody: await login.isNeeded(plain, nobody),
      half: await login.isNeeded(plain, { ...nobody, half }),
    }).toEqual({ nobody: true, half: false })
  })

  it('where another user is meant, by the hint or by the claims', async () => {
    const [own, other] = [await hintOf(sub), await hintOf('another')]
    expect({
      own: await isNeeded({ id_token_hint: own }),
      other: await isNeeded({ id_token_hint: other }),
      both: await isNeeded({ id_token_hint: own, claims: naming(sub) }),
      otherClaim: await isNeeded({ id_token_hint: own, claims: naming('another') }),
      otherHint: await isNeeded({ id_token_hint: other, claims: naming(sub) }),
    }).toEqual({ own: false, other: true, both: false, otherClaim: true, otherHint: true })
  })

  it('but not by a hint that is not ours', async () => {
    const check = async (id_token_hint?: string) => {
      const { request } = await goalOf(plain, client, { id_token_hint })
      return refusalOf(async () => checkSignInRequest(plain, request))
    }
    const refused = { error: 'invalid_request', reason: undefined }
    expect({
      none: await check(),
      ours: await check(await hintOf(sub)),
      other: await check(await hintOf(sub, 'https://other.example')),
      garbage: await check('garbage'),
    }).toEqual({ none: undefined, ours: undefined, other: refused, garbage: refused })
  })

  it('once more where the sign-in is older than the client allows', async () => {
    const of = async (seconds: number, extra: Record<string, string>) => {
      const old = standingOf({}, { authTime: plain.now - seconds })
      const goal = await goalOf(plain, client, extra)
      return login.isNeeded(plain, { goal, standing: old, done: [] })
    }
    expect({
      any: await of(1e6, {}),
      young: await of(60, { max_age: '60' }),
      old: await of(61, { max_age: '60' }),
    }).toEqual({ any: false, young: false, old: true })
  })
})

describe('the password', () => {
  const answer = async (fields: Record<string, string>, as = plain, facts: object = {}) =>
    login.answer(as, await sceneOf(), replyOf(fields, facts))

  it('signs its user in', async () => {
    const outcome = await answer(right)
    expect(outcome).toMatchObject({
      outcome: 'goes on',
      progress: { standing: { user: { id: user.id } }, done: ['login'] },
      session: { secret: expect.any(String) },
      knownMark: expect.any(String),
    })
  })

  it('signs in by both answers of a double click', async () => {
    const scene = await sceneOf()
    const clicks = [await login.answer(plain, scene, replyOf(right))]
    clicks.push(await login.answer(plain, scene, replyOf(right)))
    expect(clicks.map((click) => click.outcome)).toEqual(['goes on', 'goes on'])
  })

  it('in a browser that can have passkeys makes that known', async () => {
    expect(await answer({ ...right, webauthn: '1' })).toMatchObject({
      progress: { done: [ableBrowser.name, 'login'] },
    })
  })

  it('that is wrong, or missing, asks again', async () => {
    expect({
      wrong: await answer({ username, password: 'wrong' }),
      name: await answer({ username }),
      password: await answer({ password }),
      neither: await answer({}),
    }).toEqual({
      wrong: credentials,
      name: credentials,
      password: credentials,
      neither: credentials,
    })
  })

  it('is asked for after the name where a provider owns a domain', async () => {
    expect({
      name: await answer({ username }, owned),
      password: await answer({ password }, owned),
      neither: await answer({}, owned),
    }).toEqual({
      name: { outcome: 'asks again', refusal: undefined },
      password: credentials,
      neither: credentials,
    })
  })

  it('of a name that a provider owns is not tried: the person leaves', async () => {
    const fields = { username: ' dory@owned.example', password }
    expect(await answer(fields, owned)).toEqual({
      ...{ outcome: 'leaves', providerId: 'a provider', loginHint: 'dory@owned.example' },
    })
  })

  it('is not tried beyond the limit, and the page says until when', async () => {
    const outcome = { admitted: false, retryAt: plain.now + 17 }
    const throttled = trying(async () => ({ user: null, outcome }))
    expect(await answer(right, throttled)).toEqual({
      outcome: 'asks again',
      refusal: { reason: 'throttled', retryAfter: 17 },
    })
  })

  it('is not called wrong where the server failed', async () => {
    const away = trying(() => Promise.reject(temporarilyUnavailable('away')))
    const broken = trying(() => Promise.reject(new TypeError('broken')))
    expect(await refusalOf(() => answer(right, away))).toMatchObject({
      error: 'temporarily_unavailable',
    })
    await expect(answer(right, broken)).rejects.toThrow('broken')
  })
})

describe('the second factor', () => {
  it('is not asked for in a browser that is remembered, unless its person has to confirm', async () => {
    const { settings } = plain
    const factors = { ...settings.factors, mfa: 'optional' as const, rememberBrowser: 3600 }
    const as = { ...plain, settings: { ...settings, factors } }
    const own = await registerUser()
    await giveApp(own)
    const stored = await server.store.users.find(own.id)
    const remembered = stored === null ? null : await rememberedMark(as, stored, secret)
    const answer = async (goal: Goal, mark?: string) => {
      const fields = { username: own.username, password: own.password }
      const reply = replyOf(fields, { rememberedMark: mark })
      const found = await login.answer(as, await sceneOf(goal), reply)
      if (found.outcome !== 'goes on') throw new Error(found.outcome)
      return found.progress.standing?.session.secondFactorAt ?? found.progress.half?.userId
    }
    const since = Math.floor(as.now)
    expect({
      elsewhere: await answer(page),
      page: await answer(page, remembered?.mark),
      request: await answer(await goalOf(as, client), remembered?.mark),
      confirming: await answer({ ...page, confirms: true }, remembered?.mark),
    }).toEqual({ elsewhere: own.id, page: since, request: since, confirming: own.id })
  })
})

describe('a passkey', async () => {
  const { user: owner, passkey } = await userWithPasskey()
  const stored = await server.store.users.find(owner.id)
  const signedIn = { outcome: 'goes on', progress: { standing: { user: { id: owner.id } } } }
  const refused = { outcome: 'asks again', refusal: { reason: 'passkey' } }
  const logged: unknown[] = []
  const as = requestToCore({ log: (event) => logged.push(event) })

  /** What a page posts that was shown in the browser, by default that of the tests. */
  const posted = async ({
    goal = page,
    shownIn = secret,
  }: { goal?: Goal; shownIn?: string } = {}) => {
    const scene = await sceneOf(goal, shownIn)
    const rpId = new URL(issuer).hostname
    const asking = { challenge: scene.screen.id, origin: issuer, rpId }
    const answer = JSON.stringify(await passkey.assert(asking))
    return { scene, fields: { challenge: scene.screen.sealed, passkey: answer } }
  }
  type Posted = { scene: Scene; fields: Record<string, string> }
  /** The outcome, and why a passkey was refused. */
  const answer = async ({ scene, fields }: Posted, expected?: User) => {
    logged.length = 0
    const outcome = await answerByPasskey(as, scene, replyOf(fields), expected)
    const refusals = logged.filter((event) => Object(event).event === 'passkey refused')
    return { outcome, refusals: refusals.map((event) => Object(event).reason) }
  }

  it('signs its user in by the answer to its page, once', async () => {
    const one = await posted()
    expect(await answer(one)).toMatchObject({ outcome: signedIn, refusals: [] })
    const again = { outcome: { outcome: 'expired' }, refusals: ['challenge'] }
    expect(await answer(one)).toEqual(again)
  })

  it('signs in on the page that asks for a password, whatever else was typed there', async () => {
    const { scene, fields } = await posted()
    const outcome = await login.answer(as, scene, replyOf({ ...fields, ...right }))
    expect(outcome).toMatchObject(signedIn)
    expect(outcome).not.toHaveProperty('knownMark')
  })

  it('is refused without the challenge of a page of this browser, or without an answer', async () => {
    const { scene, fields } = await posted()
    const elsewhere = await posted({ shownIn: randomSecret() })
    expect({
      elsewhere: await answer(elsewhere),
      noChallenge: await answer({ scene, fields: { passkey: fields.passkey } }),
      noAnswer: await answer({ scene, fields: { challenge: fields.challenge } }),
    }).toEqual({
      elsewhere: { outcome: refused, refusals: ['challenge'] },
      noChallenge: { outcome: refused, refusals: ['challenge'] },
      noAnswer: { outcome: refused, refusals: ['malformed'] },
    })
  })

  it('is refused where the page asks another user', async () => {
    if (stored === null) throw new Error('the user is not there')
    const other = await answer(await posted(), { ...stored, id: user.id })
    expect(other).toEqual({ outcome: refused, refusals: ['user-handle'] })
    expect(await answer(await posted(), stored)).toMatchObject({ outcome: signedIn, refusals: [] })
  })

  it('brings the consents that concern the request', async () => {
    const goal = await goalOf(as, client)
    const asked: unknown[] = []
    const beginFor: typeof as.store.sessions.beginFor = (...all) => {
      asked.push(all.at(5))
      return as.store.sessions.beginFor(...all)
    }
    const sessions = Object.assign(Object.create(as.store.sessions), { beginFor })
    const at = { ...as, store: { ...as.store, sessions } }
    const both = [await posted({ goal }), await posted()]
    for (const { scene, fields } of both) await answerByPasskey(at, scene, replyOf(fields))
    expect(asked).toEqual([consentQuery(goal), undefined])
  })
})
