// Requests as clients send them, and answers as they read them.
import { exports } from 'cloudflare:workers'

export const issuer = 'http://localhost:8787'

/** Answers requests: the worker under test, or one with faults. */
export type Answerer = (request: Request) => Promise<Response>

export const postern: Answerer = (request) => exports.default.fetch(request)

/** Parameters of a form; an array is one name several times. Text is sent as it is. */
export type Form = string | Record<string, string | string[] | undefined>

export function encodeForm(form: Form): string {
  if (typeof form === 'string') return form
  const text = new URLSearchParams()
  for (const [name, values = []] of Object.entries(form)) {
    for (const value of [values].flat()) text.append(name, value)
  }
  return text.toString()
}

export function formRequest(
  path: string,
  form: Form,
  headers: Record<string, string> = {},
): Request {
  return new Request(issuer + path, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: encodeForm(form),
  })
}

export const post = (
  path: string,
  form: Form,
  headers: Record<string, string> = {},
  to: Answerer = postern,
): Promise<Response> => to(formRequest(path, form, headers))

export const get = (
  path: string,
  headers: Record<string, string> = {},
  to: Answerer = postern,
): Promise<Response> => to(new Request(issuer + path, { headers, redirect: 'manual' }))

/** RFC 6749 2.3.1: both halves form-encoded, then Basic. */
export const basic = (id: string, secret: string): { Authorization: string } => ({
  Authorization: `Basic ${btoa(`${formEncode(id)}:${formEncode(secret)}`)}`,
})

const formEncode = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)

export const bearer = (token: string): { Authorization: string } => ({
  Authorization: `Bearer ${token}`,
})

/** What a claim about an answer is made of: the status and the body, read by its type. */
export async function read(response: Response): Promise<{ status: number; body: unknown }> {
  const text = await response.text()
  const isJson = /^application\/(?:[\w-]+\+)?json\b/.test(
    response.headers.get('Content-Type') ?? '',
  )
  return { status: response.status, body: isJson ? JSON.parse(text) : text }
}

/** The status and the code of the error of an answer. */
export async function refusal(
  answer: Response | Promise<Response>,
): Promise<{ status: number; error: unknown }> {
  const { status, body } = await read(await answer)
  return { status, error: Object(body).error }
}

/** Headers that every answer has (test/endpoints/general.test.ts), and those that differ each time. */
const ofEveryAnswer = ['x-request-id', 'date', 'x-content-type-options', 'referrer-policy']

/** The headers that this answer has and not every one. */
export const ownHeaders = (response: Pick<Response, 'headers'>): Record<string, string> =>
  Object.fromEntries([...response.headers].filter(([name]) => !ofEveryAnswer.includes(name)))

/** The same with the headers that are its own. */
export async function readAll(
  response: Response,
): Promise<{ status: number; headers: Record<string, string>; body: unknown }> {
  return { headers: ownHeaders(response), ...(await read(response)) }
}
