// All faces mounted on one app, and the answer for unknown addresses.
import type { Handler, Hono } from 'hono'
import type { Settings } from './core/server/settings.ts'
import type { ServedDialect } from './dialects/configuration.ts'
import { renderTokenError } from './endpoints/error.ts'
import { refuse, renderPageError } from './endpoints/page.ts'
import { endpointGroups } from './endpoints/table.ts'
import { type App, type FaceContext, newApp, noStore, requireHttps } from './http/app.ts'
import { serve } from './http/endpoint.ts'
import { type Late, loadLate } from './load-late.ts'
import { once } from './protocol/once.ts'

// Of the pages that src/late.ts has.
const accountPaths = ['/account', '/account/*', '/mail/*', '/forgot']

/** Returns the app of an isolate: endpoints, the operator's interface, and the dialects served. */
export function mountFaces(settings: Settings, served: readonly ServedDialect[]): Hono<App> {
  const app = newApp((error, context) =>
    wantsPage(context) ? renderPageError(error, context) : renderTokenError(error),
  )
  for (const group of endpointGroups(settings)) app.route('/', serve(group))
  const account = whenAsked(({ accountApp }) => accountApp(settings, nothingHere))
  for (const path of accountPaths) app.all(path, account)
  app.all(
    '/admin/v1/docs',
    whenAsked(({ adminDocs }) => serve(adminDocs())),
  )
  app.all(
    '/admin/v1/*',
    whenAsked(({ adminInterface }) => adminInterface()),
  )
  app.all(
    '/admin/*',
    whenAsked(({ consoleApp }) => consoleApp()),
  )
  for (const { mount } of served) app.route('/', mount())
  app.notFound(nothingHere)
  return app
}

async function nothingHere(context: FaceContext): Promise<Response> {
  requireHttps(context)
  if (wantsPage(context)) return refuse(context, 'notFound', 404, { startAgainHref: '/' })
  const body = { error: 'not_found', error_description: 'there is nothing at this address' }
  return context.json(body, 404, noStore)
}

const wantsPage = (context: FaceContext): boolean =>
  (context.req.header('Accept') ?? '').includes('text/html')

/** Serves an app that is loaded and built on its first request: most isolates never get one. */
function whenAsked(build: (late: Late) => Hono<App>): Handler<App> {
  const app = once(async () => build(await loadLate()))
  return async (context) => (await app()).fetch(context.req.raw, context.env, context.executionCtx)
}
