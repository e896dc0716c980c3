// Where one-time links lead. A link only shows a page; the form of that page uses it up. The form is
// bound to the browser that it was shown in, and asks for what no scanner of mails types.
import { shortestPassword } from '../core/people/chosen-password.ts'
import { findMailAction, mailActionAddress, mailActionPath } from '../core/people/mail/action.ts'
import { completePasswordReset } from '../core/people/mail/password-reset.ts'
import { sendLogoutNotices } from '../federation/logout-notices.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf, formTokenInput, isOwnForm } from '../http/browser.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { readForm, readQuery } from '../http/form.ts'
import { passwordResetPage, passwordSetPage } from '../pages/password-reset.tsx'
import { frameOf, page, refuse, renderPageError, seeOther, shownUser } from './page.ts'

const resetPath = mailActionPath('reset')
const donePath = `${resetPath}/done`

export const mailActionEndpoints: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [
    { path: resetPath, handlers: { GET: showReset, POST: setPassword } },
    { path: donePath, handlers: { GET: showDone } },
  ],
}

function showReset(context: FaceContext): Promise<Response> {
  return askForPassword(context, readQuery(context.req.raw).get('token') ?? '')
}

async function askForPassword(
  context: FaceContext,
  secret: string,
  refusal?: 'tooShort' | 'tooLong',
): Promise<Response> {
  const user = await findMailAction(context.env.as, 'reset', secret)
  if (user === null) return refuseLink(context)
  const frame = await frameOf(context, undefined, mailActionAddress('reset', secret))
  const html = passwordResetPage(frame, {
    form: {
      action: resetPath,
      hidden: [['token', secret], await formTokenInput(context, purposeOf(secret))],
    },
    user: shownUser(user),
    minimumLength: shortestPassword,
    ...(refusal === undefined ? {} : { refusal }),
  })
  return page(context, html, refusal === undefined ? 200 : 400)
}

/** A form of one link answers no other. */
const purposeOf = (secret: string): string => mailActionAddress('reset', secret)

/** An unknown link, a used one, an expired one: nobody learns which, or whose it was. */
const refuseLink = (context: FaceContext): Promise<Response> =>
  refuse(context, 'deadLink', 400, { startAgainHref: '/' })

async function setPassword(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const form = await readForm(context.req.raw)
  const [secret, password] = [form.get('token') ?? '', form.get('new_password') ?? '']
  const browserSecret = browserOf(context).secret
  if (browserSecret === undefined || !(await isOwnForm(context, form, purposeOf(secret)))) {
    return refuse(context, 'forgery', 403, {
      startAgainHref: mailActionAddress('reset', encodeURIComponent(secret)),
    })
  }
  const outcome = await completePasswordReset(as, { secret, browserSecret, typed: password })
  if (outcome === 'dead') return refuseLink(context)
  if (outcome !== 'done') return askForPassword(context, secret, outcome)
  as.waitUntil(sendLogoutNotices(as))
  return seeOther(context, donePath)
}

async function showDone(context: FaceContext): Promise<Response> {
  return page(context, passwordSetPage(await frameOf(context), { signInHref: '/' }))
}
