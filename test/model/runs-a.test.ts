import './cheap-crypto.ts'
import fc from 'fast-check'
import { it, vi } from 'vitest'
import { countIn } from '../support/counted.ts'
import { Actual } from './actual.ts'
import { Run, counts, spents } from './check.ts'
import { runsOf } from './commands.ts'

vi.useFakeTimers({ toFake: ['Date'] })
const actual = await Actual.start()
it('runs', async (context) => {
  const env: Record<string, string | undefined> = import.meta.env
  const start = performance.now()
  await fc
    .assert(
      fc.asyncProperty(runsOf(Number(env['VITE_MODEL_LENGTH'] ?? 5)), async (steps) => {
        const run = await Run.begin(actual)
        await run.take(steps)
      }),
      {
        numRuns: Number(env['VITE_MODEL_RUNS'] ?? 100),
        ...(env['VITE_MODEL_SEED'] ? { seed: Number(env['VITE_MODEL_SEED']) } : {}),
      },
    )
    .finally(() =>
      console.log(
        JSON.stringify(counts),
        JSON.stringify(
          Object.fromEntries(
            Object.entries(spents).map(([k, [n, t]]) => [k, [n, Math.round((t / n) * 10) / 10]]),
          ),
        ),
        performance.now() - start,
      ),
    )
  countIn(context, { 'model runs': counts.runs, 'model steps': counts.steps })
}, 300_000)
