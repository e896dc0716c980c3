// The official MCP client, in both of its lines: 2.4.0 and 1.32.2.
import {
  Client,
  type OAuthClientProvider,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import {
  type OAuthClientProvider as OAuthClientProvider1,
  UnauthorizedError as UnauthorizedError1,
} from '@modelcontextprotocol/sdk/client/auth.js'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Memory } from './memory.ts'
import type { World } from './world.ts'

/** A connection to the MCP server. */
export type Connection = {
  /** Calls a tool; `text` is its only argument. */
  callTool: (name: string, text?: string) => Promise<unknown>
  close: () => Promise<void>
}

/** One line of the official client. */
export type Line = {
  version: string
  /** Connects to an MCP server with what the app keeps. @throws if the user is needed */
  connect: (mcp: string, memory: Memory) => Promise<Connection>
  /** Hands the answer of the authorization server to the client. */
  finish: (mcp: string, memory: Memory, answer: URLSearchParams) => Promise<void>
  /** Whether the client says with this failure that the user is needed. */
  needsUser: (failure: unknown) => boolean
}

const identity = { name: 'test-agent', version: '1.0.0' }
const callOf = (name: string, text?: string) => ({
  name,
  arguments: text === undefined ? {} : { text },
})

/** Connects with version 2.4.0. */
export async function connect2(mcp: string, provider: OAuthClientProvider): Promise<Connection> {
  const client = new Client(identity)
  await client.connect(new StreamableHTTPClientTransport(new URL(mcp), { authProvider: provider }))
  return {
    callTool: (name, text) => client.callTool(callOf(name, text)),
    close: () => client.close(),
  }
}

/** Connects with version 1.32.2. */
export async function connect1(mcp: string, provider: OAuthClientProvider1): Promise<Connection> {
  const client = new Client1(identity)
  await client.connect(new Transport1(new URL(mcp), { authProvider: provider }))
  return {
    callTool: (name, text) => client.callTool(callOf(name, text)),
    close: () => client.close(),
  }
}

export const line2: Line = {
  version: '2.4.0',
  connect: connect2,
  finish: (mcp, memory, answer) =>
    new StreamableHTTPClientTransport(new URL(mcp), { authProvider: memory }).finishAuth(answer),
  needsUser: (failure) => failure instanceof UnauthorizedError,
}

export const line1: Line = {
  version: '1.32.2',
  connect: connect1,
  finish: (mcp, memory, answer) =>
    new Transport1(new URL(mcp), { authProvider: memory }).finishAuth(answer.get('code') ?? 'none'),
  needsUser: (failure) => failure instanceof UnauthorizedError1,
}

/** Connects to the MCP server; where the client asks for the user, the person allows it. */
export async function connect(world: World, memory: Memory, line = line2): Promise<Connection> {
  try {
    return await line.connect(world.mcp, memory)
  } catch (failure) {
    if (!line.needsUser(failure)) throw failure
  }
  await answer(world, memory, line)
  return line.connect(world.mcp, memory)
}

/**
 * Has the person allow what the client asked for last, and hands the answer to the client. Returns
 * what the person read.
 */
export async function answer(world: World, memory: Memory, line = line2): Promise<string> {
  const url = memory.sent.at(-1)
  if (url === undefined) throw new Error('the client has not asked for the user')
  const { away, seen } = await world.allow(url)
  await line.finish(world.mcp, memory, away.searchParams)
  return seen
}
