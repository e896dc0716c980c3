// The form of the account page by which people prove that their address is theirs.
import { startVerification } from '../core/people/mail/verification.ts'
import { browserOf } from '../http/browser.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { mailSent } from './mail-sent.ts'
import { frameOf, renderPageError, seeOther } from './page.ts'
import { ownForm } from './own-form.ts'

/** Where the form is posted to; it is also the purpose of its form token. */
export const verificationPath = '/account/email/verify'

export const verificationEndpoints: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [
    ownForm(verificationPath, async (context, { user }) => {
      if (user.email === null || user.emailVerified) return seeOther(context, '/account')
      await startVerification(context.env.as, user, {
        browserSecret: browserOf(context).ensureSecret(),
        language: (await frameOf(context)).language,
      })
      return mailSent(context, 'verify', user.email)
    }),
  ],
}
