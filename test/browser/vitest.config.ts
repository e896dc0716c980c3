// The tests that need a browser. `test/browser/run.ts` starts what they need and names it in the
// environment.
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: join(import.meta.dirname, '../..'),
  test: {
    name: 'browser',
    include: ['test/browser/**/*.test.ts'],
    // One Chromium and one Postern serve all: more at a time would only make each slower.
    maxWorkers: 2,
    // Files share their process, and so the browsers that it has.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 30_000,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  },
})
