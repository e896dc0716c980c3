// Vitest as a child process, its report as a count, and the line that a test run ends with.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { z } from 'zod'
import { recordCounts } from './counts.ts'
import { reportVariable, runReportSchema, type Trouble } from './run-reporter.ts'

/**
 * `retried`: what failed at first and not again, as `file: name: failure`. `skipped`: the tests
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
  testResults: z.array(fileSchema),
})

type ReportedFile = z.infer<typeof fileSchema>
type Report = z.infer<typeof reportSchema>

type RunOptions = {
  environment?: Record<string, string>
  /** Milliseconds, after which the run is ended. */
  deadline?: number
  /**
   * The suite under whose name the counts of all tests are recorded; null = they are not recorded.
   * Without it each test file is a suite.
   */
  suite?: string | null
  /** Whether what vitest prints is left out. */
  isQuiet?: boolean
}

/** How one run of vitest went: its report, and what the report leaves out. */
type Run = z.infer<typeof runReportSchema> & { isOk: boolean; report: Report | null }

/** So many files that have failed are run again: more of them are no accident. */
const mostAgain = 5

/**
 * Runs the tests of a configuration, and records what they have counted. `parameters` go to vitest.
 *
 * A few files in which something failed, or whose process has died, are run again, once. What passes
 * then is among the retried, with its failure.
 */
export async function runVitest(
  config: string,
  parameters: string[],
  options: RunOptions = {},
): Promise<Count & { counted: Counted[] }> {
  const { suite } = options
  const run = (given: readonly string[]) => runOnce(['--config', config, ...given], options)
  const first = await run(parameters)
  const shaken = filesOf(troublesOf(first))
  // Options go with the files that they were given for.
  const isRepeatable =
    shaken.size <= mostAgain && !parameters.some((parameter) => parameter.startsWith('-'))
  const again = isRepeatable && shaken.size > 0 ? await run([...shaken]) : null
  const whole = again === null ? first : withRepeated(first, again)

  const files = whole.report?.testResults ?? []
  const counted = files.flatMap(countedIn)
  if (suite === undefined) files.forEach(recordCountsOf)
  else if (suite !== null) recordCounts(suite, sumOf(counted))
  const left = troublesOf(whole)
  const failing = filesOf(left)
  const retried = again === null ? [] : troublesOf(first).filter(({ file }) => !failing.has(file))
  // Whatever else vitest minds (an unhandled rejection, a deadline, no report) is a failure, too.
  const besides = whole.errors.map((error) => `${config}: ${error}`)
  const failures = [...left.map(lineOf), ...besides]
  if (!whole.isOk && failures.length === 0) failures.push(`${config}: ${unexplained(whole)}`)
  return {
    passed: files.flatMap(testsWith('passed')).length,
    failed: failures.length,
    retried: retried.map(lineOf),
    skipped: files.flatMap(skippedIn),
    failures,
    counted,
  }
}

async function runOnce(parameters: readonly string[], options: RunOptions): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-'))
  const report = join(folder, 'report.json')
  const besides = join(folder, 'run.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  try {
    const isOk = await succeeds(
      ['run', ...reporters, '--reporter=test/run-reporter.ts', ...parameters],
      { ...options, environment: { ...options.environment, [reportVariable]: besides } },
    )
    const told = existsSync(besides)
      ? runReportSchema.parse(JSON.parse(readFileSync(besides, 'utf8')))
      : { unfinished: [], hooks: [], errors: [] }
    return { isOk, report: reportIn(report), ...told }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What can be said of a run that failed, and told nothing about a test. */
const unexplained = ({ report }: Run): string =>
  report?.testResults.length === 0
    ? 'no test file has such a name'
    : 'vitest ended without a report'

/** Returns a run with the files that were run again as they were then. */
function withRepeated(first: Run, again: Run): Run {
  if (first.report === null || again.report === null) return again
  const repeated = new Set(again.report.testResults.map(({ name }) => name))
  const kept = first.report.testResults.filter(({ name }) => !repeated.has(name))
  // A process that dies is one error, and has one file.
  const unexplained = first.errors.length > first.unfinished.length ? first.errors : []
  return {
    ...again,
    isOk: again.isOk && unexplained.length === 0,
    report: { testResults: [...kept, ...again.report.testResults] },
    errors: [...unexplained, ...again.errors],
  }
}

/** What went wrong in the files of a run. Tests whose hook has failed count nowhere: their hook does. */
const troublesOf = ({ report, hooks, unfinished, errors }: Run): Trouble[] => [
  ...(report?.testResults ?? []).flatMap(failuresIn),
  ...hooks,
  ...unfinished.map((file) => ({ file, what: `was not run to its end: ${errors.join('; ')}` })),
]

const filesOf = (troubles: readonly Trouble[]): Set<string> =>
  new Set(troubles.map(({ file }) => file))

const lineOf = ({ file, what }: Trouble): string => `${file}: ${what}`

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
  parameters: readonly string[],
  { environment = {}, deadline, isQuiet = false }: RunOptions,
): Promise<boolean> {
  const output = isQuiet ? 'ignore' : 'inherit'
  const child = spawn('vitest', [...parameters], {
    cwd: projectFolder,
    shell: process.platform === 'win32',
    stdio: ['ignore', output, output],
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

const skippedIn = (file: ReportedFile): string[] =>
  [...testsWith('skipped')(file), ...testsWith('pending')(file)].map(
    ({ fullName }) => `${pathOf(file)}: ${fullName}`,
  )

const failuresIn = (file: ReportedFile): Trouble[] =>
  testsWith('failed')(file).map(({ fullName, failureMessages }) => ({
    file: pathOf(file),
    what: `${fullName}: ${failureMessages[0]?.split('\n')[0]}`,
  }))

const testsWith =
  (status: string) =>
  ({ assertionResults }: ReportedFile): ReportedFile['assertionResults'] =>
    assertionResults.filter((test) => test.status === status)

const pathOf = ({ name }: ReportedFile): string => relative(projectFolder, name)

/** Returns the report of a run, or null if vitest has not written one. */
function reportIn(path: string): Report | null {
  if (!existsSync(path)) return null
  return reportSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
}
