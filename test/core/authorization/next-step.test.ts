// How a goal goes on: the first step that is needed, what its screen carries, and who may answer it.
import { describe, expect, it } from 'vitest'
import type { Goal } from '../../../src/core/authorization/goal.ts'
import {
  answerStep,
  nextStep,
  overtaken,
  sceneOf,
  scopeAsked,
} from '../../../src/core/authorization/next-step.ts'
import { type Pending, answerTo, newScreen } from '../../../src/core/authorization/screen.ts'
import { consent } from '../../../src/core/authorization/steps/consent.ts'
import { login, oldestSignIn } from '../../../src/core/authorization/steps/login.ts'
import { selectAccount } from '../../../src/core/authorization/steps/select-account.ts'
import {
  type Progress,
  type Reply,
  type Scene,
  type Step,
  type StepOutcome,
} from '../../../src/core/authorization/steps/step.ts'
import type { SessionStanding } from '../../../src/core/people/storage.ts'
import { randomSecret } from '../../../src/crypto/secret.ts'
import type { Extra } from '../../openid/flow.ts'
import { requestToCore } from '../../support/authorization-server.ts'
import { goalOf, requestParameters, signInClient, standingOf } from '../../support/goals.ts'
import { now } from '../../support/records.ts'
import { refusalOf } from '../../support/refusals.ts'
import { encodeParameters } from '../../../src/protocol/parameters.ts'

const client = signInClient()
const trusted = signInClient({ trusted: true })
const standing = standingOf()
const consented = { ...standing, consents: [{ resource: '', scope: 'openid' }] }
const secret = randomSecret()

const plain = requestToCore({ now })
/** The server, where the secret is that of a session. */
const signedInAs = (found: SessionStanding | null, of = client) =>
  requestToCore({
    now,
    clients: Object.assign(Object.create(plain.clients), { find: async () => of }),
    store: { ...plain.store, sessions: { ...plain.store.sessions, find: async () => found } },
  })
const as = signedInAs(standing)

const page: Goal = { kind: 'page', path: '/account', confirms: false }
const confirming: Goal = { ...page, confirms: true }
const progressOf = (goal: Goal, facts: Partial<Progress> = {}): Progress => ({
  goal,
  standing,
  done: [],
  ...facts,
})

/** What is asked of whom, or the refusal. */
const next = async (goal: Goal | Promise<Goal>, facts: Partial<Progress> = {}) => {
  const found = await refusalOf(async () => nextStep(as, progressOf(await goal, facts)))
  if ('error' in found) return found.error
  return found.step === null ? null : found.step.name
}
const asked = (extra: Extra = {}, of = client) => goalOf(plain, of, extra)

describe('the next step', () => {
  it('is a sign-in for whoever is not signed in, has to confirm, or is somebody else', async () => {
    const old = standingOf({}, { authTime: now - 61 })
    const claims = '{"id_token":{"sub":{"value":"another"}}}'
    const own = `{"id_token":{"sub":{"value":"${standing.user.sub}"}}}`
    expect({
      nobody: await next(page, { standing: null }),
      page: await next(page),
      confirming: await next(confirming),
      confirmed: await next(confirming, { done: ['login'] }),
      nobodyForRequest: await next(asked({}, trusted), { standing: null }),
      request: await next(asked({}, trusted)),
      prompted: await next(asked({ prompt: 'login' }, trusted)),
      promptedAndDone: await next(asked({ prompt: 'login' }, trusted), { done: ['login'] }),
      old: await next(asked({ max_age: '60' }, trusted), { standing: old }),
      young: await next(asked({ max_age: '61' }, trusted), { standing: old }),
      oldAndDone: await next(asked({ max_age: '60' }, trusted), { standing: old, done: ['login'] }),
      another: await next(asked({ claims }, trusted)),
      anotherAgain: await next(asked({ claims }, trusted), { done: ['login'] }),
      own: await next(asked({ claims: own }, trusted)),
    }).toEqual({
      nobody: 'login',
      page: null,
      confirming: 'login',
      confirmed: null,
      nobodyForRequest: 'login',
      request: null,
      prompted: 'login',
      promptedAndDone: null,
      old: 'login',
      young: null,
      oldAndDone: null,
      another: 'login',
      anotherAgain: 'access_denied',
      own: null,
    })
  })

  it('is a choice or a consent, where the client wants it or nobody has agreed', async () => {
    const prompt = 'select_account consent'
    expect({
      consent: await next(asked()),
      consented: await next(asked(), { standing: consented }),
      done: await next(asked(), { done: ['consent'] }),
      prompted: await next(asked({ prompt: 'consent' }), { standing: consented }),
      choice: await next(asked({ prompt })),
      chosen: await next(asked({ prompt }), { done: ['select_account'] }),
      signedIn: await next(asked({ prompt }), { done: ['login'] }),
      both: await next(asked({ prompt }), { done: ['select_account', 'consent'] }),
    }).toEqual({
      consent: 'consent',
      consented: null,
      done: null,
      prompted: 'consent',
      choice: 'select_account',
      chosen: 'consent',
      signedIn: 'consent',
      both: null,
    })
  })

  it('is an error where nobody may be asked', async () => {
    const prompt = 'none'
    const temporary = standingOf({ passwordState: 'temporary' })
    expect({
      nobody: await next(asked({ prompt }), { standing: null }),
      consent: await next(asked({ prompt })),
      temporary: await next(asked({ prompt }, trusted), { standing: temporary }),
      nothing: await next(asked({ prompt }, trusted)),
    }).toEqual({
      nobody: 'login_required',
      consent: 'consent_required',
      temporary: 'interaction_required',
      nothing: null,
    })
  })

  it('carries who saw the page, what it shows, and what is done', async () => {
    const goal = await asked()
    const signedIn = await nextStep(as, progressOf(goal, { done: ['login'] }))
    const nobody = await nextStep(as, progressOf(goal, { standing: null }))
    expect({
      signedIn: signedIn.step !== null && signedIn.pending,
      nobody: nobody.step !== null && nobody.pending,
      reached: await nextStep(as, progressOf(page)),
    }).toEqual({
      signedIn: expect.objectContaining({
        sessionId: standing.session.id,
        scope: ['openid'],
        done: ['login'],
      }),
      nobody: expect.objectContaining({ sessionId: null, scope: [], done: [] }),
      reached: { step: null, standing },
    })
  })

  it('shows the scope that it asks for, if it asks for one', async () => {
    const goal = await asked()
    const shown = (step: Step, facts: Partial<Progress> = {}) =>
      scopeAsked(as, step, progressOf(goal, facts))
    expect({
      consent: shown(consent),
      nobody: shown(consent, { standing: null }),
      choice: shown(selectAccount),
      login: shown(login),
      page: scopeAsked(as, consent, progressOf(page)),
    }).toEqual({ consent: ['openid'], nobody: [], choice: [], login: [], page: [] })
  })
})

it('OpenID Connect Core 3.1.2.1: the age of a sign-in that is asked for', async () => {
  expect({
    page: oldestSignIn(page),
    confirming: oldestSignIn(confirming),
    any: oldestSignIn(await asked()),
    young: oldestSignIn(await asked({ max_age: '60' })),
    prompted: oldestSignIn(await asked({ prompt: 'login', max_age: '60' })),
  }).toEqual({ page: null, confirming: 0, any: null, young: 60, prompted: 0 })
})

const query = encodeParameters(requestParameters(client))
const pendingRequest = (facts: object = {}): Pending => ({
  kind: 'authorization',
  query,
  documentDigest: null,
  pushed: null,
  signed: false,
  done: [],
  sessionId: standing.session.id,
  scope: ['openid'],
  ...facts,
})
const shown = { done: [], scope: [] }
const logout: Pending = { kind: 'logout', redirect: null }
const sceneAt = async (step: Step, pending: Pending, to = as, by: string | undefined = secret) =>
  sceneOf(to, step, await newScreen(to, 'a browser', pending), by)

/** The scene of a step that is answered by whoever saw its page. */
async function shownScene(pending: Pending = pendingRequest(), to = as): Promise<Scene> {
  const scene = await sceneAt(consent, pending, to)
  if (scene === null) throw new Error('there is no scene')
  return scene
}

describe('the page of a step', () => {
  it('is that of the session that saw it', async () => {
    const others = pendingRequest({ sessionId: 'another' })
    const ofNobody = pendingRequest({ sessionId: null })
    expect({
      own: await sceneAt(consent, pendingRequest()),
      others: await sceneAt(consent, others),
      signedOut: await sceneAt(consent, pendingRequest(), signedInAs(null)),
      nobody: await sceneAt(consent, ofNobody, signedInAs(null)),
      login: (await sceneAt(login, ofNobody, signedInAs(null)))?.standing,
      loginOfOthers: (await sceneAt(login, others))?.standing,
      logout: await sceneAt(consent, logout),
      page: (await sceneAt(login, { ...page, ...shown, sessionId: null }))?.goal,
    }).toEqual({
      own: expect.objectContaining({ standing, sessionId: standing.session.id, done: [] }),
      others: null,
      signedOut: null,
      nobody: null,
      login: null,
      loginOfOthers: standing,
      logout: null,
      page,
    })
  })

  it('comes with the consents that concern its request', async () => {
    const sought: unknown[] = []
    const find: typeof as.store.sessions.find = async (_digest, _now, consentFor) => {
      sought.push(consentFor)
      return standing
    }
    const sessions = { ...as.store.sessions, find }
    const to = { ...as, store: { ...as.store, sessions } }
    await sceneAt(consent, pendingRequest(), to)
    await sceneAt(login, { ...page, ...shown, sessionId: null }, to)
    expect(sought).toEqual([{ clientId: client.id, resources: [''] }, undefined])
  })

  it('is not shown any more once another step is next, or more is asked for than it shows', async () => {
    const over = async (pending: Pending, to = as) =>
      (await overtaken(to, consent, await shownScene(pending, to))) !== null
    const scene = await shownScene()
    const otherDocument = pendingRequest({ documentDigest: 'another' })
    expect({
      asked: await over(pendingRequest()),
      done: await over(pendingRequest({ done: ['consent'] })),
      consented: await over(pendingRequest(), signedInAs(consented)),
      more: await over(pendingRequest({ scope: [] })),
      less: await over(pendingRequest({ scope: ['openid', 'read'] })),
      otherDocument:
        (await overtaken(as, consent, {
          ...scene,
          screen: await newScreen(as, 'a browser', otherDocument),
        })) !== null,
      otherStep: (await overtaken(as, selectAccount, scene)) !== null,
    }).toEqual({
      asked: false,
      done: true,
      consented: true,
      more: true,
      less: false,
      otherDocument: true,
      otherStep: true,
    })
  })

  it('of a sign-in leads on once somebody has signed in since, if that is young enough', async () => {
    const taken = async (authTime: number, goal: Goal = page, at = now) => {
      const signedIn = standingOf({}, { authTime })
      const screen = await newScreen(plain, 'a browser', pendingRequest())
      const scene = { goal, standing: signedIn, done: ['login', 'terms'], screen, sessionId: null }
      return (await overtaken({ ...as, now: at }, login, scene))?.done.toSorted()
    }
    const goal = await asked({ max_age: '60' })
    expect({
      before: await taken(now - 1),
      since: await taken(now),
      young: await taken(now, goal, now + 60),
      old: await taken(now, goal, now + 61),
      page: await taken(now, page, now + 9_000),
      nobody: await overtaken(as, login, { ...(await shownScene()), standing: null }),
    }).toEqual({
      before: undefined,
      since: ['login', 'terms'],
      young: ['login', 'terms'],
      old: ['terms'],
      page: ['login', 'terms'],
      nobody: null,
    })
  })
})

describe('an answer', () => {
  const browser = { secret, session: secret, knownMark: undefined, rememberedMark: undefined }
  const replyOf = (form: Record<string, string>): Omit<Reply, 'isStillAsked'> => ({
    form: new Map(Object.entries(form)),
    language: 'en',
    browser,
  })
  const answer = async (step: Step, scene: Scene, form: Record<string, string>) =>
    refusalOf<StepOutcome>(() => answerStep(as, step, scene, replyOf(form)))

  it('is that of the session, which may give way to another account on any page', async () => {
    const scene = await shownScene()
    const switched = await answer(consent, scene, { decision: 'switch' })
    const { digest } = await answerTo(as, scene.screen)
    expect({
      switched,
      isUsed: (await as.store.usedIdentifiers.findUse(digest)) !== null,
      nobody: await answer(consent, { ...scene, standing: null }, { decision: 'allow' }),
      chosen: await answer(selectAccount, scene, { decision: 'allow' }),
      refused: await answer(selectAccount, scene, { decision: 'no' }),
      denied: await answer(consent, await shownScene(), { decision: 'deny' }),
      signIn: await answer(login, { ...scene, standing: null }, {}),
    }).toEqual({
      switched: {
        outcome: 'goes on',
        progress: { goal: scene.goal, standing: null, done: ['select_account'] },
      },
      isUsed: true,
      nobody: { outcome: 'expired' },
      chosen: {
        outcome: 'goes on',
        progress: expect.objectContaining({ standing, done: ['select_account'] }),
      },
      refused: { error: 'access_denied', reason: undefined },
      denied: { error: 'access_denied', reason: undefined },
      signIn: { outcome: 'asks again', refusal: { reason: 'credentials' } },
    })
  })

  it('to a page that is over adds nothing, and one to no request is none', async () => {
    const scene = await shownScene(pendingRequest({ scope: [] }))
    expect({
      over: await answer(consent, scene, { decision: 'allow' }),
      page: await answer(consent, { ...scene, goal: page }, { decision: 'allow' }),
    }).toEqual({
      over: { outcome: 'goes on', progress: expect.objectContaining({ done: [], standing }) },
      page: { outcome: 'expired' },
    })
  })
})
