// Vitest as a child process, its report as a count, and the line that a test run ends with.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { z } from 'zod'
import { recordCounts } from './counts.ts'

/**
 * `retried`: the tests among the passed that failed at first, as `file: name: failure`. `skipped`: those
 * that this machine cannot run, as `file: name`. `failures`: what failed, as `file: name: failure`.
 */
export type Count = {
  passed: number
  failed: number
  retried: string[]
  skipped?: string[]
  failures?: string[]
}

/** What a test has counted (support/counted.ts). */
type Counted = { title: string; counts: Record<string, number> }

const projectFolder = join(import.meta.dirname, '..')

const fileSchema = z.object({
  name: z.string(),
  status: z.string(),
  assertionResults: z.array(
    z.object({
      fullName: z.string(),
      title: z.string(),
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

type ReportedFile = z.infer<typeof fileSchema>
type Report = z.infer<typeof reportSchema>

type RunOptions = {
  environment?: Record<string, string>
  /** Milliseconds, after which the run is ended. */
  deadline?: number
  /** How often a test that fails is tried again. */
  retries?: number
  /**
   * The suite under whose name the counts of all tests are recorded; null = they are not recorded.
   * Without it each test file is a suite.
   */
  suite?: string | null
}

/** Runs the tests of a configuration, and records what they have counted. `parameters` go to vitest. */
export async function runVitest(
  config: string,
  parameters: string[],
  { environment = {}, deadline, retries = 0, suite }: RunOptions = {},
): Promise<Count & { counted: Counted[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-'))
  const report = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  try {
    const isOk = await succeeds(
      ['run', '--config', config, `--retry=${retries}`, ...reporters, ...parameters],
      environment,
      deadline,
    )
    const read = reportIn(report)
    const files = read?.testResults ?? []
    const counted = files.flatMap(countedIn)
    if (suite === undefined) files.forEach(recordCountsOf)
    else if (suite !== null) recordCounts(suite, sumOf(counted))
    const count = { ...countOf(read), counted }
    // Whatever else vitest minds (an unhandled rejection, no report at all) is a failure, too.
    const besides = `${config}: vitest found an error outside of the tests, or was ended`
    return !isOk && count.failed === 0 ? { ...count, failed: 1, failures: [besides] } : count
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Prints the tests that had to be retried, `N retried` if there were any, a line `failed: ...` for each
 * failure, and the closing line. Sets the exit code.
 */
export function printTotal(counts: Count[]): void {
  const retried = counts.flatMap((count) => count.retried)
  if (retried.length > 0) console.log(`Passed at the second try:\n- ${retried.join('\n- ')}`)
  const skipped = counts.flatMap((count) => count.skipped ?? [])
  if (skipped.length > 0) console.log(`${skipped.length} skipped:\n- ${skipped.join('\n- ')}`)
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const failed = counts.reduce((sum, count) => sum + count.failed, 0)
  if (retried.length > 0) console.log(`${retried.length} retried`)
  for (const failure of counts.flatMap(({ failures }) => failures ?? [])) {
    console.log(`failed: ${failure}`)
  }
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

function countOf(report: Report | null): Count {
  if (report === null) {
    return { passed: 0, failed: 1, retried: [], failures: ['vitest has written no report'] }
  }
  const { numPassedTests, numFailedTests, testResults } = report
  const unread = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  const unreadable = unread.map(({ name }) => `${relative(projectFolder, name)}: cannot be read`)
  return {
    passed: numPassedTests,
    failed: numFailedTests + unread.length,
    retried: testResults.flatMap(retriedIn),
    skipped: testResults.flatMap(skippedIn),
    failures: [...testResults.flatMap(failuresIn), ...unreadable],
  }
}

/** Adds up what tests have counted, by name. */
export function sumOf(counted: readonly Counted[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { counts } of counted) {
    for (const [name, number] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + number
  }
  return sums
}

const countedIn = ({ assertionResults }: Pick<ReportedFile, 'assertionResults'>): Counted[] =>
  assertionResults.flatMap(({ title, meta }) =>
    meta?.counts === undefined ? [] : [{ title, counts: meta.counts }],
  )

/** Records what the passed tests of a file have counted: a run of one file replaces its counts alone. */
function recordCountsOf({ name, assertionResults }: ReportedFile): void {
  const passed = assertionResults.filter(({ status }) => status === 'passed')
  const counted = countedIn({ assertionResults: passed })
  if (counted.length === 0) return
  const path = relative(projectFolder, name).replace(/\.test\.tsx?$/, '')
  recordCounts(path.replaceAll(/[\\/]/g, '.'), sumOf(counted))
}

const skippedIn = ({ name, assertionResults }: ReportedFile): string[] =>
  assertionResults
    .filter(({ status }) => status === 'skipped' || status === 'pending')
    .map(({ fullName }) => `${relative(projectFolder, name)}: ${fullName}`)

/** A test that passed and yet has failures was retried. */
const retriedIn = (file: ReportedFile): string[] =>
  file.assertionResults
    .filter(({ status, failureMessages }) => status === 'passed' && failureMessages.length > 0)
    .map(failureIn(file))

const failuresIn = (file: ReportedFile): string[] =>
  file.assertionResults.filter(({ status }) => status === 'failed').map(failureIn(file))

const failureIn =
  ({ name }: ReportedFile) =>
  ({ fullName, failureMessages }: ReportedFile['assertionResults'][number]): string =>
    [relative(projectFolder, name), fullName, failureMessages[0]?.split('\n')[0]].join(': ')

/** Returns the report of a run, or null if vitest has not written one. */
function reportIn(path: string): Report | null {
  if (!existsSync(path)) return null
  return reportSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
}
