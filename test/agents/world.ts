// The world of an agent: Postern as `npm start` starts it, the example MCP server beside it, and a
// person with a browser.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { freePort, newBench } from '../operator/boot.ts'
import { UserAgent, formOf, shownText } from '../support/user-agent.ts'

const projectFolder = join(import.meta.dirname, '..', '..')
const adminToken = 'the-admin-token-of-the-agents-tests'

export type World = {
  /** Postern's issuer. */
  issuer: string
  /** The MCP endpoint of the example server. */
  mcp: string
  admin: (method: string, path: string, body?: unknown) => Promise<unknown>
  /** A browser of its own, in which nobody is signed in. */
  newBrowser: () => UserAgent
  /** The person whose browser the world has. */
  person: { username: string; password: string }
  /** Has the person allow what an app asks for; returns where their browser is sent in the end. */
  allow: (authorizationUrl: URL) => Promise<{ away: URL; seen: string }>
  end: () => Promise<void>
}

/** Starts both servers. `settings` are Postern's. */
export async function newWorld(settings: Record<string, string> = {}): Promise<World> {
  const bench = newBench()
  const { origin: issuer } = await bench.serve({ ADMIN_TOKEN: adminToken, ...settings })
  const server = await startMcpServer(issuer)
  const admin = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${issuer}/admin/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.status === 204 ? null : answer.json()
  }
  const person = { username: 'agent-owner', password: crypto.randomUUID() }
  await admin('POST', '/users', { ...person, email: 'agent-owner@example.com' })
  await admin('POST', '/resources', {
    resource: server.mcp,
    name: 'Notes',
    scope: 'notes:read notes:write',
    aliases: [new URL(server.mcp).origin, `${server.mcp}/`],
  })
  const newBrowser = () =>
    new UserAgent((request) => fetch(request, { redirect: 'manual' }), issuer)
  const agent = newBrowser()
  return {
    issuer,
    mcp: server.mcp,
    admin,
    newBrowser,
    person,
    allow: (url) => allow(agent, person, url),
    end: async () => {
      await server.end()
      await bench.endAll()
      bench.remove()
    },
  }
}

async function allow(
  agent: UserAgent,
  person: { username: string; password: string },
  url: URL,
): Promise<{ away: URL; seen: string }> {
  let place = await agent.open(url.pathname + url.search)
  if (place.path.startsWith('/login'))
    place = await agent.submit(place, person, { action: '/login' })
  const seen = place.away === null ? shownText(place) : ''
  if (place.away === null) {
    const { action } = formOf(place, '/consent')
    place = await agent.submit(place, { decision: 'allow' }, { action })
  }
  if (place.away === null) throw new Error(`the app got no answer: ${shownText(place)}`)
  return { away: new URL(place.away), seen }
}

async function startMcpServer(issuer: string): Promise<{ mcp: string; end: () => Promise<void> }> {
  const port = await freePort()
  const mcp = `http://localhost:${port}/mcp`
  const state = mkdtempSync(join(tmpdir(), 'postern-mcp-'))
  const parameters = [
    ...['dev', '--config=test/mcp-server/wrangler.toml', `--persist-to=${state}`],
    ...['--ip=127.0.0.1', `--port=${port}`, '--inspector-port=0'],
    ...[`--var=ISSUER:${issuer}`, `--var=RESOURCE:${mcp}`],
  ]
  const wrangler = join('node_modules', 'wrangler', 'bin', 'wrangler.js')
  const child = spawn(process.execPath, [wrangler, ...parameters], {
    cwd: projectFolder,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      WRANGLER_SEND_METRICS: 'false',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = new Promise((resolve) => child.once('close', resolve))
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('Ready on ')) resolve()
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('close', () => reject(new Error(said)))
  })
  return {
    mcp,
    end: async () => {
      child.kill('SIGTERM')
      await closed
      rmSync(state, { recursive: true, force: true })
    },
  }
}

/** A client that an operator registers by hand. */
export const registeredClient = z.looseObject({
  client_id: z.string(),
  client_secret: z.string().optional(),
})
