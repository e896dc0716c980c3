import { describe, expect, it } from 'vitest'
import { toolScope } from '../../src/kit/tool-scope.ts'

const scopeOf = toolScope({ add_note: ['notes:write'], share: ['notes:share'] }, ['notes:read'])

const call = (name: unknown, method = 'tools/call') => ({
  jsonrpc: '2.0',
  id: 1,
  method,
  params: { name },
})

const sent = (body: unknown, method = 'POST') =>
  scopeOf(
    new Request('https://mcp.example/mcp', {
      method,
      body: method === 'GET' ? null : typeof body === 'string' ? body : JSON.stringify(body),
    }),
  )

describe('The scopes that an MCP request needs', () => {
  it.each([
    ['a call of a tool', call('add_note'), ['notes:read', 'notes:write']],
    ['a call of a tool without scopes', call('list_notes'), ['notes:read']],
    ['a call of an inherited name', call('constructor'), ['notes:read']],
    ['a call without a name', call(undefined), ['notes:read']],
    ['another method', call('add_note', 'tools/list'), ['notes:read']],
    ['no JSON', '{', ['notes:read']],
    [
      'several calls in an array',
      [call('list_notes'), call('add_note'), call('share')],
      ['notes:read', 'notes:write', 'notes:share'],
    ],
  ])('%s', async (_what, body, scope) => {
    expect(await sent(body)).toEqual(scope)
  })

  it('a GET has no body', async () => {
    expect(await sent(null, 'GET')).toEqual(['notes:read'])
  })
})
