// The checks of the MCP conformance package for authorization servers, answered by a person.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { freePort } from '../operator/boot.ts'
import { Memory } from './memory.ts'
import { registeredClient, type World } from './world.ts'

const program = join('node_modules', '@modelcontextprotocol', 'conformance', 'dist', 'index.js')

const checks = z.array(
  z.looseObject({ id: z.string(), status: z.string(), errorMessage: z.string().optional() }),
)
export type Check = z.infer<typeof checks>[number]

/** Runs all scenarios for authorization servers. Returns every check, by its scenario's order. */
export async function conformanceChecks(world: World): Promise<Check[]> {
  const port = await freePort()
  const { client_id } = registeredClient.parse(
    await world.admin('POST', '/clients', {
      ...new Memory().clientMetadata,
      redirect_uris: [`http://127.0.0.1:${port}/callback`],
    }),
  )
  const folder = mkdtempSync(join(tmpdir(), 'postern-conformance-'))
  const child = spawn(
    process.execPath,
    [
      ...[program, 'authorization', '--url', world.issuer, '--client-id', client_id],
      ...['--resource', world.mcp, '--port', String(port), '--output-dir', folder],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const closed = new Promise((resolve) => child.once('close', resolve))
  let said = ''
  let isAnswered = false
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    const [, url] = /^(http\S+\/oauth2\/authorize\S+)\s/m.exec(said) ?? []
    if (url === undefined || isAnswered) return
    isAnswered = true
    void world.allow(new URL(url)).then(({ away }) => fetch(away))
  })
  await closed
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('checks.json'))
    .toSorted()
    .flatMap((name) => checks.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))))
  rmSync(folder, { recursive: true, force: true })
  if (found.length === 0) throw new Error(said)
  return found
}
