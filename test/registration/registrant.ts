// Clients that register themselves, as they do it.
import { env } from 'cloudflare:workers'
import { z } from 'zod'
import { type Answerer, bearer, issuer, ownHeaders } from '../support/http.ts'
import { admin } from '../support/registry.ts'

const object = z.record(z.string(), z.unknown())

/** An answer with its body as an object; {} where there is none. */
export async function readAnswer(answer: Response) {
  const text = await answer.text()
  return {
    status: answer.status,
    headers: ownHeaders(answer),
    body: text === '' ? {} : object.parse(JSON.parse(text)),
  }
}

/** Registers a client. Text is sent as it is, anything else as JSON. */
export async function registerAt(
  to: Answerer,
  metadata: unknown,
  headers: Record<string, string> = {},
) {
  const request = new Request(`${issuer}/oauth2/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
  })
  return readAnswer(await to(request))
}

/** What a client keeps of its registration. */
export const registeredClient = z.looseObject({
  client_id: z.string(),
  client_secret: z.string().optional(),
  registration_access_token: z.string(),
  registration_client_uri: z.string(),
})
export type Registered = z.infer<typeof registeredClient>

/** Registers a client that can sign people in; the answer. */
export async function registered201(to: Answerer, metadata: object = {}): Promise<Registered> {
  const answer = await registerAt(to, { redirect_uris: ['https://client.example/cb'], ...metadata })
  if (answer.status !== 201) throw new Error(`not registered: ${JSON.stringify(answer)}`)
  return registeredClient.parse(answer.body)
}

/** What a client does at its own address, by its registration access token. */
export async function manage(
  to: Answerer,
  method: 'GET' | 'PUT' | 'DELETE',
  { registration_client_uri: uri, registration_access_token: token }: Registered,
  document?: unknown,
) {
  const headers = { ...bearer(token), 'Content-Type': 'application/json' }
  const body = document === undefined ? null : JSON.stringify(document)
  return readAnswer(await to(new Request(uri, { method, headers, body })))
}

/** Creates an initial access token; its text and its id. */
export async function initialAccessToken(
  limits: object = {},
): Promise<{ token: string; id: string }> {
  const answer = await admin('POST', '/registration-tokens', { label: 'a test', ...limits })
  return z.object({ token: z.string(), id: z.string() }).parse(await answer.json())
}

/** How many clients and audit rows there are: what a refusal must leave as it was. */
export async function countRows(): Promise<object | null> {
  return env.DB.prepare(
    'SELECT (SELECT COUNT(*) FROM clients) AS clients, (SELECT COUNT(*) FROM audit_events) AS events',
  ).first<object>()
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

/** Visual Studio Code, which lists a grant type that is not offered here. */
export const vsCode = {
  client_name: 'Visual Studio Code',
  client_uri: 'https://code.visualstudio.com',
  grant_types: [
    'authorization_code',
    'refresh_token',
    'urn:example:a-grant-type-of-another-server',
  ],
  response_types: ['code'],
  redirect_uris: [
    'https://insiders.vscode.dev/redirect',
    'https://vscode.dev/redirect',
    'http://127.0.0.1/',
    'http://127.0.0.1:33418/',
  ],
  token_endpoint_auth_method: 'none',
  application_type: 'native',
}

/** mcp-remote 0.15.1. */
export const mcpRemote = {
  client_name: 'MCP CLI Proxy',
  client_uri: 'https://github.com/modelcontextprotocol/mcp-cli',
  redirect_uris: ['http://localhost:3334/oauth/callback'],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d',
  software_version: '0.15.1',
  scope: 'openid email profile',
}

/** Gemini CLI (gemini-cli#7465), which sends an empty member now and then. */
export const geminiCli = {
  client_name: 'Gemini CLI MCP Client',
  redirect_uris: ['http://localhost:7777/oauth/callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
  scope: '',
}
