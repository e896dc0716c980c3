// `npm run mutants -- --reach`: runs every test file once and notes which source files it reaches.
import { instrument, type Mutant } from './instrument.ts'
import { nearestTests, testFiles } from './nearest.ts'
import type { Baseline, Work } from './plan.ts'
import { type Campaignlike, runCampaign } from './processes.ts'
import { loadReach, type Reach, reachText, saveReach } from './reach.ts'
import { filesInScope } from './record.ts'

const kept = 12

/** Takes the report of each test file and gives it nothing to try. */
class Survey implements Campaignlike {
  readonly reach: Reach = {}
  readonly troubles: string[] = []
  isOver = false
  readonly #fileOf: Map<string, string>
  readonly #sizes = new Map<string, number>()
  readonly #done = new Set<string>()

  constructor(mutants: readonly Mutant[]) {
    this.#fileOf = new Map(mutants.map(({ id, file }) => [id, file]))
    for (const { file } of mutants) this.#sizes.set(file, (this.#sizes.get(file) ?? 0) + 1)
  }

  get isIdle(): boolean {
    return true
  }

  isWanted(test: string): boolean {
    return !this.isOver && !this.#done.has(test)
  }

  begin({ file: test, tests, reached }: Baseline): void {
    this.#done.add(test)
    const counts = new Map<string, number>()
    for (const id of Object.keys(reached.byTest['any'] ?? {})) {
      const source = this.#fileOf.get(id)
      if (source !== undefined) counts.set(source, (counts.get(source) ?? 0) + 1)
    }
    const shares = [...counts].map(([source, count]): [string, number] => [
      source,
      Math.round((100 * count) / (this.#sizes.get(source) ?? 1)),
    ])
    this.reach[test] = {
      milliseconds: Math.round(tests.reduce((sum, { milliseconds }) => sum + milliseconds, 0)),
      sources: Object.fromEntries(shares.filter(([, share]) => share > 0)),
    }
    console.log(`${this.#done.size}: ${test}`)
  }

  next(): Work {
    return { do: 'end' }
  }

  settle(): void {}

  /** One process runs them all; a file that ended without a report is left out. */
  abandon(): void {
    this.isOver = true
  }
}

/**
 * Measures all test files, or `only` some, and writes test/mutants/reach.txt. For all of them it takes
 * as long as `npm test`.
 */
export async function measureReach(workers: number, only: readonly string[]): Promise<void> {
  const sources = filesInScope()
  const { texts, mutants } = await instrument(sources)
  const survey = new Survey(mutants)
  const known = testFiles()
  const tests = only.length > 0 ? only : known
  await runCampaign(survey, texts, tests, { workers, isReach: true, onOutcome: () => {} })
  const reach = only.length > 0 ? { ...loadReach(), ...survey.reach } : survey.reach
  saveReach(reachText(reach, sources, (source) => nearestTests(source, known, reach, kept)))
}
