// The way back to an app, for somebody on a page of this server that no request led to.
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Client } from './storage.ts'

/**
 * Returns where the client begins a sign-in of its own (OpenID Connect Core 4, "Initiating Login from
 * a Third Party"), else its site; null where it has registered neither.
 */
export function appAddress(
  { issuer }: AuthorizationServer,
  { metadata }: Pick<Client, 'metadata'>,
): string | null {
  const { initiate_login_uri: begin, client_uri: site } = metadata
  if (begin === undefined) return site ?? null
  const url = new URL(begin)
  url.searchParams.set('iss', issuer)
  return url.href
}
