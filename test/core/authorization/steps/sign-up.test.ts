// The sign-up by itself: whom it is asked of, and what each answer to its page leads to.
import { describe, expect, it } from 'vitest'
import { signUp } from '../../../../src/core/authorization/steps/sign-up.ts'
import type { HalfProof } from '../../../../src/core/people/half-proof.ts'
import { goalOf, signInClient } from '../../../support/goals.ts'
import { owned, page, plain, replyOf, sceneOf, withSettings } from '../../../support/steps.ts'

describe('an account is asked for', () => {
  it('by the client, of whoever has not begun to sign in', async () => {
    const open = withSettings('people', { signUp: { mode: 'open' } })
    const as = withSettings('mail', { transport: { kind: 'http' } }, open)
    const goal = await goalOf(as, signInClient(), { prompt: 'create' })
    const half: HalfProof = {
      ...{ userId: 1, provedAt: as.now, amr: ['pwd'], buckets: [], updatedAt: 1 },
      ...{ passwordDigest: null, hasApp: true, knownMark: null },
    }
    const nobody = { goal, standing: null, done: [] }
    expect({
      asked: await signUp.isNeeded(as, nobody),
      unasked: await signUp.isNeeded(as, { ...nobody, goal: page }),
      signedIn: await signUp.isNeeded(as, { ...nobody, done: ['login'] }),
      halfSignedIn: await signUp.isNeeded(as, { ...nobody, half }),
    }).toEqual({ asked: true, unasked: false, signedIn: false, halfSignedIn: false })
  })
})

describe('an address', () => {
  const answer = async (fields: Record<string, string>, as = plain) =>
    signUp.answer(as, await sceneOf(null), replyOf(fields))

  it('that a provider owns leads there: nobody goes round what the provider demands', async () => {
    expect(await answer({ email: ' dory@owned.example' }, owned)).toEqual({
      ...{ outcome: 'leaves', providerId: 'a provider', loginHint: 'dory@owned.example' },
    })
  })

  it('that can have no mail, or is missing, asks again', async () => {
    const refused = { outcome: 'asks again', refusal: { reason: 'sign-up', fault: 'email' } }
    expect({ none: await answer({}, owned), odd: await answer({ email: 'dory' }, owned) }).toEqual({
      none: refused,
      odd: refused,
    })
  })

  it('that a program typed gets the same answer as any other, and no mail', async () => {
    const given: unknown[] = []
    const give: typeof plain.store.mailActions.give = async (...all) => {
      given.push(all.at(2))
    }
    const mailActions = { ...plain.store.mailActions, give }
    const as = { ...owned, store: { ...plain.store, mailActions } }
    const email = 'dory@other.example'
    const mailed = { outcome: 'mailed', purpose: 'sign-up', address: email }
    // No person sees the input of that name.
    expect(await answer({ email, website: 'https://example.com' }, as)).toEqual(mailed)
    expect(given).toEqual([])
    expect(await answer({ email }, as)).toEqual(mailed)
    expect(given).toEqual([[expect.any(Object)]])
  })
})
