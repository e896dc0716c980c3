// The home of somebody who is signed in: the apps that they use, and the way to their account.
import { listApps } from '../core/people/account.ts'
import type { FaceContext } from '../http/app.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { homePage, longestList } from '../pages/home.tsx'
import { formTo, visitorOf } from './own-form.ts'
import { frameOf, page, renderPageError, shownClient, shownUser } from './page.ts'

export const homeEndpoint: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [{ path: '/', handlers: { GET: showHome } }],
}

async function showHome(context: FaceContext): Promise<Response> {
  const standing = await visitorOf(context, '/')
  if (standing instanceof Response) return standing
  const apps = await listApps(context.env.as, standing.user.id, longestList)
  const html = homePage(await frameOf(context, undefined, undefined, standing.user.locale), {
    user: shownUser(standing.user),
    apps: apps.map(({ client, href }) => ({ client: shownClient(client), href })),
    accountHref: '/account',
    logout: await formTo(context, '/sign-out'),
  })
  return page(context, html)
}
