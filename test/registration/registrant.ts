// Clients that register themselves, as they do it.
import { z } from 'zod'
import { type Answerer, issuer, ownHeaders } from '../support/http.ts'

const object = z.record(z.string(), z.unknown())

/** A registration as it is sent: text as it is, anything else as JSON. */
export const registrationRequest = (metadata: unknown, headers: Record<string, string> = {}) =>
  new Request(`${issuer}/oauth2/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
  })

/** Registers a client; the answer with its body as an object. */
export async function registerAt(
  to: Answerer,
  metadata: unknown,
  headers: Record<string, string> = {},
) {
  const answer = await to(registrationRequest(metadata, headers))
  const text = await answer.text()
  return {
    status: answer.status,
    headers: ownHeaders(answer),
    body: text === '' ? {} : object.parse(JSON.parse(text)),
  }
}

/** Cursor: three redirects at once (accounted#2225). */
export const cursor = {
  client_name: 'Cursor',
  redirect_uris: [
    'cursor://anysphere.cursor-mcp/oauth/callback',
    'https://www.cursor.com/agents/mcp/oauth/callback',
    'http://localhost:8787/callback',
  ],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
}
