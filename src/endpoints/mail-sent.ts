// The page for somebody who has asked for a mail.
import { mailActionPath } from '../core/people/mail/action.ts'
import type { MailPurpose } from '../core/people/mail/storage.ts'
import type { FaceContext } from '../http/app.ts'
import { formTokenInput } from '../http/browser.ts'
import { mailSentPage } from '../pages/mail-action.tsx'
import { frameOf, page } from './page.ts'

/** The page for people who have forgotten their password. */
export const forgotPath = '/forgot'

/** Returns the path that takes the codes of a purpose. */
export const codePath = (purpose: MailPurpose): string => `${mailActionPath(purpose)}/code`

/** Purposes for which anybody may ask with any address: the page must not tell whether it is known. */
const neutral: readonly MailPurpose[] = ['reset', 'sign-in']

/** Where another mail is asked for. The other purposes are steps, which wait in a screen. */
const againPaths: Partial<Record<MailPurpose, string>> = {
  reset: forgotPath,
  verify: '/account/email',
}

/**
 * Responds to somebody who has asked for a mail to an address. The page takes the code of the mail, in
 * this browser. It is the same whether there is an account, and whether a mail was sent.
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
    isRefusal,
    againHref: againPaths[purpose],
    ...(neutral.includes(purpose) ? {} : { address }),
  })
  return page(context, html, isRefusal ? 400 : 200)
}
