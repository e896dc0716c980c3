// The page for people who have forgotten their password. It is there if the server sends mail.
import { askForReset } from '../core/people/mail/forgotten-password.ts'
import { ownerOfName } from '../core/providers/sign-in-provider.ts'
import type { FaceContext } from '../http/app.ts'
import { browserOf, formTokenInput, isOwnForm } from '../http/browser.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { readForm } from '../http/form.ts'
import { forgotPage } from '../pages/forgot.tsx'
import { forgotPath, mailSent } from './mail-sent.ts'
import { frameOf, page, refuse, renderPageError } from './page.ts'

export const forgotEndpoints: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [{ path: forgotPath, handlers: { GET: (context) => showForm(context), POST: ask } }],
}

async function showForm(context: FaceContext, refused?: string): Promise<Response> {
  const html = forgotPage(await frameOf(context), {
    form: { action: forgotPath, hidden: [await formTokenInput(context, forgotPath)] },
    ...(refused === undefined ? {} : { refused }),
  })
  return page(context, html, refused === undefined ? 200 : 400)
}

async function ask(context: FaceContext): Promise<Response> {
  const form = await readForm(context.req.raw)
  if (!(await isOwnForm(context, form, forgotPath))) {
    return refuse(context, 'forgery', 403, { startAgainHref: forgotPath })
  }
  const address = form.get('email') ?? ''
  const isAsked = await askForReset(context.env.as, address, {
    browserSecret: browserOf(context).ensureSecret(),
    language: (await frameOf(context)).language,
    isOwned: async () => (await ownerOfName(context.env.as, address)) !== null,
  })
  return isAsked ? mailSent(context, 'reset', address) : showForm(context, address)
}
