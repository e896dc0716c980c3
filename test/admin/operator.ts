// What an operator sends that `admin` of the registry does not: other tokens, types and bodies.
import { issuer, postern, type Answerer } from '../support/http.ts'
import { testSettings } from '../support/settings.ts'

export const adminToken = { Authorization: `Bearer ${testSettings.ADMIN_TOKEN}` }

/** A request whose headers are these alone, and whose body is sent as it is. */
export function send(
  method: string,
  path: string,
  headers: Record<string, string>,
  body: string | Uint8Array | ReadableStream | null = null,
  to: Answerer = postern,
): Promise<Response> {
  return to(new Request(`${issuer}/admin/v1${path}`, { method, headers, body }))
}

/** A JSON body as text, with the admin token. */
export const sendText = (method: string, path: string, body: string): Promise<Response> =>
  send(method, path, { ...adminToken, 'Content-Type': 'application/json' }, body)

const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
}

type Fault = { field: string; detail: string }

/** A refusal as `read` gives it. */
export const problem = (status: number, detail: string, errors?: Fault[]) => ({
  status,
  body: {
    type: 'about:blank',
    title: titles[status],
    status,
    detail,
    ...(errors === undefined ? {} : { errors }),
  },
})

/** A 400 with these faults. */
export const invalid = (...errors: Fault[]) => problem(400, 'the request is not valid', errors)
