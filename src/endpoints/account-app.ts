// The pages of a person's own account, and those to which mails lead: one app, which is loaded at its first
// request (src/late.ts).
import type { Hono, NotFoundHandler } from 'hono'
import type { Settings } from '../core/server/settings.ts'
import { type App, newApp } from '../http/app.ts'
import { type Endpoint, type EndpointGroup, serve } from '../http/endpoint.ts'
import { emailEndpoints } from './account-email.ts'
import { deletionEndpoint } from './account-leaving.ts'
import { accountEndpoints } from './account.ts'
import { forgotEndpoints } from './forgot.ts'
import { mailActionEndpoints } from './mail-actions.ts'
import { renderPageError } from './page.ts'
import { passkeyEndpoints } from './passkeys.ts'
import { secondFactorEndpoints } from './second-factors.ts'

/** Pages that a deployment may lack. */
const pageGroup = (endpoints: readonly Endpoint[]): EndpointGroup => ({
  renderError: renderPageError,
  endpoints,
})

/** Creates the app. `notFound` answers where it has no page. */
export function accountApp(settings: Settings, notFound: NotFoundHandler<App>): Hono<App> {
  const { factors, mail, people } = settings
  const hasMail = mail.transport !== null
  const app = newApp(renderPageError)
  const groups = [
    accountEndpoints,
    passkeyEndpoints,
    ...(factors.mfa === 'off' ? [] : [secondFactorEndpoints]),
    ...(hasMail ? [pageGroup(emailEndpoints), forgotEndpoints] : []),
    ...(people.selfDelete ? [pageGroup([deletionEndpoint])] : []),
    mailActionEndpoints,
  ]
  for (const group of groups) app.route('/', serve(group))
  app.notFound(notFound)
  return app
}
