// The forms of the account page, and who is signed in to send them.
import { findSession } from '../core/people/browser-session.ts'
import type { SessionStanding } from '../core/people/storage.ts'
import type { FaceContext } from '../http/app.ts'
import { isOwnForm, readCookie } from '../http/browser.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { readForm } from '../http/form.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { refuse } from './page.ts'
import { askToSignIn } from './sign-in.ts'

/** Who is signed in in this browser; null for nobody. */
export const signedIn = (context: FaceContext): Promise<SessionStanding | null> =>
  findSession(context.env.as, readCookie(context, 'session'))

export type OwnAction = (
  context: FaceContext,
  standing: SessionStanding,
  form: Parameters,
) => Promise<Response>

/** Takes a form of the account page, proved ours, from somebody who is signed in. */
export function ownForm(path: string, act: OwnAction): Endpoint {
  const respond = async (context: FaceContext): Promise<Response> => {
    const form = await readForm(context.req.raw)
    if (!(await isOwnForm(context, form, path)))
      return refuse(context, 'forgery', 403, { startAgainHref: '/account' })
    const standing = await signedIn(context)
    return standing === null ? askToSignIn(context, '/account') : act(context, standing, form)
  }
  return { path, handlers: { POST: respond } }
}
