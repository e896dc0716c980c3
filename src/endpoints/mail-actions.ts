// Where one-time links lead. A link only shows a page; the form of that page uses it up. The form is
// bound to the browser that it was shown in, and what a scanner of mails could press by itself asks for
// more than a button. Whoever asked for a mail may type its code instead, in the same browser.
import {
  findMailAction,
  mailActionAddress,
  mailActionPath,
  proveMailCode,
} from '../core/people/mail/action.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf, formTokenInput, isOwnForm } from '../http/browser.ts'
import type { Endpoint, EndpointGroup } from '../http/endpoint.ts'
import { readForm, readQuery } from '../http/form.ts'
import { mailDonePage } from '../pages/mail-action.tsx'
import { passwordSetPage } from '../pages/password-reset.tsx'
import { textsIn } from '../pages/texts.ts'
import type { Parameters } from '../protocol/parameters.ts'
import { codePath, mailSent } from './mail-sent.ts'
import type { MailRefusal, MailUse } from './mail-uses/mail-use.ts'
import { mailUses } from './mail-uses/uses.ts'
import { frameOf, page, picksLanguage, refuse, renderPageError, seeOther } from './page.ts'

const endpointsOf = (use: MailUse): Endpoint[] => {
  const path = mailActionPath(use.purpose)
  return [
    {
      path,
      handlers: {
        GET: (context) => showLink(context, use, readQuery(context.req.raw).get('token') ?? ''),
        POST: (context) => answerLink(context, use),
      },
    },
    {
      path: codePath(use.purpose),
      handlers: { POST: (context) => takeCode(context, use) },
    },
  ]
}

export const mailActionEndpoints: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [
    ...mailUses.flatMap(endpointsOf),
    { path: `${mailActionPath('reset')}/done`, handlers: { GET: showPasswordSet } },
    { path: `${mailActionPath('verify')}/done`, handlers: { GET: showVerified } },
  ],
}

async function showLink(
  context: FaceContext,
  use: MailUse,
  token: string,
  refusal?: MailRefusal,
  sent?: Parameters,
): Promise<Response> {
  const found = await findMailAction(context.env.as, use.purpose, token, browserOf(context).secret)
  if (found === null) return refuseLink(context)
  const address = mailActionAddress(use.purpose, token)
  const html = await use.show(context, {
    frame: await frameOf(context, undefined, address),
    form: {
      action: mailActionPath(use.purpose),
      // A form of one link answers no other.
      hidden: [['token', token], await formTokenInput(context, address)],
    },
    found,
    ...(refusal === undefined ? {} : { refusal }),
    ...(sent === undefined ? {} : { sent }),
  })
  return refusal === undefined ? page(context, html) : refused(context, html, refusal)
}

function refused(
  context: FaceContext,
  html: string,
  { retryAfter }: MailRefusal,
): Promise<Response> {
  if (retryAfter === undefined) return page(context, html, 400)
  context.header('Retry-After', String(retryAfter))
  return page(context, html, 429)
}

/** An unknown link, a used one, an expired one: nobody learns which, or whose it was. */
const refuseLink = (context: FaceContext): Promise<Response> =>
  refuse(context, 'deadLink', 400, { startAgainHref: '/' })

async function answerLink(context: FaceContext, use: MailUse): Promise<Response> {
  const form = await readForm(context.req.raw)
  const token = form.get('token') ?? ''
  const address = mailActionAddress(use.purpose, token)
  const browserSecret = browserOf(context).secret
  if (browserSecret === undefined || !(await isOwnForm(context, form, address))) {
    return refuse(context, 'forgery', 403, {
      startAgainHref: mailActionAddress(use.purpose, encodeURIComponent(token)),
    })
  }
  if (picksLanguage(context, form)) return showLink(context, use, token, undefined, form)
  const outcome = await use.answer(context, { token, browserSecret, form })
  if (outcome === 'dead') return refuseLink(context)
  return outcome instanceof Response ? outcome : showLink(context, use, token, outcome, form)
}

/** Takes the code of a mail; leads to the page of its link, where anything else is asked for. */
async function takeCode(context: FaceContext, use: MailUse): Promise<Response> {
  const { purpose } = use
  const form = await readForm(context.req.raw)
  const browserSecret = browserOf(context).secret
  if (browserSecret === undefined || !(await isOwnForm(context, form, codePath(purpose)))) {
    return refuse(context, 'forgery', 403, { startAgainHref: '/' })
  }
  const [address, code] = [form.get('email') ?? '', form.get('code') ?? '']
  const token = await proveMailCode(context.env.as, purpose, { address, code, browserSecret })
  if (token === null) return mailSent(context, purpose, address, { sent: form, isRefusal: true })
  const outcome = use.isDoneByCode && (await use.answer(context, { token, browserSecret, form }))
  return outcome instanceof Response
    ? outcome
    : seeOther(context, mailActionAddress(purpose, token))
}

async function showPasswordSet(context: FaceContext): Promise<Response> {
  return page(context, passwordSetPage(await frameOf(context), { signInHref: '/' }))
}

async function showVerified(context: FaceContext): Promise<Response> {
  const frame = await frameOf(context)
  const { verifyAddress, home } = textsIn(frame.language)
  const html = mailDonePage(frame, {
    title: verifyAddress.doneTitle,
    text: verifyAddress.doneText,
    next: { href: '/account', label: home.account },
  })
  return page(context, html)
}
