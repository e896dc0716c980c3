// How fast users are imported, how much memory that takes, and that `kill -9` of either side loses
// nobody: `node test/bench/imports.ts [users]`. Linux only: memory and CPU are read from /proc.
import { spawn } from 'node:child_process'
import { createWriteStream, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delayed } from 'node:timers/promises'
import { z } from 'zod'
import { begin } from '../cli/process.ts'

const users = Number(process.argv[2] ?? 100_000)
const stateFolder = mkdtempSync(join(tmpdir(), 'postern-imports-'))
const environment = { STATE_DIR: stateFolder }
const port = 18_791
const origin = `http://localhost:${port}`
const hash = '$2b$10$XRW3URjSUE82SlX.1tDM7.7uYxgPXUtz.uuk3Y4TBYOXyUPOpRfyW'

/** Writes a file of users whose names begin with a word. */
async function fileOf(word: string): Promise<string> {
  const path = join(stateFolder, `${word}.csv`)
  const file = createWriteStream(path)
  file.write('id,username,email,email_verified,name,password_hash\n')
  for (let nth = 1; nth <= users; nth++) {
    const name = `${word}${nth}`
    const line = `${nth},${name},${name}@example.com,true,User Number ${nth},${hash}\n`
    if (!file.write(line)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'finish')
  return path
}

const statusOf = (pid: number | string): string => readFileSync(`/proc/${pid}/status`, 'utf8')
const peakOf = (pid: number | string): number =>
  Math.round(Number(/VmHWM:\s+(\d+)/.exec(statusOf(pid))?.[1] ?? 0) / 1024)

/** CPU seconds of a process so far. A tick is a hundredth of a second. */
function cpuOf(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** The workerd processes of this server: the worker and its storage. */
const workerds = (): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      const isOurs = readFileSync(`/proc/${pid}/environ`, 'utf8').includes(stateFolder)
      return isOurs && /workerd\0serve/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    } catch {
      return false
    }
  })

const begun = (path: string, word: string) =>
  begin(['import', 'run', path, '--source-id', word, '--json'], { environment })

/** Imports a file to the end, with the peak memory of the command in MiB and its seconds. */
async function imported(path: string, word: string) {
  const start = performance.now()
  const { child, ended } = begun(path, word)
  let peak = 0
  const watch = setInterval(() => {
    if (child.pid !== undefined && child.exitCode === null) peak = Math.max(peak, peakOf(child.pid))
  }, 100)
  const { code, stdout, stderr } = await ended
  clearInterval(watch)
  if (stdout === '') throw new Error(`${code}: ${stderr}`)
  const { import_id, created, skipped, failed } = z
    .looseObject({
      import_id: z.string(),
      created: z.number(),
      skipped: z.number(),
      failed: z.number(),
    })
    .parse(JSON.parse(stdout))
  const seconds = (performance.now() - start) / 1000
  return { import_id, code, created, skipped, failed, seconds: Math.round(seconds * 10) / 10, peak }
}

/** Waits until an import of a word is half in. */
async function halfIn(word: string): Promise<void> {
  const secrets = readFileSync(join(stateFolder, 'secrets.env'), 'utf8')
  const token = /^ADMIN_TOKEN=['"`]?([^'"`\n]+)/m.exec(secrets)?.[1] ?? ''
  const headers = { Authorization: `Bearer ${token}` }
  const lists = z.object({
    items: z.array(z.looseObject({ source_id: z.string(), rows: z.number() })),
  })
  for (;;) {
    const answer = await fetch(`${origin}/admin/v1/imports`, { headers })
    const { items } = lists.parse(await answer.json())
    if (items.some(({ source_id, rows }) => source_id === word && rows * 2 >= users)) return
    await delayed(50)
  }
}

/** Starts the server, and returns what ends it. */
async function boot(): Promise<() => Promise<void>> {
  const child = spawn('npm', ['start', '--silent'], {
    cwd: join(import.meta.dirname, '..', '..'),
    env: { ...process.env, ...environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = once(child, 'close')
  let text = ''
  const isReady = new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        text += text.length < 10_000 ? chunk.toString() : ''
        if (text.includes('Ready on')) resolve()
      })
    }
    void closed.then(() => reject(new Error(text)))
  })
  await isReady
  return async () => {
    child.kill('SIGTERM')
    await closed
  }
}

let end = await boot()
try {
  const before = workerds()
    .map(cpuOf)
    .reduce((sum, cpu) => sum + cpu, 0)
  const whole = await imported(await fileOf('whole'), 'whole')
  const cpu =
    workerds()
      .map(cpuOf)
      .reduce((sum, one) => sum + one, 0) - before
  console.log({
    ...whole,
    usersPerSecond: Math.round(users / whole.seconds),
    workerdCpuPerChunkMs: Math.round((cpu / Math.ceil(users / 500)) * 1000),
    workerdPeakMiB: workerds().map(peakOf),
  })

  const killed = await fileOf('killed')
  const first = begun(killed, 'killed')
  await halfIn('killed')
  first.child.kill('SIGKILL')
  await first.ended
  console.log('the command killed half way, and again:', await imported(killed, 'killed'))

  const start = performance.now()
  const { child, ended } = begin(['import', 'undo', whole.import_id, '--yes', '--json'], {
    environment,
  })
  const { stdout } = await ended
  const seconds = Math.round((performance.now() - start) / 100) / 10
  console.log('undone:', {
    code: child.exitCode,
    seconds,
    ...z.looseObject({}).parse(JSON.parse(stdout)),
  })

  const crashed = await fileOf('crashed')
  const second = begun(crashed, 'crashed')
  await halfIn('crashed')
  for (const pid of workerds()) process.kill(Number(pid), 'SIGKILL')
  await end()
  const { code, stderr } = await second.ended
  console.log('workerd killed half way:', { code, stderr })
  end = await boot()
  console.log('and again:', await imported(crashed, 'crashed'))
} finally {
  await end()
  rmSync(stateFolder, { recursive: true, force: true })
}
