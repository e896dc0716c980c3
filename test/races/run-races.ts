// Runs races as tests: `VITE_RACE_ROUNDS`, `VITE_RACE_ONLY` and `VITE_RACE_SEED` of the environment ask for
// more rounds than those of every day, for some of the races, or for the interleaving of an earlier run.
import { describe, expect, it } from 'vitest'
import { countIn } from '../support/counted.ts'
import type { RunnableRace } from './engine.ts'

const { VITE_RACE_ROUNDS, VITE_RACE_ONLY, VITE_RACE_SEED } = import.meta.env
const rounds = Number(VITE_RACE_ROUNDS ?? 1)
const seed = Number(VITE_RACE_SEED ?? Math.floor(Math.random() * 1_000_000_000))
const only = String(VITE_RACE_ONLY ?? '')

/** How many violations are shown of a race. */
const mostShown = 3

/** Runs each of these races for so many rounds, as a test of its own. */
export function runRaces(races: readonly RunnableRace[]): void {
  describe('Of 50 at once', () => {
    for (const { name, run } of races.filter((one) => one.name.includes(only))) {
      it(
        `${name}: the documented ones win`,
        { timeout: 30_000 + rounds * 10_000 },
        async (context) => {
          const violations: string[] = []
          for (let round = 0; round < rounds; round++) {
            const { requests, violation } = await run(round, seed)
            if (violation !== null) violations.push(`round ${round}: ${violation}`)
            countIn(context, { 'race rounds': 1, 'race requests': requests })
          }
          countIn(context, { 'race violations': violations.length })
          const shown = violations.slice(0, mostShown)
          expect({ seed, violations: violations.length, shown }).toEqual({
            seed,
            violations: 0,
            shown: [],
          })
        },
      )
    }
  })
}
