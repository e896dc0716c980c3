// The projects of test/vitest.config.ts whose tests can be run for many mutants within one start: each
// source file under test has all of its mutants in it, and a runner of ours switches them.
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import base from '../vitest.config.ts'
import { projectFolder } from './instrument.ts'
import { type Plan, planVariable } from './plan.ts'

const plan: Plan = JSON.parse(readFileSync(process.env[planVariable] ?? '', 'utf8'))

/** Serves the instrumented text in place of each source file that is under test. */
const instrumented: Plugin = {
  name: 'mutants',
  enforce: 'pre',
  load(id) {
    return plan.texts[relative(projectFolder, id)]
  },
}

/** Keeps the order in which the files were asked for: nearest first. */
class GivenOrder extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) =>
      plan.tests.indexOf(relative(projectFolder, moduleId))
    return Promise.resolve(files.toSorted((one, other) => place(one) - place(other)))
  }
}

const [plain, worker] = base.test?.projects ?? []
if (typeof plain !== 'object' || typeof worker !== 'object' || 'then' in worker || 'then' in plain)
  throw new TypeError('test/vitest.config.ts has other projects now')

const runner = 'test/mutants/runner.ts'
const provide = { mutantsOrigin: plan.origin, mutantsReach: plan.isReach }

export default defineConfig({
  test: {
    onConsoleLog: () => false,
    maxWorkers: plan.workers,
    sequence: { sequencer: GivenOrder },
    projects: [
      {
        ...plain,
        plugins: [instrumented],
        test: { ...plain.test, runner, provide, isolate: true, pool: 'forks' },
      },
      {
        ...worker,
        plugins: [...(worker.plugins ?? []), instrumented],
        test: {
          ...worker.test,
          runner,
          provide: { ...worker.test?.provide, ...provide },
          setupFiles: ['test/storage.ts', 'test/support/remember-derivations.ts'],
        },
      },
    ],
  },
})
