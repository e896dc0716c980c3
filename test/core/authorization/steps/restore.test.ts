// The way back for somebody who asked to delete their account, by itself.
import { describe, expect, it } from 'vitest'
import { restore } from '../../../../src/core/authorization/steps/restore.ts'
import { endSession, findSession } from '../../../../src/core/people/browser-session.ts'
import {
  consentedGoal,
  page,
  plain,
  replyOf,
  sceneOf,
  sessionOf,
  storedUser,
  userWith,
} from '../../../support/steps.ts'

const deleteAt = Math.ceil(plain.now) + 600
const allow = { decision: 'allow' }

const leaving = async () => {
  const user = await userWith({ delete_at: deleteAt })
  return { user, ...(await sessionOf(user)) }
}

describe('whoever is about to be deleted', () => {
  it('keeps their account, and goes on with it', async () => {
    const { user, standing, secret } = await leaving()
    const scene = await sceneOf(standing, { done: ['login'] })
    expect(await restore.answer(plain, scene, replyOf(allow, secret))).toEqual({
      outcome: 'goes on',
      progress: {
        goal: page,
        standing: { ...standing, user: await storedUser(user) },
        done: ['login', 'restore'],
      },
    })
    expect(await storedUser(user)).toMatchObject({ deleteAt: null })
  })

  it('goes on with the consents that concern the request', async () => {
    const { user, standing, secret } = await leaving()
    const { goal, consents } = await consentedGoal(user)
    const scene = await sceneOf(standing, { goal })
    expect(await restore.answer(plain, scene, replyOf(allow, secret))).toMatchObject({
      progress: { goal, standing: { consents } },
    })
  })

  it('signs out by any other answer, and starts anew', async () => {
    const answers: Record<string, string>[] = [{ decision: 'deny' }, {}]
    for (const fields of answers) {
      const { user, standing, secret } = await leaving()
      const scene = await sceneOf(standing, { done: ['login'] })
      expect(await restore.answer(plain, scene, replyOf(fields, secret))).toEqual({
        outcome: 'goes on',
        progress: { goal: page, standing: null, done: [] },
      })
      expect(await findSession(plain, secret)).toBe(null)
      expect(await storedUser(user)).toMatchObject({ deleteAt })
    }
  })

  it('is told that the page has expired where the session has ended meanwhile', async () => {
    const { user, standing, secret } = await leaving()
    await endSession(plain, standing.session.id, user.id)
    const scene = await sceneOf(standing)
    const outcome = await restore.answer(plain, scene, replyOf(allow, secret))
    expect(outcome).toEqual({ outcome: 'expired' })
  })
})
