// Pages of ours that need more than one factor.
import { nextStep } from '../core/authorization/next-step.ts'
import type { PagePath } from '../core/authorization/screen.ts'
import type { Progress } from '../core/authorization/steps/step.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import { levelOf } from '../core/tokens/acr.ts'
import type { FaceContext } from '../http/app.ts'
import { refuse } from './page.ts'
import { proceed } from './progress.ts'

/**
 * Returns what keeps a user who is signed in from `path`, which needs a level of authentication
 * (`levelOfAcr`): the step that leads there, or a refusal where they cannot reach it. Null = nothing.
 */
export async function keptFrom(
  context: FaceContext,
  path: PagePath,
  standing: SessionStanding,
  level: number,
): Promise<Response | null> {
  const { as } = context.env
  if (levelOf(standing.session, as.now) >= level) return null
  const progress: Progress = {
    goal: { kind: 'page', path, confirms: false, level },
    standing,
    done: [],
  }
  const { step } = await nextStep(as, progress)
  return step === null
    ? refuse(context, 'denied', 403, { startAgainHref: '/account' })
    : proceed(context, progress)
}
