// Which steps a session needs, by what is stored of its user and what the goal asks for.
import { describe, expect, it } from 'vitest'
import type { AuthorizationServer } from '../../../src/core/authorization-server.ts'
import { type Goal, pendingGoal } from '../../../src/core/authorization/goal.ts'
import { newScreen } from '../../../src/core/authorization/screen.ts'
import { enrolment } from '../../../src/core/authorization/steps/enrolment.ts'
import { completeLogin } from '../../../src/core/authorization/steps/login.ts'
import { newPassword } from '../../../src/core/authorization/steps/new-password.ts'
import { ableBrowser, passkeyOffer } from '../../../src/core/authorization/steps/passkey-offer.ts'
import { restore } from '../../../src/core/authorization/steps/restore.ts'
import type { SessionStep } from '../../../src/core/authorization/steps/step.ts'
import { stepUp } from '../../../src/core/authorization/steps/step-up.ts'
import type { HalfProof } from '../../../src/core/people/half-proof.ts'
import type { ProvedUser } from '../../../src/core/people/sign-in.ts'
import type { SessionStanding, User } from '../../../src/core/people/storage.ts'
import { requestToCore, server } from '../../support/authorization-server.ts'
import { goalOf, signInClient, standingOf } from '../../support/goals.ts'
import { now, storeUser } from '../../support/records.ts'
import { refusalOf } from '../../support/refusals.ts'

const plain = requestToCore({ now })
const client = signInClient()
const page: Goal = { kind: 'page', path: '/account', confirms: false }
const highPage: Goal = { ...page, level: 2 }
const one = standingOf()
const withApp = { sealedTotp: 'a sealed secret' }
const withPasskey = { userHandle: 'a handle' }
const twoProved = { secondFactorAt: now }

/** The server, where users have so many passkeys. */
const having = (passkeys: number, as = plain): AuthorizationServer => {
  const find = async () => ({ recoveryCodes: [], passkeys })
  const factors = Object.assign({}, as.store.factors, { find })
  return { ...as, store: { ...as.store, factors } }
}
const withFactors = (facts: Partial<AuthorizationServer['settings']['factors']>) => ({
  ...plain,
  settings: { ...plain.settings, factors: { ...plain.settings.factors, ...facts } },
})

const isNeeded = (
  step: SessionStep,
  standing: SessionStanding,
  {
    goal = page,
    as = plain,
    done = [],
  }: { goal?: Goal; as?: AuthorizationServer; done?: string[] } = {},
) => refusalOf(async () => step.isNeeded(as, { goal, standing, done }))

/** A request that needs a second factor, or prefers one. */
const needing = (isEssential: boolean, prompt?: string) => {
  const acr = { values: ['urn:postern:acr:2'], essential: isEssential }
  return goalOf(plain, client, { claims: JSON.stringify({ id_token: { acr } }), prompt })
}

describe('a second factor', () => {
  it('is asked for where the session lacks it, and its user has one', async () => {
    const of = (facts: object, session: object = {}) => standingOf(facts, session)
    expect({
      none: await isNeeded(stepUp, one, { goal: highPage }),
      app: await isNeeded(stepUp, of(withApp), { goal: highPage }),
      passkey: await isNeeded(stepUp, of(withPasskey), { goal: highPage, as: having(1) }),
      noPasskeyLeft: await isNeeded(stepUp, of(withPasskey), { goal: highPage, as: having(0) }),
      proved: await isNeeded(stepUp, of(withApp, twoProved), { goal: highPage }),
      notAsked: await isNeeded(stepUp, of(withApp)),
      off: await isNeeded(stepUp, of(withApp), { goal: highPage, as: withFactors({ mfa: 'off' }) }),
    }).toEqual({
      none: false,
      app: true,
      passkey: true,
      noPasskeyLeft: false,
      proved: false,
      notAsked: false,
      off: false,
    })
  })

  it('is needed for a client, or only preferred: then nobody is refused for it', async () => {
    const user = standingOf(withApp)
    const unmet = { error: 'unmet_authentication_requirements', reason: undefined }
    expect({
      needed: await isNeeded(stepUp, user, { goal: await needing(true) }),
      neededSilently: await isNeeded(stepUp, user, { goal: await needing(true, 'none') }),
      preferred: await isNeeded(stepUp, user, { goal: await needing(false) }),
      preferredSilently: await isNeeded(stepUp, user, { goal: await needing(false, 'none') }),
      unreachable: await isNeeded(stepUp, one, { goal: await needing(true) }),
      unreachableButPreferred: await isNeeded(stepUp, one, { goal: await needing(false) }),
    }).toEqual({
      needed: true,
      neededSilently: true,
      preferred: true,
      preferredSilently: false,
      unreachable: unmet,
      unreachableButPreferred: false,
    })
  })

  it('is set up by whoever must have one and has neither an app nor a passkey', async () => {
    const required = withFactors({ mfa: 'required' })
    const goal = await needing(true)
    expect({
      required: await isNeeded(enrolment, one, { as: required }),
      optional: await isNeeded(enrolment, one),
      app: await isNeeded(enrolment, standingOf(withApp), { as: required }),
      passkey: await isNeeded(enrolment, standingOf(withPasskey), { as: having(1, required) }),
      lostPasskey: await isNeeded(enrolment, standingOf(withPasskey), { as: having(0, required) }),
      forClient: await isNeeded(enrolment, one, { goal }),
      silent: await isNeeded(enrolment, one, { goal: await needing(true, 'none') }),
      proved: await isNeeded(enrolment, standingOf({}, twoProved), { goal }),
      off: await isNeeded(enrolment, one, { goal, as: withFactors({ mfa: 'off' }) }),
    }).toEqual({
      required: true,
      optional: false,
      app: false,
      passkey: false,
      lostPasskey: true,
      forClient: true,
      silent: false,
      proved: false,
      off: false,
    })
  })
})

describe('what is stored of a user', () => {
  it('asks for a new password after a sign-in by a temporary one, and before a deletion', async () => {
    const temporary = { passwordState: 'temporary' as const }
    expect({
      temporary: await isNeeded(newPassword, standingOf(temporary)),
      own: await isNeeded(newPassword, one),
      byProvider: await isNeeded(newPassword, standingOf(temporary, { amr: 'fed' })),
      withFactor: await isNeeded(newPassword, standingOf(temporary, { amr: 'otp pwd' })),
      leaving: await isNeeded(restore, standingOf({ deleteAt: now + 60 })),
      staying: await isNeeded(restore, one),
    }).toEqual({
      temporary: true,
      own: false,
      byProvider: false,
      withFactor: true,
      leaving: true,
      staying: false,
    })
  })

  it('offers a passkey right after a password, where there never was one, once in 30 days', async () => {
    const able = [ableBrowser.name]
    const month = 30 * 86_400
    const offered = (
      facts: object = {},
      session: object = {},
      more: { done?: string[]; as?: AuthorizationServer } = {},
    ) => isNeeded(passkeyOffer, standingOf(facts, session), { done: able, ...more })
    const { settings } = plain
    const unoffered = {
      ...plain,
      settings: { ...settings, passkeys: { ...settings.passkeys, isOffered: false } },
    }
    expect({
      offered: await offered(),
      unable: await offered({}, {}, { done: [] }),
      done: await offered({}, {}, { done: [...able, 'passkey_offer'] }),
      off: await offered({}, {}, { as: unoffered }),
      byPasskey: await offered({}, { amr: 'swk user' }),
      old: await offered({}, { authTime: now - 301 }),
      has: await offered(withPasskey),
      declined: await offered({ passkeyDeclinedAt: now - month + 1 }),
      declinedLongAgo: await offered({ passkeyDeclinedAt: now - month }),
    }).toEqual({
      offered: true,
      unable: false,
      done: false,
      off: false,
      byPasskey: false,
      old: false,
      has: false,
      declined: false,
      declinedLongAgo: true,
    })
  })
})

describe('whoever has proved who they are', () => {
  const half: HalfProof = {
    userId: 1,
    provedAt: now,
    amr: ['pwd'],
    buckets: [],
    updatedAt: now,
    passwordDigest: null,
    hasApp: true,
    knownMark: null,
  }
  const sceneOf = async (kept?: HalfProof, goal: Goal = page) => {
    const pending = pendingGoal(goal, { done: [], sessionId: null, scope: [], half: kept })
    return { goal, done: ['terms'], screen: await newScreen(plain, 'a browser', pending) }
  }
  const provedOf = (user: User): ProvedUser => ({ user, amr: ['pwd'], provedBuckets: [] })

  it('is signed in, also by the second half of a double click', async () => {
    const user = await storeUser(server.store.userAdministration)
    const proved = provedOf(user)
    const scene = await sceneOf()
    const complete = (knownMark?: string) =>
      completeLogin(plain, scene, proved, undefined, knownMark)
    const signedIn = {
      outcome: 'goes on',
      progress: {
        goal: page,
        standing: expect.objectContaining({ user: expect.objectContaining({ id: user.id }) }),
        done: ['terms', 'login'],
      },
      session: expect.objectContaining({ secret: expect.any(String), endedAnother: false }),
    }
    expect({ first: await complete(), second: await complete('a mark') }).toEqual({
      first: signedIn,
      second: { ...signedIn, knownMark: 'a mark' },
    })
  })

  it('is signed in once by a screen that carries half of a proof', async () => {
    const proved = provedOf(await storeUser(server.store.userAdministration))
    const scene = await sceneOf(half)
    const complete = async () => (await completeLogin(plain, scene, proved, undefined)).outcome
    expect({ first: await complete(), again: await complete() }).toEqual({
      first: 'goes on',
      again: 'expired',
    })
  })

  it('brings the consents that concern the request', async () => {
    const proved = provedOf(await storeUser(server.store.userAdministration))
    const goal = await goalOf(plain, client)
    const outcome = await completeLogin(plain, await sceneOf(undefined, goal), proved, undefined)
    expect(outcome).toMatchObject({ progress: { goal, standing: { consents: [] } } })
  })

  it('is asked for the second factor that they have', async () => {
    const user = await storeUser(server.store.userAdministration)
    const withSecret = provedOf({ ...user, sealedTotp: 'a sealed secret' })
    const outcome = await completeLogin(plain, await sceneOf(), withSecret, undefined, 'a mark')
    expect(outcome).toEqual({
      outcome: 'goes on',
      progress: {
        goal: page,
        standing: null,
        done: ['terms'],
        half: expect.objectContaining({ userId: user.id, knownMark: 'a mark' }),
      },
    })
  })
})
