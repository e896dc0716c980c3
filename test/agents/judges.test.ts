// Programs of others judge the server as it starts by `npm start`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { conformanceChecks } from './conformance.ts'
import { connectByMcpRemote } from './mcp-remote.ts'
import { newWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await newWorld({ REGISTRATION: 'open' })
}, 120_000)
afterAll(() => world.end())

describe('@modelcontextprotocol/conformance 0.2.0-alpha.12', () => {
  it('all checks of an authorization server succeed', async () => {
    const checks = await conformanceChecks(world)
    expect(checks.map(({ id, status }) => `${status} ${id}`).toSorted()).toEqual([
      'SUCCESS authorization-code-grant',
      'SUCCESS authorization-server-metadata',
      'SUCCESS authorization-server-metadata-cimd',
    ])
  })
})

describe('mcp-remote 0.15.1', () => {
  it('AG27: signs in through Chromium, and passes a tool on', async () => {
    const { asked, tools, note } = await connectByMcpRemote(world)
    expect({ asked, tools, note }).toEqual({
      asked: {
        redirect: expect.stringMatching(/^http:\/\/localhost:\d+\/oauth\/callback$/),
        resource: world.mcp,
      },
      tools: ['list_notes', 'add_note'],
      note: [{ type: 'text', text: expect.any(String) }],
    })
  })
})
