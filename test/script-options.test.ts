// What somebody sees who asks a script of this folder for what it does not have, or for help.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const run = (script: string, ...parameters: string[]) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join('test', script), ...parameters],
    { cwd: join(import.meta.dirname, '..'), encoding: 'utf8' },
  )
  return { status, stdout, stderr }
}

const scripts = {
  'check.ts': 'npm run check',
  'abuse/run.ts': 'npm run test:abuse',
  'faults/run.ts': 'npm run test:faults',
  'races/run.ts': 'npm run test:races',
  'soak/run.ts': 'npm run test:soak',
  'fuzz/run.ts': 'npm run fuzz',
  'model/run.ts': 'npm run model',
  'mutants/run.ts': 'npm run mutants',
  'scoreboard/run.ts': 'npm run scoreboard',
  'browser/spa/serve.ts': 'npm run spa',
}

it.each(Object.entries(scripts))(
  '%s refuses an option that it does not have, and says which there are as --help does',
  (script, command) => {
    const { stdout: usage, ...asked } = run(script, '--help')
    expect(asked).toEqual({ status: 0, stderr: '' })
    expect(usage.startsWith(command)).toBe(true)
    expect(run(script, '--no-such-option')).toEqual({
      status: 2,
      stdout: '',
      stderr: `Unknown option '--no-such-option'\n${usage}`,
    })
  },
)

it.each([
  ['run.ts', 'npm test'],
  ['browser/run.ts', 'npm run test:browser'],
])('%s --help runs no test and says which files can be named', (script, command) => {
  expect(run(script, '--help')).toEqual({
    status: 0,
    stderr: '',
    stdout: expect.stringMatching(new RegExp(`^${command} .*FILE`)),
  })
})

it.each([
  ['a path alone', 'model/run.ts', ['--path', '1:0'], '--path needs the --seed of its failure'],
  ['a missing file', 'mutants/run.ts', ['--file', 'src/none.ts'], 'there is no file src/none.ts'],
  [
    'a count',
    'races/run.ts',
    ['--rounds', 'many'],
    '--rounds must be a number from 1 on, not many',
  ],
])('refuses %s in its first line, before it starts', (_what, script, parameters, reason) => {
  const { status, stderr } = run(script, ...parameters)
  expect({ status, reason: stderr.split('\n')[0] }).toEqual({ status: 2, reason })
})
