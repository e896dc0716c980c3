// Requests and answers as they stand on the wire, for faces whose very bytes are promised.
import { issuer, ownHeaders, postern, type Answerer } from './http.ts'

/** Sends a request as it is written: its line, its headers, an empty line, its body. */
export function send(text: string, to: Answerer = postern): Promise<Response> {
  const [head = '', body] = text.split('\n\n')
  const [line = '', ...fields] = head.split('\n')
  const [method = '', path = ''] = line.split(' ')
  const headers = new Headers()
  for (const field of fields) {
    const colon = field.indexOf(': ')
    headers.append(field.slice(0, colon), field.slice(colon + 2))
  }
  return to(new Request(issuer + path, { method, headers, body: body ?? null }))
}

/** A form as it is written, sent by POST. */
export const sendForm = (
  path: string,
  body: string,
  headers: Record<string, string> = {},
  to: Answerer = postern,
): Promise<Response> => {
  const all = { 'Content-Type': 'application/x-www-form-urlencoded', ...headers }
  return to(new Request(issuer + path, { method: 'POST', headers: all, body }))
}

/** An answer as it is written, with tokens by their names; headers but for those of every answer. */
export async function transcript(answer: Response | Promise<Response>) {
  const { status, headers, text } = await written(await answer)
  const body = text
    .replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'ACCESS_TOKEN')
    .replace(/rt_[\w-]+\.[\w-]+\.\d+\.[\w-]+\.[\w-]+/g, 'REFRESH_TOKEN')
  return { status, headers, body }
}

/** Status and text alone. */
export async function outcome(
  answer: Response | Promise<Response>,
): Promise<{ status: number; body: string }> {
  const { status, body } = await transcript(answer)
  return { status, body }
}

async function written(answer: Response) {
  return { status: answer.status, headers: ownHeaders(answer), text: await answer.text() }
}
