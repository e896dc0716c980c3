// The operations of the admin interface as data. Routes and the OpenAPI document derive from them,
// so neither can have an operation that the other lacks.
import type { Hono } from 'hono'
import type { AdminScope } from '../core/server/admin-token.ts'
import { route, type App, type FaceContext } from '../http/app.ts'
import type * as v from '../protocol/schema.ts'
import { requireScope } from './authentication.ts'
import { Problem, renderProblem } from './problem.ts'

export type Operation = {
  /** The `operationId`: never changed, because generated clients have methods of this name. */
  id: string
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** The path in OpenAPI notation: `/admin/v1/users/{id}`. */
  path: string
  summary: string
  /** The query parameters. Without a schema, every parameter is rejected. */
  query?: () => v.GenericSchema
  body?: () => v.GenericSchema
  /** The media type of a body that is no JSON document. */
  bodyType?: string
  /** Whether an Idempotency-Key makes a retry return the first result. */
  idempotent?: true
  /**
   * `mediaType` is that of a response that is not JSON. `line` is the schema of each line of a response
   * in `application/x-ndjson`, which a request may ask for.
   */
  success: {
    status: 200 | 201 | 204
    body?: () => v.GenericSchema
    mediaType?: string
    line?: () => v.GenericSchema
  }
  /** The error statuses besides 401, 403, 429 and 503. */
  refusals: readonly (400 | 404 | 409 | 413 | 415)[]
  respond: (context: FaceContext) => Promise<Response> | Response
}

/** The error statuses of operations with a JSON body. */
export const bodyRefusals = [400, 413, 415] as const

const areas: readonly [path: RegExp, area: AdminScope][] = [
  [/\/events$/, 'events'],
  [/^\/(users|invitations|grants|sessions|imports|export)\b/, 'users'],
  [/^\/(clients|registration-tokens|resources|authorization-details-types)\b/, 'clients'],
  [/^\/(keys|epoch)\b/, 'keys'],
  [/^\/tokens\b/, 'tokens'],
  [/^\//, 'settings'],
]

/**
 * Returns the scopes of which an admin token must have one for an operation: that of its area, and
 * `read` where it only reads. Events hold people's addresses and tokens make operators: `read` does not
 * reach them. Null = any token may.
 */
export function scopesOf(
  method: Operation['method'],
  path: string,
): readonly [AdminScope, ...AdminScope[]] | null {
  const below = path.replace('/admin/v1', '')
  if (below === '/openapi.json') return null
  const [, area = 'settings'] = areas.find(([pattern]) => pattern.test(below)) ?? []
  const isOpen = method === 'GET' && area !== 'events' && area !== 'tokens'
  return isOpen ? ['read', area] : [area]
}

/** Registers a route for each operation. Other methods on a path are 405. */
export function routeOperations(app: Hono<App>, operations: readonly Operation[]): void {
  for (const [path, ofPath] of Map.groupBy(operations, (operation) => operation.path)) {
    const responders = ofPath.map(({ method, respond }) => {
      const scopes = scopesOf(method, path)
      const guarded = (context: FaceContext) => {
        if (scopes !== null) requireScope(context.env.as, scopes)
        return respond(context)
      }
      return [method, guarded] as const
    })
    route(app, path.replaceAll(/\{(\w+)\}/g, ':$1'), Object.fromEntries(responders), refuseMethod)
  }
}

// `route` adds the Allow header.
const refuseMethod = (): Response =>
  renderProblem(new Problem(405, 'this address does not support the method'))
