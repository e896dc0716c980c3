// A certified client (oauth4webapi) over the worker under test: it finds everything by discovery and
// judges every answer by the specifications.
import * as oauth from 'oauth4webapi'
import { issuer, postern, type Answerer } from './http.ts'
import type { TestClient } from './registry.ts'

/** The `fetch` of a certified client, oauth4webapi or openid-client, that reaches this server. */
export const fetchFrom =
  (to: Answerer) =>
  (
    url: string,
    { body, headers, method }: oauth.CustomFetchOptions<string, BodyInit | null | undefined>,
  ): Promise<Response> =>
    to(new Request(url, { method, headers, body: body ?? null }))

/** Plain http is for loopback addresses, as in development. */
export const optionsFor = (to: Answerer) => ({
  [oauth.customFetch]: fetchFrom(to),
  [oauth.allowInsecureRequests]: true,
})
export const options = optionsFor(postern)

/** The metadata of the server at an issuer. */
export async function discoverAt(
  at: string,
  reaching: oauth.DiscoveryRequestOptions,
): Promise<oauth.AuthorizationServer> {
  const url = new URL(at)
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, reaching))
}

export const discover = (): Promise<oauth.AuthorizationServer> => discoverAt(issuer, options)

/** The client as oauth4webapi knows it, and how it authenticates. */
export function relyingParty({ client_id, client_secret }: TestClient): {
  client: oauth.Client
  authentication: oauth.ClientAuth
} {
  const authentication =
    client_secret === undefined ? oauth.None() : oauth.ClientSecretBasic(client_secret)
  return { client: { client_id }, authentication }
}
