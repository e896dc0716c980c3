// The command line of `npm start`, which has variables and no options.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { asksForHelp, startUsage } from '../../src/operator/start-options.ts'

const npmStart = (...parameters: string[]) =>
  spawnSync('npm', ['start', '--silent', ...parameters], {
    cwd: join(import.meta.dirname, '..', '..'),
    encoding: 'utf8',
    // If it should start all the same, it ends.
    timeout: 30_000,
  })

describe('the command line of npm start', () => {
  it('starts without a parameter', () => {
    expect(asksForHelp([], {})).toBe(false)
  })

  it('--help says which variables there are and starts nothing', () => {
    expect(asksForHelp(['-h'], {})).toBe(true)
    const { status, stdout } = npmStart('--', '--help')
    expect({ status, stdout }).toEqual({ status: 0, stdout: `${startUsage}\n` })
    for (const name of ['PORT', 'HOST', 'ISSUER', 'STATE_DIR'])
      expect(stdout).toContain(`  ${name} `)
  })

  it.each([
    ['npm start -- --port 9000', ['--', '--port', '9000'], '--port 9000'],
    ['npm start 9000', ['9000'], '9000'],
    ['npm start --port=9000, which npm takes for its own', ['--port=9000'], '--port'],
  ])('refuses in one line, and starts nothing: %s', (_what, parameters, given) => {
    const { status, stderr } = npmStart(...parameters)
    expect({ status, refusals: stderr.split('\n').filter((line) => /PORT=/.test(line)) }).toEqual({
      status: 1,
      refusals: [expect.stringContaining(`npm start does not know ${given}: set variables`)],
    })
  })
})
