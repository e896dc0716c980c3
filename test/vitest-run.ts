// Vitest as a child process, its report as a count, and the line that a test run ends with.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { z } from 'zod'
import { recordCounts } from './counts.ts'

/**
 * `retried`: the tests among the passed that failed at first, as `file: name: failure`. `skipped`: those
 * that this machine cannot run, as `file: name`.
 */
export type Count = { passed: number; failed: number; retried: string[]; skipped?: string[] }

const projectFolder = join(import.meta.dirname, '..')

const fileSchema = z.object({
  name: z.string(),
  status: z.string(),
  assertionResults: z.array(
    z.object({
      fullName: z.string(),
      status: z.string(),
      failureMessages: z.array(z.string()),
      meta: z.object({ counts: z.record(z.string(), z.number()).optional() }).optional(),
    }),
  ),
})
const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(fileSchema),
})

type RunOptions = {
  environment?: Record<string, string>
  /** Milliseconds, after which the run is ended. */
  deadline?: number
  /** How often a test that fails is tried again. */
  retries?: number
}

/**
 * Runs the tests of a configuration; `parameters` go to vitest. Records what passed tests have counted,
 * per test file.
 */
export async function runVitest(
  config: string,
  parameters: string[],
  { environment = {}, deadline, retries = 0 }: RunOptions = {},
): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-'))
  const report = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  try {
    const isOk = await succeeds(
      ['run', '--config', config, `--retry=${retries}`, ...reporters, ...parameters],
      environment,
      deadline,
    )
    const count = countOf(report)
    // Whatever else vitest minds (an unhandled rejection, no report at all) is a failure, too.
    return !isOk && count.failed === 0 ? { ...count, failed: 1 } : count
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Prints the tests that had to be retried, `N retried` if there were any, and the closing line. Sets the
 * exit code.
 */
export function printTotal(counts: Count[]): void {
  const retried = counts.flatMap((count) => count.retried)
  if (retried.length > 0) console.log(`Passed at the second try:\n- ${retried.join('\n- ')}`)
  const skipped = counts.flatMap((count) => count.skipped ?? [])
  if (skipped.length > 0) console.log(`${skipped.length} skipped:\n- ${skipped.join('\n- ')}`)
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const failed = counts.reduce((sum, count) => sum + count.failed, 0)
  if (retried.length > 0) console.log(`${retried.length} retried`)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}

// npm has put node_modules/.bin before everything else in PATH; on Windows its entries are scripts.
function succeeds(
  parameters: string[],
  environment: Record<string, string>,
  deadline: number | undefined,
): Promise<boolean> {
  const child = spawn('vitest', parameters, {
    cwd: projectFolder,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      ...environment,
    },
    ...(deadline === undefined ? {} : { timeout: deadline }),
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode) => resolve(exitCode === 0))
  })
}

function countOf(report: string): Count {
  const text = readIfThere(report)
  if (text === null) return { passed: 0, failed: 1, retried: [] }
  const { numPassedTests, numFailedTests, testResults } = reportSchema.parse(JSON.parse(text))
  for (const file of testResults) recordCountsOf(file)
  const unread = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  return {
    passed: numPassedTests,
    failed: numFailedTests + unread.length,
    retried: testResults.flatMap(retriedIn),
    skipped: testResults.flatMap(skippedIn),
  }
}

/** A suite is a file, so that a run of one file replaces what that file has counted, and nothing else. */
function recordCountsOf({ name, assertionResults }: z.infer<typeof fileSchema>): void {
  const sums: Record<string, number> = {}
  for (const { status, meta } of assertionResults) {
    if (status !== 'passed') continue
    for (const [what, number] of Object.entries(meta?.counts ?? {})) {
      sums[what] = (sums[what] ?? 0) + number
    }
  }
  if (Object.keys(sums).length === 0) return
  const path = relative(projectFolder, name).replace(/\.test\.tsx?$/, '')
  recordCounts(path.replaceAll(/[\\/]/g, '.'), sums)
}

const skippedIn = ({ name, assertionResults }: z.infer<typeof fileSchema>): string[] =>
  assertionResults
    .filter(({ status }) => status === 'skipped' || status === 'pending')
    .map(({ fullName }) => `${relative(projectFolder, name)}: ${fullName}`)

/** A test that passed and yet has failures was retried. */
const retriedIn = ({ name, assertionResults }: z.infer<typeof fileSchema>): string[] =>
  assertionResults
    .filter(({ status, failureMessages }) => status === 'passed' && failureMessages.length > 0)
    .map(({ fullName, failureMessages }) =>
      [relative(projectFolder, name), fullName, failureMessages[0]?.split('\n')[0]].join(': '),
    )

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
