// The official MCP client as an app that has never been here and that nobody registered: it shows the
// address of its metadata document (MCP authorization, Client ID Metadata Documents).
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newDocumentSite, type DocumentSite } from './document-site.ts'
import { connect, line1, line2 } from './mcp-client.ts'
import { Memory } from './memory.ts'
import { newWorld, type World } from './world.ts'

let site: DocumentSite
let world: World
beforeAll(async () => {
  site = await newDocumentSite(new Memory().clientMetadata)
  world = await newWorld({ REGISTRATION: 'closed', NODE_EXTRA_CA_CERTS: site.certificateFile })
}, 120_000)
afterAll(async () => {
  await world.end()
  site.end()
})

// The document names no scope of the MCP server: whoever names a registered resource may ask for its
// scope (RI6).
it.each([line2, line1])(
  'AG7: $version signs in by its document, and calls a tool',
  async (line) => {
    const memory = new Memory({ clientMetadataUrl: site.address })
    const client = await connect(world, memory, line)
    expect({
      clientId: memory.sent[0]?.searchParams.get('client_id'),
      mayRead: memory.held?.scope?.includes('notes:read'),
      tool: await client.callTool('list_notes'),
      fetches: site.fetches(),
    }).toEqual({
      clientId: site.address,
      mayRead: true,
      tool: expect.objectContaining({ content: [{ type: 'text', text: '' }] }),
      fetches: 1,
    })
    await client.close()
  },
)

/** Sends a browser for an app, without following where it is led. */
function authorize(client_id: string, signal?: AbortSignal): Promise<Response> {
  const parameters = new URLSearchParams({
    client_id,
    redirect_uri: new Memory().redirectUrl,
    response_type: 'code',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
  const address = `${world.issuer}/oauth2/authorize?${parameters}`
  return fetch(address, { redirect: 'manual', ...(signal === undefined ? {} : { signal }) })
}

it('CM2: one fetch serves all browsers that come at once, whichever of them goes away', async () => {
  const before = site.fetches()
  const gone = new AbortController()
  const first = authorize(site.slowAddress, gone.signal).catch(() => 'gone')
  while (site.fetches() === before) await new Promise((resolve) => setTimeout(resolve, 10))
  const others = [1, 2, 3, 4].map(() => authorize(site.slowAddress))
  await new Promise((resolve) => setTimeout(resolve, 100))
  gone.abort()
  const answers = await Promise.all(others)
  expect({
    first: await first,
    others: answers.map(({ status }) => status),
    fetches: site.fetches() - before,
  }).toEqual({ first: 'gone', others: [303, 303, 303, 303], fetches: 1 })
})
