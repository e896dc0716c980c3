// Runs a test file once without a mutant and tells which mutants its tests reach, then once for each
// mutant that it is given, within the same process: only the modules are evaluated anew.
import { startTests } from 'vitest/internal/browser'
import { inject, TestRunner } from 'vitest'
import type { RunnerTask, RunnerTestCase, RunnerTestFile } from 'vitest'
import { beginAnew, beginFile } from '../fresh-modules.ts'
import type { Baseline, Outcome, Work } from './plan.ts'

declare module 'vitest' {
  interface ProvidedContext {
    mutantsOrigin: string
    /** Whether only reach is measured: which test file reaches which mutants at all. */
    mutantsReach: boolean
  }
}

/** What the instrumented files read and write. */
type Switch = {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number | undefined
  hitLimit?: number | undefined
  mutantCoverage?: {
    static: Record<string, number>
    perTest: Record<string, Record<string, number>>
  }
}

declare global {
  var __stryker__: Switch | undefined
}

const control: Switch = (globalThis.__stryker__ ??= {})
control.mutantCoverage = { static: {}, perTest: {} }
const fetchDirectly = globalThis.fetch.bind(globalThis)
const now = performance.now.bind(performance)
const setTimeoutDirectly = globalThis.setTimeout.bind(globalThis)

/** Asks the process that measures. */
async function ask<Answer>(path: string, body: unknown): Promise<Answer> {
  const response = await fetchDirectly(inject('mutantsOrigin') + path, {
    method: 'POST',
    body: JSON.stringify(body),
  })
  return await response.json()
}

// A process that runs no timer any more hangs, and is ended.
setInterval(() => void ask('/alive', {}).catch(() => {}), 5000)

type Config = ConstructorParameters<typeof TestRunner>[0]

/** Runs the tests of a file again, tells nobody but us, and ends at the first failure. */
class Silent extends TestRunner {
  failed: RunnerTestCase | undefined
  override onAfterRunTask(test: RunnerTestCase): void {
    super.onAfterRunTask(test)
    if (test.result?.state !== 'fail' || this.failed !== undefined) return
    this.failed = test
    this.cancel('test-failure')
  }
  // Snapshots of a mutant are nobody's.
  override async onAfterRunSuite(): Promise<void> {}
}

export default class MutantRunner extends TestRunner {
  readonly #config: Config
  /** Whether the file has nothing to try, and was not even read. */
  #isSkipped = false

  constructor(config: Config) {
    super(config)
    this.#config = config
  }

  onBeforeCollect(): void {
    beginFile(this)
    control.activeMutant = 'none'
    control.mutantCoverage = { static: {}, perTest: {} }
  }

  override async importFile(filepath: string, source: 'collect' | 'setup'): Promise<unknown> {
    if (source === 'collect') {
      const { isWanted } = await ask<{ isWanted: boolean }>('/wanted', { file: filepath })
      this.#isSkipped = !isWanted
      if (!isWanted) throw new Error('nothing to try')
    }
    return await super.importFile(filepath, source)
  }

  override onBeforeTryTask(test: RunnerTestCase): void {
    super.onBeforeTryTask(test)
    control.currentTestId = inject('mutantsReach') ? 'any' : test.id
  }

  override onAfterRunTask(test: RunnerTestCase): void {
    super.onAfterRunTask(test)
    control.currentTestId = undefined
  }

  // oxlint-disable-next-line typescript/no-misused-promises -- vitest waits for it
  override async onAfterRunFiles(files: RunnerTestFile[] = []): Promise<void> {
    super.onAfterRunFiles()
    if (this.#isSkipped) return
    for (const file of files) await this.#measure(file)
  }

  async #measure(file: RunnerTestFile): Promise<void> {
    const { static: always, perTest: byTest } = control.mutantCoverage ?? {
      static: {},
      perTest: {},
    }
    const baseline: Baseline = {
      file: file.filepath,
      state: file.result?.state === 'pass' ? 'pass' : 'fail',
      tests: testsOf(file)
        .filter(({ result }) => result?.state === 'pass')
        .map(({ id, name, result }) => ({ id, name, milliseconds: result?.duration ?? 0 })),
      reached: { always, byTest },
    }
    await ask('/baseline', baseline)
    for (;;) {
      const work = await ask<Work>('/next', { file: file.filepath })
      if (work.do === 'end') return
      if (work.do === 'wait') await new Promise((resolve) => setTimeoutDirectly(resolve, 250))
      else await ask('/outcome', await this.#run(file.filepath, work))
    }
  }

  async #run(filepath: string, work: Work & { do: 'run' }): Promise<Outcome> {
    const start = now()
    beginAnew(this)
    control.activeMutant = work.mutant ?? 'none'
    control.hitCount = 0
    control.hitLimit = work.hitLimit
    control.currentTestId = undefined
    control.mutantCoverage = { static: {}, perTest: {} }
    const silent = new Silent({
      ...this.#config,
      testTimeout: work.timeout,
      hookTimeout: work.timeout,
      retry: 0,
      setupFiles: this.#config.setupFiles.filter((name) => name.endsWith('/storage.ts')),
    })
    Object.defineProperty(silent, 'moduleRunner', { value: Reflect.get(this, 'moduleRunner') })
    silent.__setTraces(Reflect.get(this, '_otel'))
    const [file] = await startTests([{ ...everyTest, filepath, testIds: work.tests }], silent)
    control.activeMutant = 'none'
    const hasFailed = file?.result?.state !== 'pass' || silent.failed !== undefined
    const failed = silent.failed ?? file
    return {
      file: filepath,
      mutant: work.mutant,
      state: hasFailed ? 'fail' : 'pass',
      ...(hasFailed && failed !== undefined
        ? {
            failed: {
              id: failed.id,
              name: failed.name,
              message: failed.result?.errors?.[0]?.message.slice(0, 300) ?? 'no test ran',
            },
          }
        : {}),
      milliseconds: now() - start,
    }
  }
}

const everyTest = {
  fileTags: [],
  testLocations: undefined,
  testNamePattern: undefined,
  testTagsFilter: undefined,
}

const testsOf = (task: RunnerTask): RunnerTestCase[] =>
  task.type === 'test' ? [task] : task.tasks.flatMap(testsOf)
