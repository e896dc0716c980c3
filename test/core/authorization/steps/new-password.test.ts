// The change of a temporary password by itself: what each answer to its page leads to.
import '../../../support/cheap-derivations.ts'
import { describe, expect, it } from 'vitest'
import type { Goal } from '../../../../src/core/authorization/goal.ts'
import { newPassword } from '../../../../src/core/authorization/steps/new-password.ts'
import { registerUser } from '../../../support/registry.ts'
import {
  consentedGoal,
  page,
  plain,
  replyOf,
  sceneOf,
  sessionOf,
  storedUser,
} from '../../../support/steps.ts'

const next = 'a new password of their own'

const asked = async (goalFor?: (id: number) => Promise<Goal>) => {
  const { id, password } = await registerUser()
  const { standing, secret } = await sessionOf(await storedUser({ id }))
  const goal = (await goalFor?.(id)) ?? page
  const scene = await sceneOf(standing, { goal, done: ['login'] })
  const right = { current_password: password, new_password: next }
  const answer = (fields: Record<string, string>, as = plain, session: string | null = secret) =>
    newPassword.answer(as, scene, replyOf(fields, session ?? undefined))
  return { standing, right, answer }
}
const refused = (fault: string) => ({
  outcome: 'asks again',
  refusal: { reason: 'password', fault },
})
/** The server, where one function of its storage does something else. */
const storing = (room: 'passwords' | 'sessions', facts: object) => ({
  ...plain,
  store: { ...plain.store, [room]: Object.assign({}, plain.store[room], facts) },
})

describe('a new password', () => {
  it('is stored, and the session goes on under a new secret', async () => {
    const { standing, right, answer } = await asked()
    const { session, user } = standing
    const renewed = {
      user: expect.objectContaining({ id: user.id }),
      session: expect.objectContaining({ id: session.id }),
      consents: [],
    }
    expect(await answer(right)).toEqual({
      outcome: 'goes on',
      progress: { goal: page, standing: renewed, done: ['login', 'new_password'] },
      // The browsers that were signed in by the old password are no longer.
      session: { secret: expect.any(String), standing: renewed, endedAnother: true },
    })
    expect((await storedUser(user)).passwordHash).not.toBe(user.passwordHash)
  })

  it('reads the consents that concern the request', async () => {
    const { right, answer } = await asked(async (id) => {
      const { goal } = await consentedGoal(await storedUser({ id }))
      return goal
    })
    const seen: unknown[] = []
    const { find } = plain.store.sessions
    const watched: typeof find = (...all) => {
      seen.push(all[2])
      return find(...all)
    }
    const outcome = await answer(right, storing('sessions', { find: watched }))
    expect({ outcome: outcome.outcome, seen }).toEqual({
      outcome: 'goes on',
      seen: [{ clientId: expect.any(String), resources: [''] }],
    })
  })

  it('asks again where the current one is wrong or missing, or the new one is none', async () => {
    const { right, answer } = await asked()
    expect({
      wrong: await answer({ ...right, current_password: 'wrong' }),
      missing: await answer({ new_password: next }),
      none: await answer({ current_password: right.current_password }),
      unchanged: await answer({ ...right, new_password: right.current_password }),
    }).toEqual({
      wrong: refused('wrong'),
      missing: refused('wrong'),
      none: refused('tooShort'),
      unchanged: refused('unchanged'),
    })
  })

  it('is not stored for a browser without the session', async () => {
    const { right, answer } = await asked()
    expect(await answer(right, plain, null)).toEqual(refused('wrong'))
  })

  it('is not tried beyond the limit, and the page says until when', async () => {
    const { right, answer } = await asked()
    const outcome = { admitted: false, retryAt: plain.now + 17 }
    const throttled = storing('passwords', { countTry: async () => ({ user: null, outcome }) })
    expect(await answer(right, throttled)).toEqual({
      outcome: 'asks again',
      refusal: { reason: 'throttled', retryAfter: 17 },
    })
  })

  it('leads nowhere in a session that has ended by then', async () => {
    const { right, answer } = await asked()
    const ended = storing('sessions', { find: async () => null })
    expect(await answer(right, ended)).toEqual({ outcome: 'expired' })
  })
})
