// The processes that run tests: vitest as a child, which asks this process over HTTP what to run.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { Campaign } from './campaign.ts'
import { projectFolder } from './instrument.ts'
import { type Baseline, type Outcome, type Plan, planVariable } from './plan.ts'

/** Who decides what the processes run. */
export type Campaignlike = Pick<
  Campaign,
  'isOver' | 'isIdle' | 'isWanted' | 'begin' | 'next' | 'settle' | 'abandon' | 'troubles'
>

/** A process that has said nothing for so long, in milliseconds, is ended: it sends a sign of life each 5 s. */
const longestSilence = 90_000

/** So is one that has shown signs of life alone: no run of a mutant, and no file without one, takes so long. */
const longestRun = 240_000

/** Runs test files, in their order, until none of them has mutants left. */
export async function runCampaign(
  campaign: Campaignlike,
  texts: Record<string, string>,
  tests: readonly string[],
  {
    workers,
    isReach = false,
    onOutcome,
  }: { workers: number; isReach?: boolean; onOutcome: (outcome: Outcome) => void },
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-mutants-'))
  let lastSign = Date.now()
  let lastStep = Date.now()
  let hasBegun = false
  const answer = (path: string | undefined, text: string): unknown => {
    if (path === '/baseline') {
      const baseline: Baseline = JSON.parse(text)
      hasBegun = true
      campaign.begin({ ...baseline, file: named(baseline.file) })
    }
    if (path === '/outcome') {
      const outcome: Outcome = JSON.parse(text)
      const known = { ...outcome, file: named(outcome.file) }
      campaign.settle(known)
      onOutcome(known)
    }
    if (path !== '/next' && path !== '/wanted') return {}
    const question: { file: string } = JSON.parse(text)
    const test = named(question.file)
    return path === '/next' ? campaign.next(test) : { isWanted: campaign.isWanted(test) }
  }
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      lastSign = Date.now()
      if (request.url !== '/alive') lastStep = Date.now()
      response.end(JSON.stringify(answer(request.url, Buffer.concat(pieces).toString())))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const plan = (left: string[]): Plan => ({
    texts,
    tests: left,
    origin: `http://127.0.0.1:${port}`,
    workers,
    isReach,
  })
  try {
    for (;;) {
      const left = tests.filter((test) => campaign.isWanted(test))
      if (left.length === 0) return
      const path = join(folder, 'plan.json')
      writeFileSync(path, JSON.stringify(plan(left)))
      lastSign = Date.now()
      lastStep = Date.now()
      hasBegun = false
      const { output, hasHung } = await runOnce(path, left, {
        isSilent: () =>
          Date.now() - lastSign > longestSilence || Date.now() - lastStep > longestRun,
        // What is left in the queue of vitest would start a server for each file, and try nothing.
        isDone: () => campaign.isIdle && !left.some((test) => campaign.isWanted(test)),
      })
      campaign.abandon()
      if (hasHung) campaign.troubles.push('a process gave no sign of life and was ended')
      if (!hasBegun && !hasHung && !campaign.isOver)
        throw new Error(`vitest ran no test file:\n${output.slice(-3000)}`)
    }
  } finally {
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const named = (path: string): string => relative(projectFolder, path)

async function runOnce(
  plan: string,
  tests: readonly string[],
  { isSilent, isDone }: { isSilent: () => boolean; isDone: () => boolean },
): Promise<{ output: string; hasHung: boolean }> {
  const child = spawn('vitest', ['run', '--config', 'test/mutants/vitest.config.ts', ...tests], {
    cwd: projectFolder,
    // A group of its own, so that the processes of workerd end with it.
    detached: process.platform !== 'win32',
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      [planVariable]: plan,
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
    },
  })
  let output = ''
  const keep = (piece: Buffer) => {
    output = (output + piece.toString()).slice(-20_000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  let hasHung = false
  const watch = setInterval(() => {
    hasHung = isSilent()
    if (hasHung || isDone()) end(child)
  }, 1000)
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', () => resolve())
    })
  } finally {
    clearInterval(watch)
  }
  return { output, hasHung }
}

function end(child: ChildProcess): void {
  if (child.pid === undefined || process.platform === 'win32') child.kill('SIGKILL')
  else process.kill(-child.pid, 'SIGKILL')
}
