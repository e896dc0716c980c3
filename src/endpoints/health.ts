// For whoever watches the deployment: is the worker there, and can it serve.
import { bearsAdminToken } from '../core/server/admin-token.ts'
import { Readiness } from '../core/server/readiness.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { renderTokenError } from './error.ts'

export function healthEndpoints(): EndpointGroup {
  const readiness = new Readiness()
  return {
    renderError: renderTokenError,
    endpoints: [
      {
        path: '/health',
        handlers: { GET: (context) => context.json({ status: 'ok' }, 200, noStore) },
      },
      { path: '/health/ready', handlers: { GET: (context) => ready(context, readiness) } },
    ],
  }
}

/** 200, or 503; what fails is told to the bearer of ADMIN_TOKEN alone. */
async function ready(context: FaceContext, readiness: Readiness): Promise<Response> {
  const { as } = context.env
  const failing = await readiness.failing(as)
  if (failing.length === 0) return context.json({ status: 'ok' }, 200, noStore)
  const isOperator = await bearsAdminToken(as, context.req.header('Authorization'))
  return context.json({ status: 'unavailable', ...(isOperator ? { failing } : {}) }, 503, noStore)
}
