// Programs of others judge the server as it starts by `npm start`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { conformanceChecks } from './conformance.ts'
import { connectByMcpRemote } from './mcp-remote.ts'
import { newWorld, type World } from './world.ts'

const announced = z.looseObject({ client_id_metadata_document_supported: z.boolean().optional() })

let world: World
beforeAll(async () => {
  world = await newWorld({ REGISTRATION: 'open' })
}, 120_000)
afterAll(() => world.end())

describe('@modelcontextprotocol/conformance 0.2.0-alpha.12', () => {
  it('all checks of an authorization server succeed', async () => {
    const answer = await fetch(`${world.issuer}/.well-known/oauth-authorization-server`)
    const { client_id_metadata_document_supported: documents } = announced.parse(
      await answer.json(),
    )
    const checks = await conformanceChecks(world)
    expect(checks.map(({ id, status }) => `${status} ${id}`).toSorted()).toEqual(
      [
        'SUCCESS authorization-code-grant',
        'SUCCESS authorization-server-metadata',
        `${documents === true ? 'SUCCESS' : 'WARNING'} authorization-server-metadata-cimd`,
      ].toSorted(),
    )
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
