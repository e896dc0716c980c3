// `npm start` as a newcomer runs it: its own state folder and port, and nothing of our environment.
import { spawn, spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { refuseBusyPort } from '../../src/operator/port.ts'
import type { Answerer } from '../support/http.ts'

const executable = join('node_modules', 'wrangler', 'bin', 'wrangler.js')
const projectFolder = join(import.meta.dirname, '..', '..')

/** What `npm start` has said: up to its `Ready on` line, or all of it if it ended before. */
export type Boot = { lines: string[]; exitCode: number | null; origin: string; port: number }

type Bench = {
  stateFolder: string
  /** Boots on a free port, or on `PORT` of the given environment. */
  boot: (environment?: Record<string, string>) => Promise<Boot>
  /** Boots as `boot` does. @throws what `npm start` said if it ended */
  serve: (environment?: Record<string, string>) => Promise<Boot>
  /** A plain `npx wrangler` with these parameters, once `npm start` has been. */
  wrangler: (parameters: string[]) => Promise<Boot>
  /** Ends every server booted here. */
  endAll: () => Promise<void>
  remove: () => void
}

/** Sends the requests of the tests' helpers, which are for the worker alone, to a server at `origin`. */
export const answererAt =
  (origin: string): Answerer =>
  (request) =>
    fetch(new Request(request.url.replace(/^https?:\/\/[^/]+/, origin), request))

/** Runs one `wrangler` command in a copy of the project. */
export function wranglerIn(folder: string, parameters: string[]): void {
  const environment = { WRANGLER_SEND_METRICS: 'false', WRANGLER_WRITE_LOGS: 'false' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [executable, ...parameters], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  })
  if (status !== 0) throw new Error(`wrangler ${parameters.join(' ')}: ${stdout}${stderr}`)
}

/** A copy of the project, whose wrangler.toml and default state are its own. */
export function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'postern-project-'))
  for (const name of ['src', 'migrations', 'package.json', 'tsconfig.json', 'wrangler.toml']) {
    cpSync(join(projectFolder, name), join(copy, name), { recursive: true })
  }
  symlinkSync(join(projectFolder, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** A place to run `npm start` in: the project itself, or a copy with its default state folder. */
export function newBench(copy?: string): Bench {
  const stateFolder = copy ?? mkdtempSync(join(tmpdir(), 'postern-state-'))
  const own: Record<string, string> = copy === undefined ? { STATE_DIR: stateFolder } : {}
  const folder = copy ?? projectFolder
  const running: { end: () => Promise<void> }[] = []
  const bootHere: Bench['boot'] = async (environment = {}) => {
    const port = Number(environment.PORT ?? (await freePort()))
    const command = ['npm', 'start', '--silent']
    const { boot, end } = start(folder, command, { ...own, PORT: String(port), ...environment })
    running.push({ end })
    return { ...(await boot), origin: `http://localhost:${port}`, port }
  }
  return {
    stateFolder,
    boot: bootHere,
    serve: async (environment) => {
      const boot = await bootHere(environment)
      if (boot.exitCode !== null) throw new Error(boot.lines.join('\n'))
      return boot
    },
    wrangler: async (parameters) => {
      const port = await freePort()
      const listen = ['--ip=127.0.0.1', `--port=${port}`, '--inspector-port=0']
      const quiet = { CLOUDFLARE_CF_FETCH_ENABLED: 'false', WRANGLER_SEND_METRICS: 'false' }
      const { boot, end } = start(
        folder,
        [process.execPath, executable, ...parameters, ...listen],
        quiet,
      )
      running.push({ end })
      return { ...(await boot), origin: `https://localhost:${port}`, port }
    },
    endAll: async () => {
      for (const server of running.splice(0)) await server.end()
    },
    remove: () => rmSync(stateFolder, { recursive: true, force: true }),
  }
}

function start(folder: string, command: string[], environment: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env
  const [program = '', ...parameters] = command
  const child = spawn(program, parameters, {
    cwd: folder,
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  let text = ''
  const boot = new Promise<Pick<Boot, 'lines' | 'exitCode'>>((resolve) => {
    const read = (chunk: Buffer) => {
      text += chunk.toString()
      if (/Ready on .*\n/.test(text)) resolve({ lines: text.trim().split('\n'), exitCode: null })
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    void closed.then((exitCode) => resolve({ lines: text.trim().split('\n'), exitCode }))
  })
  const end = async () => {
    child.kill('SIGTERM')
    // The pipes close when the last process that npm started has ended.
    await closed
  }
  return { boot, end }
}

/** A request under any name: fetch does not let anyone choose the Host header. */
export async function askAs(
  host: string,
  port: number,
  path: string,
): Promise<{ status: number | undefined; body: string }> {
  const sent = request({ host: '127.0.0.1', port, path, headers: { host } }).end()
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('error', reject)
    sent.once('response', resolve)
  })
  let body = ''
  for await (const chunk of response.setEncoding('utf8')) body += chunk
  return { status: response.statusCode, body }
}

/**
 * Returns a port that is free now, and below those that the system gives to connections: one of them
 * could take it while a server is started again.
 */
export async function freePort(): Promise<number> {
  const port = randomInt(15_000, 30_000)
  try {
    await refuseBusyPort({ host: '127.0.0.1', port })
    return port
  } catch {
    return await freePort()
  }
}
