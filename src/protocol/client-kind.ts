// The kinds of app that people have, as the metadata that each of them needs (RFC 7591).

export const clientKinds = ['spa', 'server', 'native', 'service', 'agent'] as const
export type ClientKind = (typeof clientKinds)[number]

type Metadata = {
  token_endpoint_auth_method: 'none' | 'client_secret_basic'
  application_type?: 'web' | 'native'
  grant_types: readonly string[]
  scope?: string
}

const withRefresh = ['authorization_code', 'refresh_token'] as const

const kinds: Readonly<Record<ClientKind, Metadata>> = {
  // Nothing in a browser keeps a secret (RFC 10017), and PKCE protects its codes.
  spa: { token_endpoint_auth_method: 'none', grant_types: withRefresh },
  server: { token_endpoint_auth_method: 'client_secret_basic', grant_types: withRefresh },
  // RFC 8252 8.4: an app that was given out to people is public.
  native: {
    token_endpoint_auth_method: 'none',
    application_type: 'native',
    grant_types: withRefresh,
  },
  service: {
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['client_credentials'],
  },
  // An MCP client or command line on somebody's machine, also without a browser of its own.
  agent: {
    token_endpoint_auth_method: 'none',
    application_type: 'native',
    grant_types: [...withRefresh, 'urn:ietf:params:oauth:grant-type:device_code'],
  },
}

/** Returns the metadata of a kind of client. */
export const metadataOfKind = (kind: ClientKind): Metadata => kinds[kind]
