// What a checkout is asked before any test runs. Each check counts as one test.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Count } from './vitest-run.ts'

const checks: [name: string, ...command: string[]][] = [
  [
    'src/env.d.ts is what wrangler makes of wrangler.toml',
    'wrangler',
    'types',
    'src/env.d.ts',
    '--check',
    '--env-file=test/no-secrets.env',
  ],
  ['the compiler finds no type error', 'tsc', '--noEmit'],
  ['prettier finds no file to format', 'prettier', '--check', '--cache', '.'],
  ['the linter finds no fault', 'oxlint'],
]

/** Runs all checks, one after the other, and prints a line for each. */
export const runChecks = (): Count[] =>
  checks.map(([name, ...command]) => {
    const { status, output } = run(command)
    const isOk = status === 0
    console.log(isOk ? `ok ${name}` : `not ok ${name}\n${output}`)
    return { passed: isOk ? 1 : 0, failed: isOk ? 0 : 1, retried: [], failures: isOk ? [] : [name] }
  })

// npm has put node_modules/.bin before everything else in PATH; on Windows its entries are scripts.
function run([command = '', ...rest]: string[]) {
  const { status, stdout, stderr } = spawnSync(command, rest, {
    cwd: join(import.meta.dirname, '..'),
    shell: process.platform === 'win32',
    stdio: 'pipe',
    encoding: 'utf8',
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
    },
  })
  return { status, output: `${stdout ?? ''}${stderr ?? ''}` }
}
