// The request of a code by mail by itself: what each answer to its page leads to.
import { describe, expect, it } from 'vitest'
import { codeRequest } from '../../../../src/core/authorization/steps/code-request.ts'
import { owned, page, plain, replyOf, sceneOf } from '../../../support/steps.ts'

const answer = async (fields: Record<string, string>, as = plain) =>
  codeRequest.answer(as, await sceneOf(null), replyOf(fields))

describe('a code by mail', () => {
  it('is never asked for: a person follows the link on the sign-in page', async () => {
    const nobody = { goal: page, standing: null, done: [] }
    expect(await codeRequest.isNeeded(plain, nobody)).toBe(false)
    expect(codeRequest).toMatchObject({ isPrompt: false, needsSession: false })
  })

  it('is not sent to an address that a provider owns: its person leaves', async () => {
    expect(await answer({ email: ' dory@owned.example' }, owned)).toEqual({
      ...{ outcome: 'leaves', providerId: 'a provider', loginHint: 'dory@owned.example' },
    })
  })

  it('is sent to an address, or seems to be', async () => {
    const email = 'dory@other.example'
    const mailed = { outcome: 'mailed', purpose: 'sign-in', address: email }
    expect(await answer({ email }, owned)).toEqual(mailed)
  })

  it('needs an address', async () => {
    const refused = { outcome: 'asks again', refusal: { reason: 'sign-up', fault: 'email' } }
    expect({ missing: await answer({}, owned), empty: await answer({ email: ' ' }) }).toEqual({
      missing: refused,
      empty: refused,
    })
  })
})
