// Errors of the admin interface, as problem details (RFC 9457).
import type { Fault } from '../http/json.ts'
import { OAuthError, type OAuthErrorCode } from '../protocol/error.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** Returns the phrase of a status, which is the title of "about:blank" (RFC 9457 4.2.1). */
export const titleOf = (status: number): string => titles[status] ?? 'Error'

/** An error response. */
export const problemAnswer = once(() =>
  v.object({
    type: v.literal('about:blank'),
    title: v.string(),
    status: v.int(),
    detail: v.string(),
    errors: v.optional(
      v.array(
        v.object({
          field: v.pipe(
            v.string(),
            v.description(
              'dotted path of a member, or name of a parameter; empty = the whole request',
            ),
          ),
          detail: v.string(),
        }),
      ),
    ),
  }),
)

// Used only in the log. On the wire the status is enough.
const codes = {
  400: 'invalid_request',
  401: 'invalid_token',
  403: 'insufficient_scope',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  415: 'invalid_request',
  429: 'too_many_requests',
} as const satisfies Record<number, OAuthErrorCode>

/** An error of the admin interface, with the members that caused it (RFC 9457). */
export class Problem extends OAuthError {
  readonly errors: readonly Fault[]
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: keyof typeof codes,
    detail: string,
    more: { errors?: readonly Fault[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(codes[status], detail, { status })
    this.errors = more.errors ?? []
    this.headers = more.headers ?? {}
  }
}

/** Creates a 400 with every error that was found. */
export const invalid = (errors: readonly Fault[]): Problem =>
  new Problem(400, 'the request is not valid', { errors })

/** Creates a 404. */
export const unknown = (
  what:
    | 'user'
    | 'client'
    | 'resource'
    | 'provider'
    | 'provider link'
    | 'key'
    | 'grant'
    | 'admin token'
    | 'session'
    | 'import'
    | 'chunk'
    | 'registration token'
    | 'authorization details type',
): Problem => new Problem(404, `no such ${what}`)

/** Creates a 409: these members have values that are already in use. */
export const taken = (errors: readonly Fault[]): Problem =>
  new Problem(409, 'already in use', { errors })

/** Renders any error as `application/problem+json` (RFC 9457 3). */
export function renderProblem(error: OAuthError): Response {
  const { status, description: detail } = error
  const refusal = error instanceof Problem ? error : { errors: [], headers: {} }
  const { errors } = refusal
  const headers = new Headers(refusal.headers)
  headers.set('Content-Type', 'application/problem+json')
  const body: v.InferOutput<ReturnType<typeof problemAnswer>> = {
    type: 'about:blank',
    title: titleOf(status),
    status,
    detail,
    ...(errors.length === 0 ? {} : { errors: [...errors] }),
  }
  return Response.json(body, { status, headers })
}
