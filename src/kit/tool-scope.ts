// The scopes that an MCP request needs: those of the tools that it calls.
import { isJsonObject } from '../protocol/strict-json.ts'

/**
 * Returns a function for the option `scope` of `protectResource`. A request needs the scopes of every
 * tool that it calls, and those of `always`: older clients send several calls in one array. A tool that
 * the table lacks needs those of `always` alone, as does a request that is no JSON, which the MCP
 * server refuses by itself.
 */
export function toolScope(
  table: Readonly<Record<string, readonly string[]>>,
  always: readonly string[] = [],
): (request: Request) => Promise<readonly string[]> {
  // A Map, because a tool may be called `constructor`.
  const scopes = new Map(Object.entries(table))
  return async (request) => {
    if (request.method !== 'POST') return always
    const body: unknown = await request.json().catch(() => null)
    const tools = [body].flat().map(calledTool)
    return [...new Set([...always, ...tools.flatMap((tool) => scopes.get(tool ?? '') ?? [])])]
  }
}

/** Returns the name of the tool that a JSON-RPC message calls; undefined for every other message. */
function calledTool(message: unknown): string | undefined {
  if (!isJsonObject(message) || message['method'] !== 'tools/call') return undefined
  const { params } = message
  const name = isJsonObject(params) ? params['name'] : undefined
  return typeof name === 'string' ? name : undefined
}
