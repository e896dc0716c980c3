// An MCP server that keeps notes: an example of the kit in seventy lines. Reading needs one scope,
// writing another one, so that a client steps up when it first writes.
import { McpServer, createMcpHandler } from '@modelcontextprotocol/server'
import { Hono } from 'hono'
import { z } from 'zod'
import { type ResourceVariables, protectResource } from '../../src/kit/protect-resource.ts'
import { toolScope } from '../../src/kit/tool-scope.ts'
import { verifyByKeys } from '../../src/kit/verify-by-keys.ts'

type Env = {
  /** The authorization server. */
  ISSUER: string
  /** The address of this MCP server, as clients are to name it. */
  RESOURCE: string
}

/** The scopes that a request needs: writing needs one more than reading. */
const scope = toolScope({ add_note: ['notes:write'] }, ['notes:read'])

// An example keeps nothing for long: the notes of each user, as long as the isolate lives.
const notesOf = new Map<string, string[]>()

function newServer(subject: string): McpServer {
  const server = new McpServer({ name: 'notes', version: '1.0.0' })
  const notes = notesOf.get(subject) ?? []
  notesOf.set(subject, notes)
  const said = (text: string) => ({ content: [{ type: 'text' as const, text }] })
  server.registerTool('list_notes', { description: 'Lists your notes' }, () =>
    said(notes.join('\n')),
  )
  server.registerTool(
    'add_note',
    { description: 'Adds a note', inputSchema: z.object({ text: z.string().max(1000) }) },
    ({ text }) => {
      notes.push(text)
      return said(`note ${notes.length}`)
    },
  )
  return server
}

export default {
  async fetch(request: Request, { ISSUER, RESOURCE }: Env): Promise<Response> {
    const app = new Hono<{ Variables: ResourceVariables }>()
    app.use(
      '*',
      protectResource({
        issuer: ISSUER,
        resource: RESOURCE,
        name: 'Notes',
        verify,
        scope,
        scopesSupported: ['notes:read', 'notes:write'],
      }),
    )
    app.all(new URL(RESOURCE).pathname, (context) => {
      const { subject } = context.get('accessToken')
      return createMcpHandler(() => newServer(subject)).fetch(context.req.raw)
    })
    return app.fetch(request)
  },
}

const verify = verifyByKeys()
