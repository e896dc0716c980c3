// The offer of a passkey by itself: whom it is made, and what each answer to its page leads to.
import { describe, expect, it } from 'vitest'
import {
  ableBrowser,
  passkeyOffer,
} from '../../../../src/core/authorization/steps/passkey-offer.ts'
import { standingOf } from '../../../support/goals.ts'
import { issuer } from '../../../support/http.ts'
import { type Lies, SoftPasskey } from '../../../support/soft-passkey.ts'
import {
  page,
  plain,
  replyOf,
  sceneOf,
  sessionOf,
  storedUser,
  userWith,
} from '../../../support/steps.ts'

describe('a passkey is offered', () => {
  const isNeeded = async (session: object, as = plain) => {
    const standing = standingOf({}, { authTime: as.now, ...session })
    return passkeyOffer.isNeeded(as, { goal: page, standing, done: [ableBrowser.name] })
  }

  it('after a password, whatever was proved beside it', async () => {
    expect({
      password: await isNeeded({}),
      withFactor: await isNeeded({ amr: 'pwd otp mfa' }),
      byMail: await isNeeded({ amr: 'otp' }),
    }).toEqual({ password: true, withFactor: true, byMail: false })
  })

  it('by no server that has an address and no name', async () => {
    expect(await isNeeded({}, { ...plain, issuer: 'https://192.0.2.1' })).toBe(false)
  })
})

describe('an answer', async () => {
  const offered = async () => {
    const { standing } = await sessionOf(await userWith())
    return sceneOf(standing, { done: ['login'] })
  }
  type Offered = Awaited<ReturnType<typeof offered>>
  const goesOn = ({ standing }: Offered) => ({
    outcome: 'goes on',
    progress: { goal: page, standing, done: ['login', 'passkey_offer'] },
  })
  const declinedAt = async ({ standing }: Offered) =>
    (await storedUser(standing.user)).passkeyDeclinedAt
  const second = { outcome: 'came second' }

  const made = async ({ screen }: Offered, lies: Lies = {}) => {
    const passkey = await SoftPasskey.make()
    const asking = { challenge: screen.id, origin: issuer, rpId: new URL(issuer).hostname }
    return JSON.stringify(await passkey.register(asking, lies))
  }

  it('adds the passkey that the browser has made', async () => {
    const scene = await offered()
    const reply = replyOf({ passkey: await made(scene) })
    expect(await passkeyOffer.answer(plain, scene, reply)).toEqual(goesOn(scene))
    expect(await storedUser(scene.standing.user)).toMatchObject({ userHandle: expect.any(String) })
  })

  it('adds a passkey that the browser has made unasked, if the page says so', async () => {
    const answer = async (fields: Record<string, string>) => {
      const scene = await offered()
      const reply = replyOf({ ...fields, passkey: await made(scene, { flags: 0 }) })
      return (await passkeyOffer.answer(plain, scene, reply)).outcome
    }
    expect({
      unasked: await answer({ mediation: 'conditional' }),
      asked: await answer({ mediation: 'required' }),
      untold: await answer({}),
    }).toEqual({ unasked: 'goes on', asked: 'asks again', untold: 'asks again' })
  })

  it('asks again where the passkey is none', async () => {
    const outcome = await passkeyOffer.answer(plain, await offered(), replyOf({ passkey: '{}' }))
    expect(outcome).toEqual({ outcome: 'asks again', refusal: { reason: 'passkey' } })
  })

  it('without a passkey is noted, once', async () => {
    const scene = await offered()
    const answers = [await passkeyOffer.answer(plain, scene, replyOf({}))]
    answers.push(await passkeyOffer.answer(plain, scene, replyOf({})))
    expect(answers).toEqual([goesOn(scene), second])
    expect(await declinedAt(scene)).toBe(plain.now)
  })

  it('to an offer that is no longer made changes nothing', async () => {
    const scene = await offered()
    expect(await passkeyOffer.answer(plain, scene, replyOf({}, undefined, false))).toEqual(second)
    expect(await declinedAt(scene)).toBe(null)
  })
})
