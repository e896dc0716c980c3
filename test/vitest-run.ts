// Vitest as a child process, its report as a count, and the line that a test run ends with.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'

export type Count = { passed: number; failed: number }

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
})

/** Runs the tests of a configuration; `parameters` go to vitest. Ends it after `deadline` ms. */
export async function runVitest(
  config: string,
  parameters: string[],
  { environment = {}, deadline }: { environment?: Record<string, string>; deadline?: number } = {},
): Promise<Count> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-'))
  const report = join(folder, 'report.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  try {
    const isOk = await succeeds(
      // Machines are shared: what fails once in a crowded second has to fail twice.
      ['run', '--config', config, '--retry=1', ...reporters, ...parameters],
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

/** Prints the closing line and sets the exit code. */
export function printTotal(counts: Count[]): void {
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const failed = counts.reduce((sum, count) => sum + count.failed, 0)
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
    cwd: join(import.meta.dirname, '..'),
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
  if (text === null) return { passed: 0, failed: 1 }
  const { numPassedTests, numFailedTests, testResults } = reportSchema.parse(JSON.parse(text))
  const unread = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  )
  return { passed: numPassedTests, failed: numFailedTests + unread.length }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
