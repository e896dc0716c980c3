// For whoever watches the deployment: is the worker there, and can it serve.
import { bearsAdminToken } from '../core/server/admin-token.ts'
import { type Failing, Readiness } from '../core/server/readiness.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import type { EndpointGroup } from '../http/endpoint.ts'
import { renderTokenError } from './error.ts'

const paths = { live: '/health', ready: '/health/ready' }

export function healthEndpoints(): EndpointGroup {
  const readiness = new Readiness()
  return {
    renderError: renderTokenError,
    endpoints: [
      { path: paths.live, handlers: { GET: healthy } },
      { path: paths.ready, handlers: { GET: (context) => ready(context, readiness) } },
    ],
  }
}

/**
 * Answers for the health of a worker that the faults of its settings keep from serving: it is there, but
 * not ready. Null for any other request.
 */
export async function healthOfFaults(
  request: Request,
  { faults, adminToken }: { faults: readonly string[]; adminToken: string | null },
): Promise<Response | null> {
  if (request.method !== 'GET') return null
  const { pathname } = new URL(request.url)
  if (pathname === paths.live) return healthy()
  if (pathname !== paths.ready) return null
  const header = request.headers.get('Authorization') ?? undefined
  const isOperator =
    adminToken !== null && (await bearsAdminToken({ settings: { adminToken } }, header))
  return unavailable(
    faults.map((detail) => ({ name: 'settings', detail })),
    isOperator,
  )
}

/** 200, or 503; what fails is told to an operator alone. */
async function ready(context: FaceContext, readiness: Readiness): Promise<Response> {
  const { as } = context.env
  const failing = await readiness.failing(as)
  if (failing.length === 0) return healthy()
  return unavailable(failing, await readiness.mayRead(as, context.req.header('Authorization')))
}

const healthy = (): Response => Response.json({ status: 'ok' }, { headers: noStore })

const unavailable = (failing: readonly Failing[], isOperator: boolean): Response =>
  Response.json(
    { status: 'unavailable', ...(isOperator ? { failing } : {}) },
    { status: 503, headers: noStore },
  )
