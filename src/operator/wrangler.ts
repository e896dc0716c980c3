// Runs wrangler as a child process: single commands, or the development server.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'
import type { ListenAddress } from './listen-address.ts'
import { Refusal } from './refusal.ts'

export const projectFolder = join(import.meta.dirname, '..', '..')
const executable = join(projectFolder, 'node_modules', 'wrangler', 'bin', 'wrangler.js')

// No check for a newer wrangler, no metrics, no questions, no log file with full URLs.
const quiet = {
  WRANGLER_HIDE_BANNER: 'true',
  WRANGLER_SEND_METRICS: 'false',
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
  WRANGLER_WRITE_LOGS: 'false',
}

// Otherwise the local server downloads a sample of `request.cf` at start-up and exposes its storage
// to every web page at /cdn-cgi.
const offline = {
  CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  X_LOCAL_EXPLORER: 'false',
  X_LOCAL_OBSERVABILITY: 'false',
}

/** Runs one wrangler command offline and resolves with its output. */
export function askLocally(parameters: string[]) {
  return ask(startWrangler(parameters, 'ignore', offline))
}

/**
 * Runs one wrangler command on the account, with `input` as stdin, and resolves with its output.
 */
export function askAccount(parameters: string[], input = '') {
  const child = startWrangler(parameters, 'pipe', {})
  // If the command ends before it has read all input, its exit code says why.
  child.stdin?.on('error', () => undefined).end(input)
  return ask(child)
}

/** Runs one wrangler command and shows its output to the operator. @throws Refusal if it fails */
export async function runOnAccount(parameters: string[]): Promise<void> {
  const child = startWrangler(parameters, 'inherit', {})
  const exitCode = await new Promise((resolve) => child.once('close', resolve))
  if (exitCode !== 0) throw new Refusal(`wrangler ${parameters.join(' ')} failed`)
}

function ask(child: ChildProcess): Promise<{ exitCode: number | null; output: string }> {
  let output = ''
  readLines(child, (line) => (output += `${line}\n`))
  return new Promise((resolve) => {
    child.once('close', (exitCode) => resolve({ exitCode, output: output.trim() }))
  })
}

/** A running `wrangler dev`. */
export type DevelopmentServer = {
  /** Resolves when the server listens. @throws Refusal with its output if it fails before that */
  listening: Promise<void>
  ended: Promise<'as asked' | 'by itself'>
  /** From now on, copies the worker's log lines to our own output. */
  passLogOn: () => void
  /** Returns the log lines since the server started to listen, until they are copied. */
  said: () => string
  end: () => Promise<void>
}

/** Starts the development server with the given address, state and settings. */
export function startDevelopmentServer(place: {
  address: ListenAddress
  stateFolder: string
  envFile: string
}): DevelopmentServer {
  const child = startWrangler(
    [
      'dev',
      // Bundled by wrangler, in a second and without terser.
      'src/index.ts',
      '--bundle',
      `--ip=${place.address.host}`,
      `--port=${place.address.port}`,
      // Otherwise the host of a route in wrangler.toml replaces the requested one.
      '--infer-origin-from-routes=false',
      // Any free port. Two servers would compete for the fixed default.
      '--inspector-port=0',
      `--persist-to=${place.stateFolder}`,
      `--env-file=${place.envFile}`,
      '--show-interactive-dev-session=false',
    ],
    'ignore',
    {
      ...offline,
      POSTERN_BUNDLE: 'off',
      WRANGLER_REGISTRY_PATH: join(place.stateFolder, 'registry'),
    },
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
      if (how === 'by itself') reject(new Refusal(`wrangler dev stopped:\n${saidSoFar()}`))
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

// wrangler logs every request with its full URL, and a URL may contain a token.
const isNoise = (line: string): boolean =>
  line.trim() === '' || /^\[wrangler:info\] [A-Z]+ /.test(line)

// wrangler ends its own workers on request. Windows has no such request and can only kill process
// trees.
async function endTree(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (process.platform === 'win32') spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'])
  else child.kill('SIGTERM')
  const deadline = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await ended
  clearTimeout(deadline)
}
