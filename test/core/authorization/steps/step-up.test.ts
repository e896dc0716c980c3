// The step-up by itself: what each answer to its page leads to.
import { describe, expect, it } from 'vitest'
import { stepUp } from '../../../../src/core/authorization/steps/step-up.ts'
import { giveApp } from '../../../support/half-signed-in.ts'
import {
  codeThen,
  consentedGoal,
  page,
  plain,
  replyOf,
  sceneOf,
  sessionOf,
  storedUser,
  userWith,
} from '../../../support/steps.ts'
import { wrongCode } from '../../../support/totp.ts'

const signedIn = async () => {
  const stored = await userWith()
  const app = await giveApp(stored)
  const user = await storedUser(stored)
  const { standing, secret } = await sessionOf(user)
  return { user, app, standing, secret }
}
const askedAgain = { outcome: 'asks again', refusal: { reason: 'code' } }

describe('the code of a second factor', () => {
  it('raises the session, under a new secret', async () => {
    const { app, standing, secret } = await signedIn()
    const scene = await sceneOf(standing, { done: ['login'] })
    const outcome = await stepUp.answer(plain, scene, replyOf({ code: codeThen(app) }, secret))
    const { id } = standing.session
    const raised = {
      user: expect.objectContaining({ id: standing.user.id }),
      session: expect.objectContaining({ id, amr: 'pwd otp mfa', secondFactorAt: plain.now }),
      consents: [],
    }
    expect(outcome).toEqual({
      outcome: 'goes on',
      progress: { goal: page, standing: raised, done: ['login', 'step_up'] },
      session: { secret: expect.any(String), standing: raised, endedAnother: false },
    })
    expect(outcome).not.toMatchObject({ session: { secret } })
  })

  it('brings the consents that concern the request', async () => {
    const { user, app, standing, secret } = await signedIn()
    const { goal, consents } = await consentedGoal(user)
    const scene = await sceneOf(standing, { goal })
    const outcome = await stepUp.answer(plain, scene, replyOf({ code: codeThen(app) }, secret))
    expect(outcome).toMatchObject({ progress: { goal, standing: { consents } } })
  })

  it('that is wrong, or missing, asks again', async () => {
    const { app, standing, secret } = await signedIn()
    const scene = await sceneOf(standing)
    const answer = (fields: Record<string, string>) =>
      stepUp.answer(plain, scene, replyOf(fields, secret))
    expect({ wrong: await answer({ code: wrongCode(app) }), missing: await answer({}) }).toEqual({
      wrong: askedAgain,
      missing: askedAgain,
    })
  })

  it('is not tried beyond the limit, and the page says until when', async () => {
    const { app, standing, secret } = await signedIn()
    const scene = await sceneOf(standing)
    const wrong = replyOf({ code: wrongCode(app) }, secret)
    for (let tries = 0; tries < 5; tries += 1) await stepUp.answer(plain, scene, wrong)
    const right = replyOf({ code: codeThen(app) }, secret)
    expect(await stepUp.answer(plain, scene, right)).toEqual({
      outcome: 'asks again',
      refusal: { reason: 'throttled', retryAfter: expect.any(Number) },
    })
  })

  it('raises no session that has another secret by now', async () => {
    const { app, standing, secret } = await signedIn()
    const scene = await sceneOf(standing)
    const answer = (code: string) => stepUp.answer(plain, scene, replyOf({ code }, secret))
    expect(await answer(codeThen(app))).toMatchObject({ outcome: 'goes on' })
    expect(await answer(codeThen(app, 1))).toEqual({ outcome: 'expired' })
  })
})

describe('a passkey', () => {
  it('is judged in place of a code, which may be there, too', async () => {
    const { app, standing, secret } = await signedIn()
    const scene = await sceneOf(standing)
    const reply = replyOf({ passkey: '{}', code: codeThen(app) }, secret)
    expect(await stepUp.answer(plain, scene, reply)).toEqual({
      outcome: 'asks again',
      refusal: { reason: 'passkey' },
    })
  })
})
