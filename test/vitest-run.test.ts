import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runVitest } from './vitest-run.ts'

// Within the project, so that `vitest` can be imported.
const modules = join(import.meta.dirname, '../node_modules')

/** Runs test files of their own, by name, and returns what is told of them; `FOLDER` is theirs. */
async function told(files: Record<string, string>) {
  const folder = mkdtempSync(join(modules, '.postern-runs-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      const imports =
        "import { beforeAll, describe, expect, it } from 'vitest'\nimport * as fs from 'node:fs'\n"
      writeFileSync(join(folder, name), imports + text.replaceAll('FOLDER', folder))
    }
    const config = join(folder, 'vitest.config.mjs')
    const test = { include: ['*.test.mjs'], exclude: [], fileParallelism: false }
    writeFileSync(config, `export default ${JSON.stringify({ root: folder, test })}`)
    const { counted: _, ...count } = await runVitest(config, [], { suite: null, isQuiet: true })
    const withoutFolder = JSON.stringify(count)
      .replaceAll(config, 'CONFIG')
      .replaceAll(/[^\s"]*\.postern-runs-\w+/g, 'FOLDER')
    return JSON.parse(withoutFolder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const passing = "it('passes', () => expect(1).toBe(1))\n"
const death = 'process.kill(process.pid, "SIGKILL")\nawait new Promise(() => {})'

/** Statements that are run at the first time alone. */
const once = (statements: string, name = 'was-here'): string => `
  if (!fs.existsSync('FOLDER/${name}')) {
    fs.writeFileSync('FOLDER/${name}', '')
    ${statements}
  }
`

const hooked = (hook: string): string => `describe('with a hook', () => {
  beforeAll(() => { ${hook} })
  ${passing}
})\n`

const deadFile =
  'FOLDER/b.test.mjs: was not run to its end: [vitest-pool]: Worker forks emitted error. Worker exited unexpectedly'

describe('A run of tests', { timeout: 60_000 }, () => {
  it.each([
    [
      'a test',
      `it('fails', () => { ${once("throw new Error('It fails.')")} })`,
      3,
      'fails: Error: It fails.',
    ],
    ['a hook', hooked(once("throw new Error('It fails.')")), 3, 'with a hook: It fails.'],
  ])('runs a file again in which %s fails, and lists it', async (_what, text, passed, failure) => {
    expect(await told({ 'a.test.mjs': passing, 'b.test.mjs': passing + text })).toEqual({
      passed,
      failed: 0,
      retried: [`FOLDER/b.test.mjs: ${failure}`],
      skipped: [],
      failures: [],
    })
  })

  it('runs a file again whose process died, and lists it', async () => {
    const dying = `it('dies', async () => { ${once(death)} })\n`
    expect(await told({ 'a.test.mjs': passing, 'b.test.mjs': passing + dying })).toEqual({
      passed: 3,
      failed: 0,
      retried: [deadFile],
      skipped: [],
      failures: [],
    })
  })

  it('fails by a file whose process dies again', async () => {
    const dying = `it('dies', async () => { ${death} })\n`
    expect(await told({ 'a.test.mjs': passing, 'b.test.mjs': dying })).toMatchObject({
      passed: 1,
      retried: [],
      failures: [deadFile, expect.stringContaining('Worker exited unexpectedly')],
    })
  })

  it('fails by what fails again, and by a file that cannot be read', async () => {
    const files = {
      'a.test.mjs': `${passing}it('fails', () => expect(1).toBe(2))\n`,
      'b.test.mjs': passing + hooked("throw new Error('The hook fails.')"),
      'c.test.mjs': "import 'no-such-package'\n",
    }
    expect(await told(files)).toMatchObject({
      passed: 2,
      failed: 3,
      retried: [],
      failures: [
        'FOLDER/a.test.mjs: fails: AssertionError: expected 1 to be 2 // Object.is equality',
        'FOLDER/b.test.mjs: with a hook: The hook fails.',
        "FOLDER/c.test.mjs: Cannot find package 'no-such-package' imported from FOLDER/c.test.mjs",
      ],
    })
  })

  it('runs nothing again where much fails', async () => {
    const files = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => {
      const test = `it('fails', () => { ${once("throw new Error('It fails.')", name)} })\n`
      return [`${name}.test.mjs`, passing + test]
    })
    expect(await told(Object.fromEntries(files))).toMatchObject({
      passed: 6,
      failed: 6,
      retried: [],
    })
  })

  it('fails by an error outside of the tests, and tells which', async () => {
    const rejecting = `${passing}void Promise.reject(new Error('Nobody waits for this.'))\n`
    expect(await told({ 'a.test.mjs': rejecting })).toMatchObject({
      passed: 1,
      failed: 1,
      retried: [],
      failures: ['CONFIG: Nobody waits for this.'],
    })
  })
})
