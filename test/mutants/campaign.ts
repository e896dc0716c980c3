// One measurement: hands mutants to the test files that reach them until each is killed, has survived
// them all, or the time is up. It trusts no process for long: between mutants the tests run without one,
// and if they fail then, what they said since they last passed counts for nothing.
import type { Mutant } from './instrument.ts'
import type { Baseline, Outcome, Work } from './plan.ts'

/** `uncovered`: no test reaches it. `untried`: the time was up, or no process could be trusted. */
export type Fate = 'killed' | 'timed out' | 'survived' | 'uncovered' | 'untried'

export type Entry = {
  readonly mutant: Mutant
  fate: Fate
  /** The test that killed it, as `file: name: message`. */
  by: string
  /** How many test files reached it and passed. */
  survived: number
  /** The test file that is trying it now. */
  isTaken: boolean
}

type FileState = {
  readonly baseline: Baseline
  pending: Entry[]
  current: { kind: 'mutant' | 'alone' | 'control'; entry: Entry | null; test: string } | null
  /** Kills since the last control that passed. */
  unconfirmed: Entry[]
  /** Tests that are to be run alone, without a mutant, because each has killed one in a selection. */
  toCheck: { test: string; entry: Entry }[]
  /** Tests that pass alone. */
  independent: Set<string>
  /** Whether some test needs the others before it: then all of them run for each mutant. */
  isOrdered: boolean
}

const controlEvery = 40
const mostAttempts = 3

export class Campaign {
  readonly entries: readonly Entry[]
  /** What the person who measures should know: tests that fail without a mutant, processes that hung. */
  readonly troubles: string[] = []
  runs = 0
  readonly #files = new Map<string, FileState>()
  readonly #attempts = new Map<string, number>()
  readonly #finished = new Set<string>()
  readonly #candidates: ReadonlyMap<string, readonly string[]>
  readonly #deadline: number

  /** `candidates`: the test files of each source file. `deadline`: when no mutant is begun any more. */
  constructor(
    mutants: readonly Mutant[],
    candidates: ReadonlyMap<string, readonly string[]>,
    deadline = Infinity,
  ) {
    this.entries = mutants.map((mutant) => ({
      mutant,
      fate: 'uncovered',
      by: '',
      survived: 0,
      isTaken: false,
    }))
    this.#candidates = candidates
    this.#deadline = deadline
  }

  get isOver(): boolean {
    return Date.now() > this.#deadline
  }

  /** Whether a test file has mutants left to try. */
  isWanted(test: string): boolean {
    return (
      !this.isOver &&
      !this.#finished.has(test) &&
      this.entries.some((entry) => this.#isOpen(entry, test))
    )
  }

  /** Whether no test file is being worked on. */
  get isIdle(): boolean {
    return this.#files.size === 0
  }

  #isOpen({ mutant, fate }: Entry, test: string): boolean {
    const isAlive = fate === 'uncovered' || fate === 'survived'
    return isAlive && this.#candidates.get(mutant.file)?.includes(test) === true
  }

  /** Takes the report of a run without a mutant. */
  begin(baseline: Baseline): void {
    const { file: test, state, tests, reached } = baseline
    const attempt = (this.#attempts.get(test) ?? 0) + 1
    this.#attempts.set(test, attempt)
    if (state === 'fail') {
      if (attempt < mostAttempts) return
      this.troubles.push(`${test} fails without a mutant`)
      this.#finished.add(test)
      return
    }
    const ids = new Set(
      [reached.always, ...Object.values(reached.byTest)].flatMap((found) => Object.keys(found)),
    )
    this.#files.set(test, {
      baseline,
      pending: this.entries.filter(
        (entry) => this.#isOpen(entry, test) && ids.has(entry.mutant.id),
      ),
      current: null,
      unconfirmed: [],
      toCheck: [],
      // A file of one test needs no check.
      independent: new Set(tests.length === 1 ? tests.map(({ id }) => id) : []),
      isOrdered: false,
    })
  }

  /** Returns what a test file is to do next. */
  next(test: string): Work {
    const file = this.#files.get(test)
    if (file === undefined) return { do: 'end' }
    const check = file.toCheck.shift()
    if (check !== undefined) {
      file.current = { kind: 'alone', entry: check.entry, test: check.test }
      return work(file, null, [check.test])
    }
    file.pending = file.pending.filter((entry) => this.#isOpen(entry, test))
    const entry = this.isOver ? undefined : file.pending.find(({ isTaken }) => !isTaken)
    const isLast = entry === undefined && (this.isOver || file.pending.length === 0)
    if (file.unconfirmed.length >= controlEvery || (isLast && file.unconfirmed.length > 0)) {
      file.current = { kind: 'control', entry: null, test: '' }
      return work(file, null, all(file))
    }
    if (isLast) {
      this.#files.delete(test)
      this.#finished.add(test)
      return { do: 'end' }
    }
    if (entry === undefined) return { do: 'wait' }
    entry.isTaken = true
    file.current = { kind: 'mutant', entry, test: '' }
    const { id } = entry.mutant
    return work(file, id, file.isOrdered ? all(file) : testsThatReach(file.baseline, id))
  }

  /** Takes what became of it. */
  settle(outcome: Outcome): void {
    const file = this.#files.get(outcome.file)
    if (file === undefined || file.current === null) return
    const { kind, entry, test } = file.current
    file.current = null
    if (kind === 'control') this.#confirm(file, outcome)
    else if (entry !== null && kind === 'alone') alone(file, entry, test, outcome)
    else if (entry !== null) this.#judge(file, entry, outcome)
  }

  #judge(file: FileState, entry: Entry, { file: test, state, failed }: Outcome): void {
    this.runs += 1
    entry.isTaken = false
    file.pending = file.pending.filter((other) => other !== entry)
    if (state === 'pass') {
      entry.fate = 'survived'
      entry.survived += 1
      return
    }
    const { id, name, message } = failed ?? { id: '', name: '', message: '' }
    entry.fate = message.includes('Stryker: Hit count limit') ? 'timed out' : 'killed'
    entry.by = `${test}: ${name}: ${message}`
    file.unconfirmed.push(entry)
    const isTest = file.baseline.tests.some((one) => one.id === id)
    if (isTest && !file.isOrdered && !file.independent.has(id))
      file.toCheck.push({ test: id, entry })
  }

  #confirm(file: FileState, { file: test, state, failed }: Outcome): void {
    if (state === 'fail') {
      for (const entry of file.unconfirmed) revive(entry)
      this.#files.delete(test)
      if ((this.#attempts.get(test) ?? 0) < mostAttempts) return
      const reason = `${failed?.name}: ${failed?.message}`
      this.troubles.push(`${test} fails without a mutant after some mutants: ${reason}`)
      this.#finished.add(test)
    }
    file.unconfirmed = []
  }

  /** The process that ran tests has hung or ended: what it was trying will not come back. */
  abandon(): void {
    for (const [test, file] of this.#files) {
      for (const entry of file.unconfirmed) revive(entry)
      const { kind, entry } = file.current ?? { kind: 'control', entry: null }
      if (entry !== null && kind === 'mutant') {
        entry.isTaken = false
        entry.fate = 'timed out'
        entry.by = `${test}: no sign of life`
      } else if (this.#attempts.get(test) === mostAttempts) {
        this.#finished.add(test)
        this.troubles.push(`${test} hung without a mutant`)
      }
    }
    this.#files.clear()
  }

  /** After the end: what is left was not reached because there was no time, or no process to trust. */
  close(): void {
    const isTried = (entry: Entry) =>
      this.#candidates.get(entry.mutant.file)?.every((test) => this.#finished.has(test)) === true
    for (const entry of this.entries) {
      if ((entry.fate === 'uncovered' || entry.fate === 'survived') && !isTried(entry)) {
        entry.fate = 'untried'
      }
    }
  }
}

/** A test has killed a mutant in a selection of tests: the kill counts if the test passes alone. */
function alone(file: FileState, entry: Entry, test: string, { state }: Outcome): void {
  if (state === 'pass') {
    file.independent.add(test)
    return
  }
  file.isOrdered = true
  for (const revived of new Set([...file.unconfirmed, entry])) {
    revive(revived)
    file.pending.push(revived)
  }
  file.unconfirmed = []
  file.toCheck = []
}

function revive(entry: Entry): void {
  entry.fate = entry.survived > 0 ? 'survived' : 'uncovered'
  entry.by = ''
}

const all = ({ baseline }: FileState): string[] => baseline.tests.map(({ id }) => id)

function testsThatReach({ tests, reached }: Baseline, mutant: string): string[] {
  const ids = tests.map(({ id }) => id)
  if (mutant in reached.always) return ids
  const reaching = ids.filter((id) => reached.byTest[id]?.[mutant] !== undefined)
  // What an isolate remembers is asked for by the first of many tests that need it.
  const [first] = reaching
  return reaching.length > 3 || first === undefined ? reaching : ids.slice(ids.indexOf(first))
}

function work(
  { baseline: { tests, reached } }: FileState,
  mutant: string | null,
  chosen: string[],
): Work {
  const { always, byTest } = reached
  const hits =
    mutant === null
      ? 0
      : Object.values(byTest).reduce((sum, ids) => sum + (ids[mutant] ?? 0), always[mutant] ?? 0)
  const slowest = Math.max(0, ...tests.map(({ milliseconds }) => milliseconds))
  return {
    do: 'run',
    mutant,
    tests: chosen,
    hitLimit: hits * 100 + 10_000,
    timeout: mutant === null ? 60_000 : 8_000 + 4 * slowest,
  }
}
