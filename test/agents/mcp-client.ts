// The official MCP client and what an app around it keeps.
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
  type OAuthClientMetadata,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
} from '@modelcontextprotocol/client'
import type { World } from './world.ts'

/** What an app around the client keeps, in one process or shared by several. */
export class Memory implements OAuthClientProvider {
  readonly redirectUrl = 'http://localhost:33418/callback'
  readonly clientMetadata: OAuthClientMetadata = {
    client_name: 'A test agent',
    redirect_uris: [this.redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  }
  readonly clientMetadataUrl?: string
  client: StoredOAuthClientInformation | undefined
  held: StoredOAuthTokens | undefined
  /** Where the app sent the browser, each time. */
  readonly sent: URL[] = []
  #verifier = ''
  #discovered: OAuthDiscoveryState | undefined

  constructor(known: { client?: StoredOAuthClientInformation; clientMetadataUrl?: string } = {}) {
    this.client = known.client
    if (known.clientMetadataUrl !== undefined) this.clientMetadataUrl = known.clientMetadataUrl
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

/** Connects to the MCP server; where the client asks for the user, the person allows it. */
export async function connect(world: World, memory: Memory): Promise<Client> {
  try {
    return await connectOnce(world, memory)
  } catch (failure) {
    if (!(failure instanceof UnauthorizedError)) throw failure
  }
  await answer(world, memory)
  return connectOnce(world, memory)
}

async function connectOnce(world: World, memory: Memory): Promise<Client> {
  const client = new Client({ name: 'test-agent', version: '1.0.0' })
  await client.connect(transportTo(world, memory))
  return client
}

const transportTo = ({ mcp }: World, memory: Memory): StreamableHTTPClientTransport =>
  new StreamableHTTPClientTransport(new URL(mcp), { authProvider: memory })

/**
 * Has the person allow what the client asked for last, and hands the answer to the client. Returns
 * what the person read.
 */
export async function answer(world: World, memory: Memory): Promise<string> {
  const url = memory.sent.at(-1)
  if (url === undefined) throw new Error('the client has not asked for the user')
  const { away, seen } = await world.allow(url)
  await transportTo(world, memory).finishAuth(away.searchParams)
  return seen
}
