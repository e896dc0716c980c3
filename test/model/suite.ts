// The runs of one test file: drawn from a seed, counted, and replayed by what a failure prints.
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { countIn } from '../support/counted.ts'
import { Actual, transient } from './actual.ts'
import { Run, counts } from './check.ts'
import { type Step, runsOf } from './commands.ts'

const given: Record<string, string | undefined> = import.meta.env
const number = (name: string, otherwise: number): number => Number(given[name] ?? otherwise)

/** Declares the test of one file: so many runs of at most `length` steps, unless the environment says others. */
export function itIsAsTheModelSays({ runs, length }: { runs: number; length: number }): void {
  vi.useFakeTimers({ toFake: ['Date'] })
  it('whatever happens, grants, sessions and tokens live as the model says', async (context) => {
    const actual = await Actual.start()
    const seed = number('VITE_MODEL_SEED', Date.now() + Math.floor(Math.random() * 1e9)) | 0
    const path = given['VITE_MODEL_PATH']
    const property = fc.asyncProperty(
      runsOf(number('VITE_MODEL_LENGTH', length)),
      async (steps) => {
        const run = await Run.begin(actual)
        await run.take(steps)
      },
    )
    try {
      await fc.assert(property, {
        ...{ seed, numRuns: number('VITE_MODEL_RUNS', runs) },
        endOnFailure: given['VITE_MODEL_SHRINK'] === 'off' || path !== undefined,
        ...(path === undefined ? {} : { path }),
        reporter: (details) => report(details, length),
      })
      // However much was done, nothing of it stays for good.
      expect(await Run.rest(actual)).toEqual(Object.fromEntries(transient.map((name) => [name, 0])))
    } finally {
      const { steps, pairs, tokens } = counts
      countIn(context, {
        ...{ 'model runs': counts.runs, 'model steps': steps },
        ...{ 'model pairs at once': pairs, 'model looks at tokens': tokens },
      })
    }
  }, 3_600_000)
}

/** Fails with the steps of the shortest run, what the model says of them, and how to see them again. */
function report(details: fc.RunDetails<[readonly Step[]]>, length: number): void {
  if (!details.failed) return
  const steps = (details.counterexample?.[0] ?? []).map((step) => JSON.stringify(step)).join('\n')
  const replay = `npm run model -- --seed ${details.seed} --path ${details.counterexamplePath} --length ${number('VITE_MODEL_LENGTH', length)}`
  const { errorInstance } = details
  const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
  throw new Error(`${why}\n\n${steps}\n\nsee it again: ${replay}`)
}
