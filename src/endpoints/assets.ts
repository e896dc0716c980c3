// The stylesheet and the icon, under names that change with their content.
import type { Hono } from 'hono'
import { newApp, route, type App, type FaceContext } from '../http/app.ts'
import { assetsOf, refuse, renderPageError } from './page.ts'

const forever = { 'Cache-Control': 'public, max-age=31536000, immutable' }

export function assetEndpoints(): Hono<App> {
  const app = newApp(renderPageError)
  route(app, '/assets/:name', { GET: asset })
  return app
}

async function asset(context: FaceContext): Promise<Response> {
  const assets = await assetsOf(context.env.as.settings.brand.accent)
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
