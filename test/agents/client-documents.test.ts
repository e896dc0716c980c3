// The official MCP client as an app that has never been here and that nobody registered: it shows the
// address of its metadata document (MCP authorization, Client ID Metadata Documents).
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newDocumentSite, type DocumentSite } from './document-site.ts'
import { Memory, connect } from './mcp-client.ts'
import { newWorld, type World } from './world.ts'

const { clientMetadata } = new Memory()

let site: DocumentSite
let world: World
beforeAll(async () => {
  site = await newDocumentSite(clientMetadata)
  world = await newWorld({ REGISTRATION: 'closed', NODE_EXTRA_CA_CERTS: site.certificateFile })
}, 120_000)
afterAll(async () => {
  await world.end()
  site.end()
})

it('AG7: the official MCP client signs in by its document, and calls a tool', async () => {
  const memory = new Memory({ clientMetadataUrl: site.address })
  await expect(connect(world, memory)).rejects.toThrow()
  const [first] = memory.sent
  expect({
    clientId: first?.searchParams.get('client_id'),
    scope: memory.held?.scope,
    fetches: site.fetches(),
  }).toEqual({ clientId: site.address, scope: 'offline_access', fetches: 1 })

  // Its document gives the app no scope of the MCP server: the operator does.
  const scope = 'openid offline_access notes:read notes:write'
  await world.admin('PATCH', `/clients/${encodeURIComponent(site.address)}`, { scope })
  const client = await connect(world, memory)
  expect({
    tool: await client.callTool({ name: 'list_notes', arguments: {} }),
    scope: memory.held?.scope,
  }).toMatchObject({
    tool: { content: [{ type: 'text', text: '' }] },
    scope: 'offline_access notes:read',
  })
  await client.close()
})
