// What a client says of itself to people: its logo and its pages. The server never fetches them.
import type { Goal } from '../core/authorization/goal.ts'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { Client } from '../core/clients/storage.ts'
import type { ClientFacts, ShownClient } from '../pages/client.tsx'
import { provesItsHost } from '../protocol/redirect-uri.ts'
import { shownClient } from './page.ts'

/**
 * Returns the logo of a client and the links to its pages. A browser loads the logo only from an origin
 * of the client's own, or one in CLIENT_LOGO_ORIGINS: anything else could be another company's logo,
 * or tell a stranger who opens our pages. A client that registered itself has no origin of its own,
 * because it may name anybody's, and its links obey the same rule.
 */
export function clientFacts(as: AuthorizationServer, client: Client): ClientFacts {
  const { logo_uri, client_uri, policy_uri, tos_uri } = client.metadata
  const isOperators = ['admin', 'config'].includes(client.origin) && client.ownerId === null
  const allowed = [...ownOrigins(client, isOperators), ...as.settings.brand.clientLogoOrigins]
  const ifAllowed = (url: string | undefined): string | undefined =>
    url !== undefined && allowed.includes(new URL(url).origin) ? url : undefined
  const link = (url: string | undefined) => (isOperators ? url : ifAllowed(url))
  return {
    logoUrl: ifAllowed(logo_uri),
    siteUrl: link(client_uri),
    privacyUrl: link(policy_uri),
    termsUrl: link(tos_uri),
  }
}

function ownOrigins({ id, origin, metadata }: Client, isOperators: boolean): string[] {
  if (origin === 'cimd') return [new URL(id).origin]
  if (!isOperators) return []
  const { client_uri = [], redirect_uris } = metadata
  return redirect_uris
    .filter(provesItsHost)
    .concat(client_uri)
    .map((uri) => new URL(uri).origin)
}

/** Returns the client that the person goes on to, where there is one. */
export const clientOf = ({ as, goal }: Asked): { client?: ShownClient } =>
  goal.kind === 'authorization'
    ? { client: { ...shownClient(goal.target.client), ...clientFacts(as, goal.target.client) } }
    : {}

/** Returns the logo that the pages of a goal show, which their policy has to allow. */
export const logoUrlOf = (asked: Asked): string | undefined => clientOf(asked).client?.logoUrl

type Asked = { as: AuthorizationServer; goal: Goal }
