// What a monitor is told about the health of the worker.
import { bearsAdminToken } from '../core/server/admin-token.ts'
import type { Failing } from '../core/server/readiness.ts'
import { noStore } from './app.ts'

export const healthPaths = { live: '/health', ready: '/health/ready' } as const

/** The answer of a worker that serves; `warnings` are told to an operator alone. */
export const healthy = (warnings: readonly Failing[] = []): Response =>
  Response.json(
    { status: 'ok', ...(warnings.length > 0 ? { warnings } : {}) },
    { headers: noStore },
  )

/** The answer of a worker that is not ready; what fails is told to an operator alone. */
export const unavailable = (failing: readonly Failing[], isOperator: boolean): Response =>
  Response.json(
    { status: 'unavailable', ...(isOperator ? { failing } : {}) },
    { status: 503, headers: noStore },
  )

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
  if (pathname === healthPaths.live) return healthy()
  if (pathname !== healthPaths.ready) return null
  const header = request.headers.get('Authorization') ?? undefined
  const isOperator =
    adminToken !== null && (await bearsAdminToken({ settings: { adminToken } }, header))
  return unavailable(
    faults.map((detail) => ({ name: 'settings', detail })),
    isOperator,
  )
}
