// The page for somebody who has asked for a mail: the same whether there is an account or not.
import { mailActionPath } from '../core/people/mail/action.ts'
import type { MailPurpose } from '../core/people/mail/storage.ts'
import type { FaceContext } from '../http/app.ts'
import { formTokenInput } from '../http/browser.ts'
import { mailSentPage } from '../pages/mail-action.tsx'
import { frameOf, page } from './page.ts'

/** Returns the path that takes the codes of a purpose. */
export const codePath = (purpose: MailPurpose): string => `${mailActionPath(purpose)}/code`

/**
 * Responds to somebody who has asked for a mail to an address. The page is the same whether there is an
 * account, and takes the code of the mail in this browser.
 */
export async function mailSent(
  context: FaceContext,
  purpose: MailPurpose,
  address: string,
  isRefusal = false,
): Promise<Response> {
  const action = codePath(purpose)
  const hidden = [['email', address], await formTokenInput(context, action)] as const
  const frame = await frameOf(context, undefined, null)
  const html = mailSentPage(frame, {
    form: { action, hidden },
    isSignUp: purpose === 'sign-up',
    isRefusal,
  })
  return page(context, html, isRefusal ? 400 : 200)
}
