// `npx postern` as a script runs it: a process of its own that knows nothing of our environment.
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'

/** The file that `npx postern` runs. */
export const script = join(import.meta.dirname, '..', '..', 'src', 'cli', 'postern.ts')

/** How a command ended. */
export type Ended = { code: number | null; stdout: string; stderr: string }

export type Around = {
  environment?: Record<string, string>
  stdin?: string
  /** A file descriptor that takes stdout. */
  stdout?: number
}

/** Runs a command to its end. */
export function postern(parameters: readonly string[], around: Around = {}): Promise<Ended> {
  return begin(parameters, around).ended
}

/** Starts a command. */
export function begin(
  parameters: readonly string[],
  { environment = {}, stdin = '', stdout }: Around = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const { PATH = '', HOME = '' } = process.env
  const stdio: StdioOptions = ['pipe', stdout ?? 'pipe', 'pipe']
  const child = spawn(process.execPath, [script, ...parameters], {
    env: { PATH, HOME, STATE_DIR: '/nowhere', ...environment },
    stdio,
  })
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(stdin)
  return { child, ended: endOf(child) }
}

async function endOf(child: ChildProcess): Promise<Ended> {
  const said = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
  const [code] = await once(child, 'close')
  return { code: typeof code === 'number' ? code : null, ...said }
}

/** What a stand-in answers: a status with JSON, or whatever the function does. */
export type Reply =
  | { status?: number; json: unknown; headers?: Record<string, string> }
  | ((request: IncomingMessage, response: ServerResponse) => void)

export type StandIn = {
  origin: string
  /** Each request so far, such as `GET /admin/v1/users`. */
  seen: string[]
  /** Environment of a command that talks to it. */
  environment: Record<string, string>
  end: () => void
}

/** Stands in for Postern where a test needs answers that Postern does not give. */
export async function standIn(
  reply: (request: IncomingMessage, count: number) => Reply,
): Promise<StandIn> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    request.resume()
    seen.push(`${request.method} ${request.url}`)
    const said = reply(request, seen.length)
    if (typeof said === 'function') return said(request, response)
    response.writeHead(said.status ?? 200, { 'Content-Type': 'application/json', ...said.headers })
    response.end(JSON.stringify(said.json))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const origin = `http://127.0.0.1:${port}`
  return {
    origin,
    seen,
    environment: { POSTERN_URL: origin, POSTERN_TOKEN: 'token-of-a-test' },
    end: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** A page of a list with these items. */
export const page = (items: unknown[], next: string | null = null) => ({
  json: { items, next_cursor: next },
})
