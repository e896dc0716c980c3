// What the interface can do, as data: the routes and the OpenAPI document are both read from it, so
// that neither can tell of something that the other does not know.
import type { Hono } from 'hono'
import type * as z from 'zod/mini'
import { route, type App, type FaceContext } from '../http/app.ts'
import { Problem, renderProblem } from './problem.ts'

export type Operation = {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** As OpenAPI writes it: `/admin/v1/users/{id}`. */
  path: string
  summary: string
  /** The parameters of the query string; none are taken where there is no schema. */
  query?: () => z.ZodMiniObject
  body?: () => z.ZodMiniType
  /** Whether an Idempotency-Key makes a retry give the first answer again. */
  idempotent?: true
  success: { status: 200 | 201 | 204; body?: () => z.ZodMiniType }
  /** The refusals beside 401 and 503. */
  refusals: readonly (400 | 404 | 409 | 413 | 415)[]
  respond: (context: FaceContext) => Promise<Response> | Response
}

/** Refusals of whatever has a JSON body. */
export const bodyRefusals = [400, 413, 415] as const

/** Serves each operation; another method on its path is 405. */
export function routeOperations(app: Hono<App>, operations: readonly Operation[]): void {
  for (const [path, ofPath] of Map.groupBy(operations, (operation) => operation.path)) {
    const responders = ofPath.map(({ method, respond }) => [method, respond] as const)
    route(app, path.replaceAll(/\{(\w+)\}/g, ':$1'), Object.fromEntries(responders), refuseMethod)
  }
}

// The router adds Allow.
const refuseMethod = (): Response =>
  renderProblem(new Problem(405, 'the method is not allowed here'))
