// The sign-in: by password on its page, or at a provider. OpenID Connect Core 3.1.2.3.
import { OAuthError, accessDenied, invalidRequest } from '../../../protocol/error.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { beginSession } from '../../people/browser-session.ts'
import { halfOf } from '../../people/half-proof.ts'
import { rememberedSince } from '../../people/factors/remembered-browser.ts'
import { isKnownBrowser, knownBrowserMark } from '../../people/known-browser.ts'
import { refusedPasskey, signInWithPasskey } from '../../people/passkeys/sign-in.ts'
import { type ProvedUser, signInWithPassword } from '../../people/sign-in.ts'
import type { SessionStanding, User } from '../../people/storage.ts'
import { asksForNameFirst } from '../../providers/sign-in-provider.ts'
import { readIdTokenHint } from '../../tokens/id-token.ts'
import { subjectFor } from '../../tokens/subject.ts'
import { consentQuery } from '../consent.ts'
import type { AuthorizationGoal, Goal } from '../goal.ts'
import type { AuthorizationRequest } from '../request.ts'
import { type Screen, answerTo, isShownIn, openScreen, repeatedScreen } from '../screen.ts'
import { leavingToOwner } from '../owned-domain.ts'
import { ableBrowser } from './passkey-offer.ts'
import {
  type Progress,
  type Reply,
  type Scene,
  type SignInStep,
  type StepOutcome,
  type StepRefusal,
  doneWith,
  isDone,
  isPrompted,
} from './step.ts'

/** The address from which a person leaves to sign in at a provider, the other variant of this step. */
export const providerPath = '/login/provider'

/** Is asked for where nobody is signed in, or where the sign-in is not the one that is asked for. */
export const login: SignInStep<'login'> = {
  name: 'login',
  path: '/login',
  isPrompt: true,
  needsSession: false,
  whenSilent: { code: 'login_required', description: 'a sign-in is needed' },

  /** @throws access_denied, invalid_request (a hint that is not ours) */
  async isNeeded(as, progress) {
    const { goal, standing, half } = progress
    // The sign-in goes on with its second factor.
    if (half !== undefined) return false
    if (goal.kind === 'page')
      return standing === null || (goal.confirms && !isDone(progress, login))
    const expected = await expectedSubjects(as, goal.request)
    return standing === null || mustSignIn(as, goal, standing, progress, expected)
  },

  takenMeanwhile(as, scene) {
    const { goal, standing, done, screen } = scene
    if (standing === null || standing.session.authTime < screen.createdAt) return null
    const { maxAge = Infinity } = goal.kind === 'authorization' ? goal.request : {}
    // A page that is looked at late: by now the sign-in may be older than the client allows.
    const isYoung = standing.session.authTime >= as.now - maxAge
    const others = done.filter((name) => name !== login.name)
    return { goal, standing, done: isYoung ? doneWith(scene, login) : others }
  },

  /**
   * Tries the password, every try counted before it is checked; or leads to the provider that owns the
   * domain of the name.
   */
  async answer(as, scene, { form, browser }) {
    if (form.get('passkey') !== undefined) return answerByPasskey(as, scene, { form, browser })
    const username = form.get('username')
    const password = form.get('password')
    // Whatever password came along is the provider's: it is neither tried nor kept.
    const owned = await leavingToOwner(as, username)
    if (owned !== null) return owned
    if (username === undefined || password === undefined) {
      // The page may have asked for the name alone.
      const isIncomplete = username !== undefined && (await asksForNameFirst(as))
      return {
        outcome: 'asks again',
        refusal: isIncomplete ? undefined : { reason: 'credentials' },
      }
    }
    const proved = await tryPassword(as, username, password, browser)
    if ('reason' in proved) return { outcome: 'asks again', refusal: proved }
    const knownMark = await knownBrowserMark(as, username, browser.secret)
    const isAble = form.get('webauthn') !== undefined
    const noted = isAble ? { ...scene, done: doneWith(scene, ableBrowser) } : scene
    const { secret, rememberedMark } = browser
    // Whoever confirms that it is them proves everything anew.
    const isConfirming = scene.goal.kind === 'page' && scene.goal.confirms
    const since = isConfirming
      ? null
      : await rememberedSince(as, proved.user, secret, rememberedMark)
    const known = since === null ? proved : { ...proved, secondFactorAt: since }
    return completeLogin(as, noted, known, browser.session, knownMark)
  },
}

/**
 * Signs in by the answer of a passkey to the page's challenge: the id of a further screen, which is as old
 * as the page and not as what the page is about, so that a page that was shown again has a new one.
 * `expected` is the only user whom the page asks.
 */
export async function answerByPasskey(
  as: AuthorizationServer,
  scene: Scene,
  { form, browser }: Pick<Reply, 'form' | 'browser'>,
  expected?: User,
): Promise<StepOutcome> {
  const screen = await openScreen(as, form.get('challenge') ?? '')
  if (screen === null || !(await isShownIn(browser.secret, screen)))
    return { outcome: 'asks again', refusal: refusedPasskey(as, 'challenge') }
  const proved = await signInWithPasskey(as, screen, form.get('passkey') ?? '')
  if ('reason' in proved) return { outcome: 'asks again', refusal: proved }
  if (expected !== undefined && proved.user.id !== expected.id)
    return { outcome: 'asks again', refusal: refusedPasskey(as, 'user-handle', proved.user.id) }
  const outcome = await completeLogin(as, { ...scene, screen }, proved, browser.session)
  if (outcome.outcome === 'expired') refusedPasskey(as, 'challenge', proved.user.id)
  return outcome
}

/**
 * Begins the session of a user who has proved who they are, as the answer to the screen of the
 * sign-in; or leads to the second factor, if the user has one and has not proved it: then there is no
 * session yet. `replacedSecret` is the secret of the session that the browser had, `knownMark` the mark
 * that it gets with the session.
 */
export async function completeLogin(
  as: AuthorizationServer,
  scene: Pick<Scene, 'goal' | 'done' | 'screen'>,
  proved: ProvedUser,
  replacedSecret: string | undefined,
  knownMark: string | null = null,
): Promise<Extract<StepOutcome, { outcome: 'goes on' | 'expired' }>> {
  const { goal, done, screen } = scene
  const half = await halfOf(as, proved, knownMark)
  if (half !== null) return { outcome: 'goes on', progress: { goal, standing: null, done, half } }
  const consentFor = goal.kind === 'authorization' ? consentQuery(goal) : undefined
  const begin = async (answered: Screen) =>
    beginSession(as, await answerTo(as, answered), proved, replacedSecret, consentFor)
  // A second answer to the screen (a double click) is as good as the first: whoever sent it has proved
  // who they are, too, and the browser waits for this answer and no longer for the other. A passkey's
  // answer, and a screen that carries half of a proof, are good for one sign-in alone.
  const isOnce =
    proved.passkey !== undefined ||
    (screen.pending.kind !== 'logout' && screen.pending.half !== undefined)
  const session =
    (await begin(screen)) ?? (isOnce ? null : await begin(await repeatedScreen(as, screen)))
  if (session === null) return { outcome: 'expired' }
  const { standing } = session
  const progress = { goal, standing, done: doneWith(scene, login) }
  return { outcome: 'goes on', progress, session, ...(knownMark === null ? {} : { knownMark }) }
}

/**
 * Returns the age in seconds that a sign-in for this goal may have; 0 = it must be a new one, null =
 * any age. What a client, or a page of ours, asks of us, we ask of a provider.
 */
export function oldestSignIn(goal: Goal): number | null {
  if (goal.kind === 'page') return goal.confirms ? 0 : null
  return isPrompted({ goal }, login) ? 0 : (goal.request.maxAge ?? null)
}

async function tryPassword(
  as: AuthorizationServer,
  username: string,
  password: string,
  browser: Reply['browser'],
): Promise<ProvedUser | Extract<StepRefusal, { reason: 'credentials' | 'throttled' }>> {
  const known = await isKnownBrowser(as, username, browser.secret, browser.knownMark)
  try {
    return await signInWithPassword(as, username, password, known, 'accepted')
  } catch (thrown) {
    if (!(thrown instanceof OAuthError)) throw thrown
    if (thrown.code === 'too_many_requests') {
      return { reason: 'throttled', retryAfter: thrown.retryAfter ?? 60 }
    }
    if (thrown.code === 'invalid_grant') return { reason: 'credentials' }
    throw thrown
  }
}

/**
 * Judges what a request demands of a sign-in, whoever signs in.
 * @throws invalid_request (a hint that is not ours)
 */
export async function checkSignInRequest(
  as: AuthorizationServer,
  request: AuthorizationRequest,
): Promise<void> {
  await expectedSubjects(as, request)
}

/**
 * Returns what a hint and the claims parameter bind the request to: of each list, one subject must be
 * the user's.
 * @throws invalid_request
 */
async function expectedSubjects(
  as: AuthorizationServer,
  request: AuthorizationRequest,
): Promise<readonly (readonly string[])[]> {
  const claimed = request.claims.subjects
  if (request.idTokenHint === undefined) return claimed
  const hint = await readIdTokenHint(as, request.idTokenHint)
  if (hint === null) throw invalidRequest('the id_token_hint is not an ID token of this server')
  return [[hint.subject], ...claimed]
}

async function mustSignIn(
  as: AuthorizationServer,
  { target, request }: AuthorizationGoal,
  { session, user }: SessionStanding,
  progress: Progress,
  expected: readonly (readonly string[])[],
): Promise<boolean> {
  const subject = await subjectFor(target.client, user)
  if (!expected.every((subjects) => subjects.includes(subject))) {
    // Somebody else has just signed in: asking again would go round in circles.
    if (isDone(progress, login)) throw accessDenied('another user was expected')
    return true
  }
  if (isDone(progress, login)) return false
  if (isPrompted(progress, login)) return true
  return as.now - session.authTime > (request.maxAge ?? Infinity)
}
