// People sign in to an MCP server with the official client, in both of its lines.
import { DpopSession, auth, generateDpopKeyPair } from '@modelcontextprotocol/client'
import { decodeJwt, exportJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answer, connect, line1, line2 } from './mcp-client.ts'
import { Memory } from './memory.ts'
import { type SharedState, refreshInProcesses } from './processes.ts'
import { newWorld, registeredClient, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await newWorld({ REGISTRATION: 'open', DPOP_NONCE: 'required' })
}, 120_000)
afterAll(() => world.end())

/** An answer of a tool with this text. */
const said = (text: string) => expect.objectContaining({ content: [{ type: 'text', text }] })
const notes = said(expect.any(String))

/** A client that the operator registered, for no scope of the MCP server's. */
async function preRegistered(): Promise<Memory> {
  const memory = new Memory()
  const registered = await world.admin('POST', '/clients', {
    ...memory.clientMetadata,
    redirect_uris: [memory.redirectUrl],
  })
  memory.client = { ...registeredClient.parse(registered), issuer: world.issuer }
  return memory
}

describe.each([line2, line1])('The official MCP client $version', (line) => {
  it('AG7: signs in as a client that the operator registered, and calls a tool', async () => {
    const memory = await preRegistered()
    const client = await connect(world, memory, line)
    expect(await client.callTool('list_notes')).toEqual(notes)
    await client.close()
  })

  it('AG7, AG15: registers itself, without any scope, and calls a tool', async () => {
    const memory = new Memory()
    const client = await connect(world, memory, line)
    expect({
      client: memory.client?.client_id === undefined ? 'none' : 'registered',
      mayWrite: memory.held?.scope?.includes('notes:write'),
      tool: await client.callTool('list_notes'),
    }).toEqual({ client: 'registered', mayWrite: false, tool: notes })
    await client.close()
  })

  // With a refresh token, 1.32.2 refreshes where a scope is missing, and then gives up.
  const grantTypes = ['authorization_code', ...(line === line2 ? ['refresh_token'] : [])]

  it('AG25: steps up to the scope that a tool needs, and the person is shown it', async () => {
    const memory = new Memory({ grantTypes })
    const client = await connect(world, memory, line)
    const before = memory.held?.scope
    const failure = await client.callTool('add_note', line.version).catch((cause: unknown) => cause)
    expect(line.needsUser(failure)).toBe(true)
    const seen = await answer(world, memory, line)
    await client.close()
    const again = await connect(world, memory, line)
    expect({
      before: before?.includes('notes:write'),
      after: memory.held?.scope?.split(' '),
      isShown: seen.includes('notes:write'),
      added: await again.callTool('add_note', line.version),
    }).toEqual({
      before: false,
      after: expect.arrayContaining(['notes:read', 'notes:write']),
      isShown: true,
      added: said(expect.stringMatching(/^note \d$/)),
    })
    await again.close()
  })
})

describe('AG16, AG17: the MCP server under another spelling', () => {
  it.each([
    ['a query', (mcp: string) => `${mcp}?tenant=1`],
    ['a slash at the end', (mcp: string) => `${mcp}/`],
    ['its origin alone', (mcp: string) => new URL(mcp).origin],
  ])('%s: the token names it as it is registered, also after a refresh', async (_what, spell) => {
    const resource = spell(world.mcp)
    const memory = new Memory({ resource })
    const client = await connect(world, memory)
    const first = memory.held
    const tool = await client.callTool('list_notes')
    await client.close()
    const refreshed = await auth(memory, { serverUrl: world.mcp })
    expect({
      asked: memory.sent[0]?.searchParams.get('resource'),
      audience: decodeJwt(first?.access_token ?? '').aud,
      tool,
      refreshed,
      isNew: memory.held?.access_token !== first?.access_token,
      audienceAfter: decodeJwt(memory.held?.access_token ?? '').aud,
    }).toEqual({
      asked: new URL(resource).href,
      audience: world.mcp,
      tool: notes,
      refreshed: 'AUTHORIZED',
      isNew: true,
      audienceAfter: world.mcp,
    })
  })
})

describe('AG23: the official MCP client with a key of its own', () => {
  it('gets tokens bound to the key, after the nonce that is asked for, and refreshes', async () => {
    const dpop = await DpopSession.create()
    const memory = new Memory({ dpop })
    const client = await connect(world, memory)
    const tool = await client.callTool('list_notes')
    await client.close()
    const first = memory.held
    const refreshed = await auth(memory, { serverUrl: world.mcp })
    expect({
      type: first?.token_type,
      bound: decodeJwt(first?.access_token ?? '').cnf,
      tool,
      refreshed,
      isSame: memory.held?.refresh_token === first?.refresh_token,
    }).toEqual({
      type: 'DPoP',
      bound: { jkt: expect.any(String) },
      tool: notes,
      refreshed: 'AUTHORIZED',
      isSame: true,
    })
  })

  it('is refused where the token of the key is sent without proof', async () => {
    const memory = new Memory({ dpop: await DpopSession.create() })
    await (await connect(world, memory)).close()
    const stolen = await fetch(world.mcp, {
      method: 'POST',
      headers: { Authorization: `Bearer ${memory.held?.access_token}` },
    })
    expect({
      status: stolen.status,
      challenge: stolen.headers.get('WWW-Authenticate'),
    }).toEqual({ status: 401, challenge: expect.stringContaining('error="invalid_token"') })
  })
})

describe('AG19: processes of an agent that share one stored refresh token', () => {
  /** What an agent keeps after its first sign-in. */
  async function stored(
    key?: Awaited<ReturnType<typeof generateDpopKeyPair>>,
  ): Promise<SharedState> {
    const dpop = key === undefined ? undefined : await DpopSession.create({ keyPair: key })
    const memory = new Memory({ dpop })
    await (await connect(world, memory)).close()
    return {
      mcp: world.mcp,
      client: { client_id: memory.client?.client_id, issuer: world.issuer },
      tokens: memory.held,
      ...(key === undefined ? {} : { key: await exportJWK(key.privateKey) }),
    }
  }

  const refreshTokenOf = ({ tokens }: SharedState) => tokens?.refresh_token
  const withRefreshToken = (state: SharedState, refresh_token = 'none'): SharedState =>
    state.tokens === undefined ? state : { ...state, tokens: { ...state.tokens, refresh_token } }

  it('two that refresh at once get the same successor, which goes on working', async () => {
    const state = await stored()
    const [first, ...others] = await refreshInProcesses(state, [1, 1])
    const next = await refreshInProcesses(withRefreshToken(state, first), [1])
    expect({
      isNew: first !== refreshTokenOf(state),
      isToken: first?.startsWith('rt_'),
      others,
      next,
    }).toEqual({
      isNew: true,
      isToken: true,
      others: [first],
      next: [expect.stringMatching(/^rt_/)],
    })
  })

  it('fifty refreshes at once from two processes get the same successor', async () => {
    const [first, ...others] = await refreshInProcesses(await stored(), [25, 25])
    expect(first).toMatch(/^rt_/)
    expect(others).toEqual(Array.from({ length: 49 }, () => first))
  })

  it('RF3: a copy from before the refresh of another process gets the same successor', async () => {
    const state = await stored()
    const [first] = await refreshInProcesses(state, [1])
    expect(await refreshInProcesses(state, [1])).toEqual([first])
  })

  it('RF1: bound to a key, fifty at once and a copy from long ago keep one refresh token', async () => {
    const state = await stored(await generateDpopKeyPair({ extractable: true }))
    const refreshToken = refreshTokenOf(state)
    const outcomes = [
      ...(await refreshInProcesses(state, [1])),
      ...(await refreshInProcesses(state, [25, 25])),
      ...(await refreshInProcesses(state, [1])),
    ]
    expect(outcomes).toEqual(Array.from({ length: 52 }, () => refreshToken))
  })
})
