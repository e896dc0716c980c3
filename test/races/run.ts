// `npm run test:races -- --rounds 1000 [--only NAME] [--seed N]`: every race for so many rounds, and a table
// of what came of them. `--only` takes a part of a name, so that a run can be gone on with.
import { newSeed, scriptOptions } from '../script-options.ts'
import { printTotal, runVitest, sumOf } from '../vitest-run.ts'

const { values, wholeNumber } = scriptOptions(
  `npm run test:races -- [options]
  --rounds 1000   how often each race is run
  --only jti      the races whose name has these words
  --seed N        repeats the delays of an earlier run`,
  {
    options: {
      rounds: { type: 'string', default: '1000' },
      only: { type: 'string', default: '' },
      seed: { type: 'string', default: newSeed() },
    },
  },
)
const rounds = String(wholeNumber('rounds', values.rounds))
const seed = String(wholeNumber('seed', values.seed, 0))
const { only } = values
console.log(`${rounds} rounds, seed ${seed}`)

const run = await runVitest(
  'test/vitest.config.ts',
  ['--project', 'worker', 'test/races/table.test.ts'],
  {
    environment: { VITE_RACE_ROUNDS: rounds, VITE_RACE_ONLY: only, VITE_RACE_SEED: seed },
    // A part of the races is no count of the suite.
    suite: only === '' ? 'races' : null,
  },
)

if (only !== '' && run.counted.length === 0)
  console.log(`\nNo race has these words in its name: ${only}`)

const columns = ['rounds', 'requests', 'violations']
const row = (counts: Record<string, number>, name: string): string =>
  [...columns.map((column) => String(counts[`race ${column}`] ?? 0).padStart(10)), ` ${name}`].join(
    ' ',
  )
console.log(`\n${columns.map((column) => column.padStart(10)).join(' ')}  race`)
for (const { title, counts } of run.counted) {
  console.log(row(counts, title.replace(': the documented ones win', '')))
}
console.log(row(sumOf(run.counted), 'in all'))
printTotal([run])
