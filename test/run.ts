// `npm test`: the checks of types and format, then every test that needs no browser. Ends with the
// line `N passed, N failed`, in which each check counts as one. Parameters go to vitest, alone:
// `npm test -- test/protocol`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'

type Count = { passed: number; failed: number }

const projectFolder = join(import.meta.dirname, '..')
const parameters = process.argv.slice(2)

const noSecrets = '--env-file=test/no-secrets.env'
const checks: [name: string, ...command: string[]][] = [
  [
    'the types of the bindings are fresh',
    'wrangler',
    'types',
    'src/env.d.ts',
    '--check',
    noSecrets,
  ],
  ['the types agree', 'tsc', '--noEmit'],
  ['the format is that of prettier', 'prettier', '--check', '.'],
]

const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
})

const counts = [...(parameters.length > 0 ? [] : checks.map(check)), runVitest()]
const passed = counts.reduce((sum, count) => sum + count.passed, 0)
const failed = counts.reduce((sum, count) => sum + count.failed, 0)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

function check([name, ...command]: (typeof checks)[number]): Count {
  const { status, output } = run(command, 'pipe')
  const isOk = status === 0
  console.log(isOk ? `ok ${name}` : `not ok ${name}\n${output}`)
  return { passed: isOk ? 1 : 0, failed: isOk ? 0 : 1 }
}

function runVitest(): Count {
  const folder = mkdtempSync(join(tmpdir(), 'postern-test-'))
  const report = join(folder, 'report.json')
  const config = ['--config', 'test/vitest.config.ts']
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  try {
    const { status } = run(['vitest', 'run', ...config, ...reporters, ...parameters], 'inherit')
    const count = countOf(report)
    // Whatever else vitest minds (an unhandled rejection, no report at all) is a failure, too.
    return status !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
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

// npm has put node_modules/.bin before everything else in PATH; on Windows its entries are scripts.
function run([command = '', ...rest]: string[], stdio: 'pipe' | 'inherit') {
  const { status, stdout, stderr } = spawnSync(command, rest, {
    cwd: projectFolder,
    shell: process.platform === 'win32',
    stdio: stdio === 'pipe' ? 'pipe' : ['ignore', 'inherit', 'inherit'],
    encoding: 'utf8',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' },
  })
  return { status, output: `${stdout ?? ''}${stderr ?? ''}` }
}
