// A certified client (oauth4webapi) over the worker under test: it finds everything by discovery and
// judges every answer by the specifications.
import * as oauth from 'oauth4webapi'
import { issuer, postern } from './http.ts'
import type { TestClient } from './registry.ts'

/** Plain http is for loopback addresses, as in development. */
export const options = {
  [oauth.customFetch]: (
    url: string,
    { body, headers, method }: oauth.CustomFetchOptions<string, BodyInit | null | undefined>,
  ) => postern(new Request(url, { method, headers, body: body ?? null })),
  [oauth.allowInsecureRequests]: true,
}

export async function discover(): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer)
  const answer = await oauth.discoveryRequest(url, { ...options, algorithm: 'oidc' })
  return oauth.processDiscoveryResponse(url, answer)
}

/** The client as oauth4webapi knows it, and how it authenticates. */
export function relyingParty({ client_id, client_secret }: TestClient): {
  client: oauth.Client
  authentication: oauth.ClientAuth
} {
  const authentication =
    client_secret === undefined ? oauth.None() : oauth.ClientSecretBasic(client_secret)
  return { client: { client_id }, authentication }
}
