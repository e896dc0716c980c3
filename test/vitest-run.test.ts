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
const death = 'process.kill(process.pid, "SIGKILL")'
const dying = `it('dies', async () => { ${death}; await new Promise(() => {}) })\n`

describe('A run of tests', () => {
  it('runs a file again whose process died, and lists it', { timeout: 60_000 }, async () => {
    const once = `it('dies once', async () => {
      if (fs.existsSync('FOLDER/died')) return
      fs.writeFileSync('FOLDER/died', '')
      ${death}
      await new Promise(() => {})
    })\n`
    expect(await told({ 'a.test.mjs': passing, 'b.test.mjs': passing + once })).toEqual({
      passed: 3,
      failed: 0,
      retried: [
        'FOLDER/b.test.mjs: was not run to its end: [vitest-pool]: Worker forks emitted error. Worker exited unexpectedly',
      ],
      skipped: [],
      failures: [],
    })
  })

  it('fails by a file whose process dies again, and says so', { timeout: 60_000 }, async () => {
    expect(await told({ 'a.test.mjs': passing, 'b.test.mjs': dying })).toMatchObject({
      passed: 1,
      failed: 1,
      failures: [
        'CONFIG: [vitest-pool]: Worker forks emitted error. Worker exited unexpectedly; FOLDER/b.test.mjs was not run to its end',
      ],
    })
  })

  it('fails by a hook, and by a file that cannot be read', { timeout: 60_000 }, async () => {
    const hooked = `describe('with a hook', () => {
      beforeAll(() => { throw new Error('The hook fails.') })
      ${passing}
    })\n`
    expect(
      await told({ 'a.test.mjs': passing + hooked, 'b.test.mjs': "import 'no-such-package'\n" }),
    ).toMatchObject({
      passed: 1,
      failed: 2,
      failures: [
        'FOLDER/a.test.mjs: with a hook: The hook fails.',
        "FOLDER/b.test.mjs: Cannot find package 'no-such-package' imported from FOLDER/b.test.mjs",
      ],
    })
  })

  it('fails by an error outside of the tests, and tells which', { timeout: 60_000 }, async () => {
    const rejecting = `${passing}void Promise.reject(new Error('Nobody waits for this.'))\n`
    expect(await told({ 'a.test.mjs': rejecting })).toMatchObject({
      passed: 1,
      failed: 1,
      retried: [],
      failures: ['CONFIG: Nobody waits for this.'],
    })
  })
})
