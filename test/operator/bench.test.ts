import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { LocalCache } from '../bench/local-cache.ts'
import { readOptions } from '../bench/options.ts'

it.each([
  ['--jobs=nope'],
  ['--jobs=JWKS,nope'],
  ['--rounds=many'],
  ['--rounds=1.5'],
  ['--lanes=0'],
  ['--seconds='],
  ['--scales=1000,all'],
  ['--d1=-1'],
  ['--kv-hot=-1'],
  ['--kv-cold=far'],
  ['--kv-write='],
  ['--kv=10'],
  ['--unknown'],
  ['stray'],
])('npm run bench refuses what it cannot measure in one line: %s', (parameter) => {
  expect(() => readOptions([parameter])).toThrow(
    expect.objectContaining({ message: expect.stringMatching(/^[^\n]+$/) }),
  )
})

it('npm run bench finds a job that has a comma in its name', () => {
  expect(readOptions(['--jobs=authorize, signed in,JWKS'])).toMatchObject({
    jobs: ['authorize, signed in', 'JWKS'],
  })
})

it('in the distance bench a key of one person is cold at each of their visits, a shared one is hot', () => {
  const cache = new LocalCache()
  expect(cache.reads(['keys'])).toBe(false)
  cache.writes('password:ada@example.com')
  cache.share('ada@example.com')
  expect(cache.reads(['token:1'])).toBe(false)
  expect(cache.reads(['token:1'])).toBe(true)
  cache.forget()
  const visit = ['keys', 'token:1', 'password:ada@example.com'].map((key) => cache.reads([key]))
  expect(visit).toEqual([true, false, false])
})

// The bench is for Linux, where CPU and children are read from /proc.
it.runIf(process.platform === 'linux').each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'npm run bench leaves nothing behind when it is ended by %s while it bundles',
  async (signal) => {
    const TMPDIR = mkdtempSync(join(tmpdir(), 'postern-test-'))
    const script = join(import.meta.dirname, '..', 'bench', 'run.ts')
    const child = spawn(process.execPath, [script, '--quick'], {
      env: { ...process.env, TMPDIR },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    await once(child.stdout, 'data')
    await sleep(300)
    child.kill(signal)
    await once(child, 'exit')
    // Time for whoever goes on to write there.
    await sleep(2_000)
    const left = readdirSync(TMPDIR).filter((name) => name.startsWith('postern-bench-'))
    rmSync(TMPDIR, { recursive: true, force: true })
    expect(left).toEqual([])
  },
)
