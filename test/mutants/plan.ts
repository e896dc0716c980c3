// What the process that measures tells those that run tests.

/** The environment variable that names the file of the plan. */
export const planVariable = 'POSTERN_MUTANTS_PLAN'

export type Plan = {
  /** The instrumented text of each source file, by its path in the project. */
  texts: Record<string, string>
  /** Test files by their path in the project, in the order in which they run. */
  tests: string[]
  /** Where the runners ask for mutants. */
  origin: string
  workers: number
  /** Whether only reach is measured: which test file reaches which mutants at all. */
  isReach: boolean
}

/** What a test file reports of its run without a mutant. */
export type Baseline = {
  file: string
  state: 'pass' | 'fail'
  /** The tests that passed. */
  tests: { id: string; name: string; milliseconds: number }[]
  /** Mutants that were reached outside of tests, and by each test, with the number of times. */
  reached: { always: Record<string, number>; byTest: Record<string, Record<string, number>> }
}

/** What a runner is to do next. `mutant` null = a control, without a mutant. */
export type Work =
  | { do: 'run'; mutant: string | null; tests: string[]; hitLimit: number; timeout: number }
  | { do: 'wait' }
  | { do: 'end' }

/** What became of it. */
export type Outcome = {
  file: string
  mutant: string | null
  state: 'pass' | 'fail'
  /** The first test that failed. */
  failed?: { id: string; name: string; message: string }
  milliseconds: number
}
