// The frame of the pages under /account, and what every page there can say about the last action.
import { isFresh } from '../core/people/fresh-sign-in.ts'
import type { SessionStanding, User } from '../core/people/storage.ts'
import type { FaceContext } from '../http/app.ts'
import type { AccountFrame } from '../pages/account-frame.tsx'
import { sectionsOf } from '../pages/account-sections.tsx'
import { textsIn } from '../pages/texts.ts'
import { formTo } from './own-form.ts'
import { frameOf } from './page.ts'

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
 * Returns the notice of a page under /account, as its address says. "Confirmed" is shown only if it is
 * true.
 */
export function noticeOf(
  context: FaceContext,
  standing: SessionStanding,
  { language }: AccountFrame,
): string | undefined {
  const { account, accountPages } = textsIn(language)
  const done = context.req.method === 'GET' ? context.req.query('done') : undefined
  if (done === 'confirmed' && !isFresh(context.env.as, standing))
    return account.notices.notConfirmed
  if (done === 'passwordChanged') return account.notices.passwordChanged
  return new Map(Object.entries(accountPages.notices)).get(done ?? '')
}
