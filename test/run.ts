// `npm test`: the checks of types and format, then every test that needs no browser. Ends with the
// line `N passed, N failed`, in which each check counts as one. Parameters go to vitest, alone:
// `npm test -- test/protocol`.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Count, printTotal, runVitest } from './vitest-run.ts'

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

const counts = [
  ...(parameters.length > 0 ? [] : checks.map(check)),
  await runVitest('test/vitest.config.ts', parameters),
]
printTotal(counts)

function check([name, ...command]: (typeof checks)[number]): Count {
  const { status, output } = run(command)
  const isOk = status === 0
  console.log(isOk ? `ok ${name}` : `not ok ${name}\n${output}`)
  return { passed: isOk ? 1 : 0, failed: isOk ? 0 : 1 }
}

// npm has put node_modules/.bin before everything else in PATH; on Windows its entries are scripts.
function run([command = '', ...rest]: string[]) {
  const { status, stdout, stderr } = spawnSync(command, rest, {
    cwd: projectFolder,
    shell: process.platform === 'win32',
    stdio: 'pipe',
    encoding: 'utf8',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' },
  })
  return { status, output: `${stdout ?? ''}${stderr ?? ''}` }
}
