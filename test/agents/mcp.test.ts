import { UnauthorizedError } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Memory, answer, connect } from './mcp-client.ts'
import { registeredClient, newWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await newWorld({ REGISTRATION: 'open' })
}, 120_000)
afterAll(() => world.end())

const callTool = async (client: Awaited<ReturnType<typeof connect>>, name: string, text?: string) =>
  client.callTool({ name, arguments: text === undefined ? {} : { text } })

/** A client that the operator registered for both of the server's scopes. */
async function preRegistered(): Promise<Memory> {
  const memory = new Memory()
  const registered = await world.admin('POST', '/clients', {
    ...memory.clientMetadata,
    redirect_uris: [memory.redirectUrl],
    scope: 'notes:read notes:write offline_access',
  })
  memory.client = { ...registeredClient.parse(registered), issuer: world.issuer }
  return memory
}

describe('The official MCP client', () => {
  it('signs in as a client that the operator registered, and calls a tool', async () => {
    const memory = await preRegistered()
    const client = await connect(world, memory)
    expect(await callTool(client, 'list_notes')).toMatchObject({
      content: [{ type: 'text', text: '' }],
    })
    await client.close()
  })

  it('AG25: steps up to the scope that a tool needs, and the person is shown it', async () => {
    const memory = await preRegistered()
    const client = await connect(world, memory)
    const before = memory.held?.scope
    await expect(callTool(client, 'add_note', 'milk')).rejects.toThrow(UnauthorizedError)
    const seen = await answer(world, memory)
    await client.close()
    const again = await connect(world, memory)
    expect({
      before,
      after: memory.held?.scope,
      asked: memory.sent.at(-1)?.searchParams.get('scope'),
      isShown: seen.includes('notes:write'),
      added: await callTool(again, 'add_note', 'milk'),
    }).toEqual({
      before: 'notes:read offline_access',
      after: 'notes:read offline_access notes:write',
      asked: 'notes:read offline_access notes:write',
      isShown: true,
      added: expect.objectContaining({ content: [{ type: 'text', text: 'note 1' }] }),
    })
    await again.close()
  })
})
