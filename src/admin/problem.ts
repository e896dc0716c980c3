// What the operator's interface refuses, as problem details. RFC 9457.
import * as z from 'zod/mini'
import type { Fault } from '../http/json.ts'
import { OAuthError, type OAuthErrorCode } from '../protocol/error.ts'
import { once } from '../protocol/once.ts'

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
}

/** The phrase of a status: "about:blank" has no other title (RFC 9457 4.2.1). */
export const titleOf = (status: number): string => titles[status] ?? 'Error'

/** A refusal on the wire. */
export const problemAnswer = once(() =>
  z.object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    errors: z.optional(
      z.array(
        z.object({
          field: z
            .string()
            .check(z.describe('dotted path of a member, or a parameter; empty = the whole')),
          detail: z.string(),
        }),
      ),
    ),
  }),
)

// For the log alone: on the wire the status tells.
const codes = {
  400: 'invalid_request',
  401: 'invalid_token',
  404: 'not_found',
  405: 'method_not_allowed',
  409: 'conflict',
  415: 'invalid_request',
} as const satisfies Record<number, OAuthErrorCode>

/** A refusal with a status that OAuth has no code for, and the members that caused it. */
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

/** 400, with every fault that was found. */
export const invalid = (errors: readonly Fault[]): Problem =>
  new Problem(400, 'the request is not valid', { errors })

/** 404. */
export const unknown = (
  what: 'user' | 'client' | 'provider' | 'provider link' | 'key' | 'registration token',
): Problem => new Problem(404, `no such ${what}`)

/** 409: these members have values that another has. */
export const taken = (errors: readonly Fault[]): Problem =>
  new Problem(409, 'already in use', { errors })

/** Renders any refusal as `application/problem+json`. */
export function renderProblem(error: OAuthError): Response {
  const { status, description: detail } = error
  const refusal = error instanceof Problem ? error : { errors: [], headers: {} }
  const { errors } = refusal
  const headers = new Headers(refusal.headers)
  headers.set('Content-Type', 'application/problem+json')
  const body: z.infer<ReturnType<typeof problemAnswer>> = {
    type: 'about:blank',
    title: titleOf(status),
    status,
    detail,
    ...(errors.length === 0 ? {} : { errors: [...errors] }),
  }
  return Response.json(body, { status, headers })
}
