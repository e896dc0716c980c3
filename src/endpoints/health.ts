// For whoever watches the deployment: is the worker there, and can it serve.
import { Readiness } from '../core/server/readiness.ts'
import type { FaceContext } from '../http/app.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { healthPaths, healthy, unavailable } from '../http/health.ts'
import { renderTokenError } from './error.ts'

export function healthEndpoints(): EndpointGroup {
  const readiness = new Readiness()
  return {
    renderError: renderTokenError,
    endpoints: [
      { path: healthPaths.live, handlers: { GET: () => healthy() } },
      { path: healthPaths.ready, handlers: { GET: (context) => ready(context, readiness) } },
    ],
  }
}

/** 200, or 503; what fails, or is only worth a warning, is told to an operator alone. */
async function ready(context: FaceContext, readiness: Readiness): Promise<Response> {
  const { as } = context.env
  const found = await readiness.failing(as)
  const isOperator =
    found.length > 0 && (await readiness.mayRead(as, context.req.header('Authorization')))
  const failing = found.filter(({ name }) => name !== 'passkeys')
  if (failing.length > 0) return unavailable(found, isOperator)
  return healthy(isOperator ? found : [])
}
