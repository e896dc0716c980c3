// The terms of use by themselves: where they are asked for, and what each answer leads to.
import { describe, expect, it } from 'vitest'
import type { Goal } from '../../../../src/core/authorization/goal.ts'
import { terms } from '../../../../src/core/authorization/steps/terms.ts'
import { goalOf, signInClient, standingOf } from '../../../support/goals.ts'
import { refusalOf } from '../../../support/refusals.ts'
import {
  page,
  plain,
  replyOf,
  sceneOf,
  sessionOf,
  storedUser,
  userWith,
  withSettings,
} from '../../../support/steps.ts'

const version = '2026-11'
const as = withSettings('people', { terms: { version, url: 'https://example.com/terms' } })
const home: Goal = { kind: 'page', path: '/', confirms: false }
const allow = { decision: 'allow' }

describe('the terms are asked for', () => {
  it('where the user agreed to others, and on no page of their account', async () => {
    const isNeeded = async (goal: Goal, termsVersion: string | null, at = as) =>
      terms.isNeeded(at, { goal, standing: standingOf({ termsVersion }), done: [] })
    expect({
      never: await isNeeded(home, null),
      others: await isNeeded(home, '2025-01'),
      these: await isNeeded(home, version),
      client: await isNeeded(await goalOf(as, signInClient()), null),
      account: await isNeeded(page, null),
      data: await isNeeded({ ...page, path: '/account/data' }, null),
      console: await isNeeded({ ...page, path: '/admin/account' }, null),
      none: await isNeeded(home, null, plain),
    }).toEqual({
      never: true,
      others: true,
      these: false,
      client: true,
      account: false,
      data: false,
      console: true,
      none: false,
    })
  })

  it('where the operator has terms', () => {
    const isOn = [as, plain].map(({ settings }) => terms.isOn?.(settings))
    expect(isOn).toEqual([true, false])
  })
})

describe('an answer', () => {
  const asked = async () => {
    const { standing } = await sessionOf(await userWith())
    return sceneOf(standing, { goal: home, done: ['login'] })
  }
  const accepted = async ({ standing }: Awaited<ReturnType<typeof asked>>) => {
    const { termsVersion, termsAcceptedAt } = await storedUser(standing.user)
    return { termsVersion, termsAcceptedAt }
  }
  const nothing = { termsVersion: null, termsAcceptedAt: null }

  it('is stored where it is a yes', async () => {
    const scene = await asked()
    const agreed = { termsVersion: version, termsAcceptedAt: as.now }
    expect(await terms.answer(as, scene, replyOf(allow))).toEqual({
      outcome: 'goes on',
      progress: {
        ...scene,
        standing: { ...scene.standing, user: { ...scene.standing.user, ...agreed } },
        done: ['login', 'terms'],
      },
    })
    expect(await accepted(scene)).toEqual(agreed)
  })

  it('that is no yes refuses the client', async () => {
    const scene = await asked()
    const refused = { error: 'access_denied', reason: undefined }
    expect({
      no: await refusalOf(() => terms.answer(as, scene, replyOf({ decision: 'deny' }))),
      nothing: await refusalOf(() => terms.answer(as, scene, replyOf({}))),
    }).toEqual({ no: refused, nothing: refused })
    expect(await accepted(scene)).toEqual(nothing)
  })

  it('to terms that are no longer asked for, or are others by now, stores nothing', async () => {
    const scene = await asked()
    const unchanged = { outcome: 'goes on', progress: scene }
    expect({
      off: await terms.answer(plain, scene, replyOf(allow)),
      others: await terms.answer(as, scene, replyOf(allow, undefined, false)),
    }).toEqual({ off: unchanged, others: unchanged })
    expect(await accepted(scene)).toEqual(nothing)
  })
})
