// `npm start` as a newcomer runs it: its own state folder and port, and nothing of our environment.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const projectFolder = join(import.meta.dirname, '..', '..')

/** What `npm start` has said: up to its `Ready on` line, or all of it if it ended before. */
export type Boot = { lines: string[]; exitCode: number | null; origin: string; port: number }

export type Bench = {
  stateFolder: string
  /** Boots on a free port, or on `PORT` of the given environment. */
  boot: (environment?: Record<string, string>) => Promise<Boot>
  /** Ends every server booted here. */
  endAll: () => Promise<void>
  remove: () => void
}

export function newBench(): Bench {
  const stateFolder = mkdtempSync(join(tmpdir(), 'postern-state-'))
  const running: { end: () => Promise<void> }[] = []
  return {
    stateFolder,
    boot: async (environment = {}) => {
      const port = Number(environment.PORT ?? (await freePort()))
      const { boot, end } = start({ STATE_DIR: stateFolder, PORT: String(port), ...environment })
      running.push({ end })
      return { ...(await boot), origin: `http://localhost:${port}`, port }
    },
    endAll: async () => {
      for (const server of running.splice(0)) await server.end()
    },
    remove: () => rmSync(stateFolder, { recursive: true, force: true }),
  }
}

function start(environment: Record<string, string>) {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn('npm', ['start', '--silent'], {
    cwd: projectFolder,
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  let text = ''
  const boot = new Promise<Pick<Boot, 'lines' | 'exitCode'>>((resolve) => {
    const read = (chunk: Buffer) => {
      text += chunk.toString()
      if (/^Ready on .*\n/m.test(text)) resolve({ lines: text.trim().split('\n'), exitCode: null })
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

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
