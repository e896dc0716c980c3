// The stylesheet and the icon, under names that change with their content.
import type { FaceContext } from '../http/app.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { assetsOf, refuse, renderPageError } from './page.ts'

const forever = { 'Cache-Control': 'public, max-age=31536000, immutable' }

export const assetEndpoints: EndpointGroup = {
  renderError: renderPageError,
  endpoints: [{ path: '/assets/:name', handlers: { GET: asset } }],
}

async function asset(context: FaceContext): Promise<Response> {
  const assets = await assetsOf(context.env.as.settings.brand)
  const { path } = context.req
  if (path === assets.stylesheetPath) {
    return context.body(assets.stylesheet, 200, {
      ...forever,
      'Content-Type': 'text/css; charset=utf-8',
    })
  }
  if (path === assets.iconPath) {
    return context.body(assets.icon, 200, { ...forever, 'Content-Type': 'image/svg+xml' })
  }
  return refuse(context, 'notFound', 404)
}
