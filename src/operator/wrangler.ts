// wrangler as a child process: one command to its end, or its development server.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'
import type { ListenAddress } from './listen-address.ts'
import { Refusal } from './refusal.ts'

export const projectFolder = join(import.meta.dirname, '..', '..')
const executable = join(projectFolder, 'node_modules', 'wrangler', 'bin', 'wrangler.js')

// No look for a newer wrangler, no metrics, no questions, no log of whole URLs in the home folder.
const quiet = {
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  WRANGLER_WRITE_LOGS: 'false',
}

// Else the local server fetches a sample of `request.cf` from the internet at its start, and shows
// its storage to every page at /cdn-cgi.
const offline = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  X_LOCAL_EXPLORER: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
}

/** Runs one wrangler command without the internet and resolves with all that it printed. */
export function askLocally(parameters: string[]) {
  return ask(startWrangler(parameters, 'ignore', offline))
}

/** Runs one wrangler command on the account, with `input` to read, and resolves with all that it printed. */
export function askAccount(parameters: string[], input = '') {
  const child = startWrangler(parameters, 'pipe', {})
  // A command that ends before it has read everything says why by its exit code.
  child.stdin?.on('error', () => undefined).end(input)
  return ask(child)
}

/** Runs one wrangler command before the operator's eyes. @throws Refusal if it fails */
export async function runOnAccount(parameters: string[]): Promise<void> {
  const child = startWrangler(parameters, 'inherit', {})
  const exitCode = await new Promise((resolve) => child.once('close', resolve))
  if (exitCode !== 0) throw new Refusal(`wrangler ${parameters.join(' ')} has failed`)
}

function ask(child: ChildProcess): Promise<{ exitCode: number | null; output: string }> {
  let output = ''
  readLines(child, (line) => (output += `${line}\n`))
  return new Promise((resolve) => {
    child.once('close', (exitCode) => resolve({ exitCode, output: output.trim() }))
  })
}

/** A `wrangler dev` that was started by us. */
export type DevelopmentServer = {
  /** Resolves when it listens. @throws Refusal with its words if it ends or fails before that */
  listening: Promise<void>
  ended: Promise<'as asked' | 'by itself'>
  /** From now on the worker's log lines go to our own output. */
  passLogOn: () => void
  /** What the worker has logged since it listens, until that is passed on. */
  said: () => string
  end: () => Promise<void>
}

/** Starts the development server at an address, with its state and settings as given. */
export function startDevelopmentServer(place: {
  address: ListenAddress
  stateFolder: string
  envFile: string
}): DevelopmentServer {
  const child = startWrangler(
    [
      'dev',
      `--ip=${place.address.host}`,
      `--port=${place.address.port}`,
      // Else the host of a route in wrangler.toml takes the place of the one that was asked for.
      '--infer-origin-from-routes=false',
      // Any free one: two servers side by side would quarrel over the fixed default.
      '--inspector-port=0',
      `--persist-to=${place.stateFolder}`,
      `--env-file=${place.envFile}`,
      '--show-interactive-dev-session=false',
    ],
    'ignore',
    { ...offline, WRANGLER_REGISTRY_PATH: join(place.stateFolder, 'registry') },
  )
  let asked = false
  const ended = new Promise<'as asked' | 'by itself'>((resolve) => {
    child.once('close', () => resolve(asked ? 'as asked' : 'by itself'))
  })
  let said: string[] | null = []
  const saidSoFar = () => (said ?? []).join('\n')
  const listening = new Promise<void>((resolve, reject) => {
    readLines(child, (line) => {
      const words = stripVTControlCharacters(line)
      if (isNoise(words)) return
      if (said === null) return console.log(process.stdout.isTTY ? line : words)
      said.push(words)
      if (!words.includes('Ready on http')) return
      said = []
      resolve()
    })
    void ended.then((how) => {
      if (how === 'by itself') reject(new Refusal(`wrangler dev has ended:\n${saidSoFar()}`))
    })
  })
  return {
    listening,
    ended,
    passLogOn: () => void (said = null),
    said: saidSoFar,
    end: () => {
      asked = true
      return endTree(child, ended)
    },
  }
}

function startWrangler(
  parameters: string[],
  input: 'ignore' | 'pipe' | 'inherit',
  environment: Record<string, string>,
): ChildProcess {
  return spawn(process.execPath, [executable, ...parameters], {
    cwd: projectFolder,
    env: { ...process.env, ...quiet, ...environment },
    stdio: input === 'inherit' ? 'inherit' : [input, 'pipe', 'pipe'],
  })
}

function readLines(child: ChildProcess, read: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', read)
  }
}

// wrangler logs every request with its whole URL, and a URL may carry a token.
const isNoise = (line: string): boolean =>
  line.trim() === '' || /^\[wrangler:info\] [A-Z]+ /.test(line)

// wrangler ends its own workers when it is asked to; Windows has no asking, only whole trees.
async function endTree(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (process.platform === 'win32') spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'])
  else child.kill('SIGTERM')
  const deadline = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await ended
  clearTimeout(deadline)
}
