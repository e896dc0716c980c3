// Setting up an authenticator app on the way, by itself: what each answer to its page leads to.
import { describe, expect, it } from 'vitest'
import { enrolment } from '../../../../src/core/authorization/steps/enrolment.ts'
import { waitingTotp } from '../../../../src/core/people/factors/totp-enrolment.ts'
import type { Goal } from '../../../../src/core/authorization/goal.ts'
import type { User } from '../../../../src/core/people/storage.ts'
import {
  codeThen,
  consentedGoal,
  page,
  plain,
  replyOf,
  sceneOf,
  sessionOf,
  userWith,
} from '../../../support/steps.ts'
import { wrongCode } from '../../../support/totp.ts'

/** The page with a secret that waits, and what its form sends once the app has it. */
const shown = async (user: User, goal: Goal = page) => {
  const { standing, secret } = await sessionOf(user)
  const waiting = await waitingTotp(plain, standing)
  if (waiting === null) throw new Error('the sign-in is fresh')
  const right = { enrolment: waiting.sealed, code: codeThen(waiting.secret) }
  const scene = await sceneOf(standing, { goal, done: ['login'] })
  const answer = (fields: Record<string, string>, as = plain) =>
    enrolment.answer(as, scene, replyOf(fields, secret))
  return { standing, right, wrong: wrongCode(waiting.secret), answer }
}

describe('the first code of an app', () => {
  it('adds the app, and the session has its second factor', async () => {
    const { standing, right, answer } = await shown(await userWith())
    const raised = {
      user: expect.objectContaining({ id: standing.user.id, sealedTotp: expect.any(String) }),
      session: expect.objectContaining({ id: standing.session.id, amr: 'pwd otp mfa' }),
      consents: [],
    }
    expect(await answer(right)).toEqual({
      outcome: 'goes on',
      progress: { goal: page, standing: raised, done: ['login', 'enrolment'] },
      session: { secret: expect.any(String), standing: raised, endedAnother: false },
    })
  })

  it('brings the consents that concern the request', async () => {
    const user = await userWith()
    const { goal, consents } = await consentedGoal(user)
    const { right, answer } = await shown(user, goal)
    expect(await answer(right)).toMatchObject({ progress: { goal, standing: { consents } } })
  })

  it('adds one app by two answers', async () => {
    const { right, answer } = await shown(await userWith())
    const answers = [await answer(right), await answer(right)]
    expect(answers).toEqual([
      expect.objectContaining({ outcome: 'goes on' }),
      { outcome: 'came second' },
    ])
  })

  it('asks again where it is wrong, or where the secret waits no longer', async () => {
    const { right, wrong, answer } = await shown(await userWith())
    const later = { ...plain, now: plain.now + 900 }
    expect({
      wrong: await answer({ ...right, code: wrong }),
      old: await answer(right, later),
      unknown: await answer({ ...right, enrolment: 'unknown' }),
    }).toEqual({
      wrong: { outcome: 'asks again', refusal: { reason: 'code' } },
      old: { outcome: 'asks again', refusal: { reason: 'old' } },
      unknown: { outcome: 'asks again', refusal: { reason: 'old' } },
    })
  })

  it('leads nowhere in a session that has ended by then', async () => {
    const { right, answer } = await shown(await userWith())
    const sessions = { ...plain.store.sessions, find: async () => null }
    const ended = { ...plain, store: { ...plain.store, sessions } }
    expect(await answer(right, ended)).toEqual({ outcome: 'expired' })
  })
})

describe('a page without a secret', () => {
  it('leads to a new sign-in, whatever is typed there', async () => {
    const { right, answer } = await shown(await userWith())
    const { enrolment: carried, code } = right
    const anew = { outcome: 'goes on', progress: { goal: page, standing: null, done: [] } }
    expect({
      nothing: await answer({}),
      codeAlone: await answer({ code }),
      secretAlone: await answer({ enrolment: carried }),
    }).toEqual({ nothing: anew, codeAlone: anew, secretAlone: anew })
  })
})
