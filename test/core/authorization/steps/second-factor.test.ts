// The second factor of a sign-in by itself: what each answer to its page leads to.
import { describe, expect, it } from 'vitest'
import { secondFactor } from '../../../../src/core/authorization/steps/second-factor.ts'
import type { HalfProof } from '../../../../src/core/people/half-proof.ts'
import type { User } from '../../../../src/core/people/storage.ts'
import { giveApp } from '../../../support/half-signed-in.ts'
import {
  codeThen,
  page,
  plain,
  replyOf,
  sceneOf,
  storedUser,
  userWith,
  withSettings,
} from '../../../support/steps.ts'
import { wrongCode } from '../../../support/totp.ts'

const remembering = withSettings('factors', { mfa: 'optional', rememberBrowser: 3600 })

/** Somebody who has proved one factor of two, in this way. */
const halfOf = ({ id, updatedAt }: User, facts: Partial<HalfProof> = {}): HalfProof => ({
  ...{ userId: id, provedAt: plain.now, amr: ['pwd'], buckets: [], updatedAt },
  ...{ passwordDigest: null, hasApp: true, knownMark: 'a mark' },
  ...facts,
})
const halfSignedIn = async (facts: Partial<HalfProof> = {}) => {
  const stored = await userWith()
  const app = await giveApp(stored)
  const user = await storedUser(stored)
  const half = halfOf(user, facts)
  return { user, app, half, scene: await sceneOf(null, { half, done: ['create'] }) }
}

const askedAgain = { outcome: 'asks again', refusal: { reason: 'code' } }
const expired = { outcome: 'expired' }

describe('a second factor is asked for', () => {
  it('once a first one is proved', async () => {
    const nobody = { goal: page, standing: null, done: [] }
    const { half } = await halfSignedIn()
    expect({
      nobody: await secondFactor.isNeeded(plain, nobody),
      half: await secondFactor.isNeeded(plain, { ...nobody, half }),
    }).toEqual({ nobody: false, half: true })
  })

  it('until a session has begun; a screen on which nobody has proved anything leads on', async () => {
    const nobody = await sceneOf(null)
    const { scene } = await halfSignedIn()
    expect(secondFactor.takenMeanwhile(plain, nobody)).toBe(nobody)
    expect(secondFactor.takenMeanwhile(plain, scene)).toBe(null)
  })
})

describe('the code of the second factor', () => {
  it('begins the session, and the browser is known by then', async () => {
    const { user, app, scene } = await halfSignedIn()
    const outcome = await secondFactor.answer(plain, scene, replyOf({ code: codeThen(app) }))
    expect(outcome).toEqual({
      outcome: 'goes on',
      progress: {
        goal: page,
        standing: {
          user: expect.objectContaining({ id: user.id }),
          session: expect.objectContaining({ amr: 'pwd otp mfa', secondFactorAt: plain.now }),
          consents: [],
        },
        done: ['create', 'login'],
      },
      session: expect.objectContaining({ secret: expect.any(String), endedAnother: false }),
      knownMark: 'a mark',
    })
  })

  it('that is wrong, or missing, asks again', async () => {
    const { app, scene } = await halfSignedIn()
    const answer = (fields: Record<string, string>) =>
      secondFactor.answer(plain, scene, replyOf(fields))
    expect({ wrong: await answer({ code: wrongCode(app) }), missing: await answer({}) }).toEqual({
      wrong: askedAgain,
      missing: askedAgain,
    })
  })

  it('of a double click was used up by the first half', async () => {
    const { app, scene } = await halfSignedIn()
    const reply = replyOf({ code: codeThen(app) })
    const clicks = [await secondFactor.answer(plain, scene, reply)]
    clicks.push(await secondFactor.answer(plain, scene, reply))
    expect(clicks).toEqual([expect.objectContaining({ outcome: 'goes on' }), expired])
  })

  it('is not tried beyond the limit, and the page says until when', async () => {
    const { app, scene } = await halfSignedIn()
    const reply = replyOf({ code: wrongCode(app) })
    for (let tries = 0; tries < 5; tries += 1) await secondFactor.answer(plain, scene, reply)
    const outcome = await secondFactor.answer(plain, scene, replyOf({ code: codeThen(app) }))
    expect(outcome).toEqual({
      outcome: 'asks again',
      refusal: { reason: 'throttled', retryAfter: expect.any(Number) },
    })
  })

  it('is worth nothing where the first factor no longer stands, or never did', async () => {
    const { app, scene } = await halfSignedIn({ provedAt: plain.now - 300 })
    const reply = replyOf({ code: codeThen(app) })
    expect({
      old: await secondFactor.answer(plain, scene, reply),
      none: await secondFactor.answer(plain, await sceneOf(null), reply),
    }).toEqual({ old: expired, none: expired })
  })
})

describe('the browser', () => {
  it('is remembered once its person asks for it, and where the operator allows it', async () => {
    const marked = async (fields: Record<string, string>, as = remembering) => {
      const { app, scene } = await halfSignedIn()
      const reply = replyOf({ ...fields, code: codeThen(app) })
      const outcome = await secondFactor.answer(as, scene, reply)
      return 'remembered' in outcome ? outcome.remembered : outcome.outcome
    }
    expect({
      asked: await marked({ remember: '1' }),
      unasked: await marked({}),
      off: await marked(
        { remember: '1' },
        withSettings('factors', { mfa: 'optional', rememberBrowser: 0 }),
      ),
    }).toEqual({
      asked: { mark: expect.any(String), lifetime: 3600 },
      unasked: 'goes on',
      off: 'goes on',
    })
  })

  it('is not remembered by a screen that was answered before', async () => {
    const { app, scene } = await halfSignedIn()
    await secondFactor.answer(remembering, scene, replyOf({ code: codeThen(app) }))
    const again = replyOf({ code: codeThen(app, 1), remember: '1' })
    expect(await secondFactor.answer(remembering, scene, again)).toEqual(expired)
  })
})
