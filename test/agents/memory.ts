// What an app around the official MCP client keeps, in one process or shared by several. Both lines of
// the client ask for the same members.
import type {
  DpopSession,
  OAuthClientMetadata,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client'

type Known = {
  /** The client that somebody registered before. */
  client?: StoredOAuthClientInformation
  /** The address of the document that describes the app. */
  clientMetadataUrl?: string
  /** The key that the app proves. */
  dpop?: DpopSession | undefined
  /** How the app spells the MCP server's address, instead of as its metadata do. */
  resource?: string
  /** Without `refresh_token`, the app asks the user each time. */
  grantTypes?: string[]
}

export class Memory {
  readonly redirectUrl = 'http://localhost:33418/callback'
  readonly clientMetadata: OAuthClientMetadata = {
    client_name: 'A test agent',
    redirect_uris: [this.redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }
  readonly clientMetadataUrl?: string
  readonly dpop?: () => DpopSession
  readonly validateResourceURL?: () => Promise<URL>
  client: StoredOAuthClientInformation | undefined
  held: StoredOAuthTokens | undefined
  /** Where the app sent the browser, each time. */
  readonly sent: URL[] = []
  #verifier = ''
  #discovered: OAuthDiscoveryState | undefined

  constructor({ client, clientMetadataUrl, dpop, resource, grantTypes }: Known = {}) {
    if (grantTypes !== undefined) this.clientMetadata.grant_types = grantTypes
    this.client = client
    if (clientMetadataUrl !== undefined) this.clientMetadataUrl = clientMetadataUrl
    if (dpop !== undefined) this.dpop = () => dpop
    if (resource !== undefined) this.validateResourceURL = async () => new URL(resource)
  }

  state = () => 'a state of the agent'
  clientInformation = () => this.client
  saveClientInformation = (client: StoredOAuthClientInformation) => void (this.client = client)
  tokens = () => this.held
  saveTokens = (tokens: StoredOAuthTokens) => void (this.held = tokens)
  redirectToAuthorization = (url: URL) => void this.sent.push(url)
  saveCodeVerifier = (verifier: string) => void (this.#verifier = verifier)
  codeVerifier = () => this.#verifier
  saveDiscoveryState = (state: OAuthDiscoveryState) => void (this.#discovered = state)
  discoveryState = () => this.#discovered
}
