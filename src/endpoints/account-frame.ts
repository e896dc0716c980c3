// The frame of the pages under /account, and what every page there can say about the last action.
import { isFresh } from '../core/people/fresh-sign-in.ts'
import type { SessionStanding, User } from '../core/people/storage.ts'
import type { FaceContext } from '../http/app.ts'
import { formTokenInput } from '../http/browser.ts'
import type { AccountFrame } from '../pages/account-frame.tsx'
import { sectionsOf } from '../pages/account-sections.tsx'
import type { Form } from '../pages/form.tsx'
import { textsIn } from '../pages/texts.ts'
import { frameOf } from './page.ts'

/** Returns a form of ours under /account; its token is bound to its action. */
export const formTo = async (context: FaceContext, action: string): Promise<Form> => ({
  action,
  hidden: [await formTokenInput(context, action)],
})

/**
 * Returns the frame of the page at `path`. What was refused by POST is no address: the page itself is.
 */
export async function accountFrameOf(
  context: FaceContext,
  { locale }: User,
  path: string,
): Promise<AccountFrame> {
  const address = context.req.method === 'GET' ? context.req.url : path
  return {
    ...(await frameOf(context, undefined, address, locale)),
    sections: sectionsOf(context.env.as),
    logout: await formTo(context, '/sign-out'),
  }
}

/**
 * Returns the notice of a page under /account that the person came back to from a fresh sign-in. It is
 * shown only if it is true.
 */
export function confirmedNotice(
  context: FaceContext,
  { session }: SessionStanding,
  { language }: AccountFrame,
): string | undefined {
  if (context.req.query('done') !== 'confirmed') return undefined
  const { account, accountPages } = textsIn(language)
  return isFresh(context.env.as, session) ? accountPages.confirmed : account.notices.notConfirmed
}
