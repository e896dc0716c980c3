// For whoever watches the deployment: is the worker there, and can it serve.
import type { Hono } from 'hono'
import { bearsAdminToken } from '../core/admin-token.ts'
import { Readiness } from '../core/readiness.ts'
import { newApp, noStore, route, type App, type FaceContext } from '../http/app.ts'
import { renderTokenError } from './error.ts'

export function healthEndpoints(): Hono<App> {
  const app = newApp(renderTokenError)
  const readiness = new Readiness()
  route(app, '/health', { GET: (context) => context.json({ status: 'ok' }, 200, noStore) })
  route(app, '/health/ready', { GET: (context) => ready(context, readiness) })
  return app
}

/** 200, or 503; what fails is told to the bearer of ADMIN_TOKEN alone. */
async function ready(context: FaceContext, readiness: Readiness): Promise<Response> {
  const { as } = context.env
  const failing = await readiness.failing(as)
  if (failing.length === 0) return context.json({ status: 'ok' }, 200, noStore)
  const isOperator = await bearsAdminToken(as, context.req.header('Authorization'))
  return context.json({ status: 'unavailable', ...(isOperator ? { failing } : {}) }, 503, noStore)
}
