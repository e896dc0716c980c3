// Requests that clients push (RFC 9126), and what they send a browser with instead.
import { postern, type Answerer } from './http.ts'
import type { TestClient } from './registry.ts'
import { postAs } from './tokens.ts'
import { authorizationRequest, type Extra } from '../openid/flow.ts'

export const parPath = '/oauth2/par'

/** Pushes a usual request, but for `extra`. */
export const push = (
  client: TestClient,
  extra: Extra = {},
  to: Answerer = postern,
): Promise<Response> => postAs(client, parPath, authorizationRequest(client, extra), to)

/** The reference that a push must have brought. */
export async function referenceOf(answer: Response | Promise<Response>): Promise<string> {
  const response = await answer
  const body = await response.json<Record<string, unknown>>()
  if (response.status === 201 && typeof body.request_uri === 'string') return body.request_uri
  throw new Error(`no request_uri but ${response.status}: ${JSON.stringify(body)}`)
}

/** Where a browser is sent with a reference, and with `more` that must not count. */
export const referredPath = (
  { client_id }: Pick<TestClient, 'client_id'>,
  request_uri: string,
  more: Record<string, string> = {},
): string => `/oauth2/authorize?${new URLSearchParams({ client_id, request_uri, ...more })}`

/** Pushes a request and returns where a browser is sent with it. */
export const pushedPath = async (
  client: TestClient,
  extra: Extra = {},
  to: Answerer = postern,
): Promise<string> => referredPath(client, await referenceOf(push(client, extra, to)))
