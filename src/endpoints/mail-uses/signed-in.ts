// Signing in by a mail, as the last step of a link: it goes on where the mail was asked for, if that was
// in this browser, else at home.
import { pendingGoal, targetOf } from '../../core/authorization/goal.ts'
import { sceneOf } from '../../core/authorization/next-step.ts'
import { type Screen, isShownIn, newScreen, openScreen } from '../../core/authorization/screen.ts'
import { completeLogin, login } from '../../core/authorization/steps/login.ts'
import type { ProvedUser } from '../../core/people/sign-in.ts'
import type { FaceContext } from '../../http/app.ts'
import { browserOf } from '../../http/browser.ts'
import { answeringClient, goOn } from '../progress.ts'
import { expired, isExpired } from '../screen.ts'

/** Begins the session of somebody who has proved who they are by a mail, and goes on. */
export async function signInFromMail(
  context: FaceContext,
  { proved, screen: sealed }: { proved: ProvedUser; screen: string | undefined },
): Promise<Response> {
  const { as } = context.env
  const screen = await screenOf(context, sealed)
  const scene = await sceneOf(as, login, screen, undefined)
  if (scene === null) return expired(context, screen)
  const { session } = browserOf(context)
  const work = async () => goOn(context, screen, await completeLogin(as, scene, proved, session))
  return answeringClient(context, targetOf(scene.goal), work, screen.id)
}

/** A screen is answered in the browser that it was shown in, and in no other. */
async function screenOf(context: FaceContext, sealed: string | undefined): Promise<Screen> {
  const { as } = context.env
  const secret = browserOf(context).ensureSecret()
  const screen = sealed === undefined ? null : await openScreen(as, sealed)
  if (screen !== null && (await isShownIn(secret, screen)) && !isExpired(context, screen)) {
    return screen
  }
  const goal = { kind: 'page', path: '/', confirms: false } as const
  return newScreen(as, secret, pendingGoal(goal, { done: [], sessionId: null, scope: [] }))
}
