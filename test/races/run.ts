// `npm run test:races -- --rounds 1000 [--only NAME] [--seed N]`: every race for so many rounds, and a table
// of what came of them. `--only` takes a part of a name, so that a run can be gone on with.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startVitest } from 'vitest/node'
import { recordCounts } from '../counts.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1000' },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000_000)) },
  },
})

process.env.VITE_RACE_ROUNDS = values.rounds
process.env.VITE_RACE_ONLY = values.only
process.env.VITE_RACE_SEED = values.seed
console.log(`${values.rounds} rounds, seed ${values.seed}`)

const vitest = await startVitest('test', ['test/races/table.test.ts'], {
  root: join(import.meta.dirname, '../..'),
  config: 'test/vitest.config.ts',
  project: ['worker'],
  watch: false,
  passWithNoTests: true,
})

const sums = { 'race rounds': 0, 'race requests': 0, 'race violations': 0 }
console.log(
  `\n${['rounds', 'requests', 'violations'].map((title) => title.padStart(10)).join(' ')}  race`,
)
for (const file of vitest.state.getTestModules()) {
  for (const test of file.children.allTests()) {
    const { counts = {} } = test.meta()
    const cells = Object.keys(sums).map((name) => String(counts[name] ?? '?').padStart(10))
    console.log(`${cells.join(' ')}  ${test.name.replace(': the documented ones win', '')}`)
    for (const name of ['race rounds', 'race requests', 'race violations'] as const) {
      sums[name] += counts[name] ?? 0
    }
  }
}
const total = Object.values(sums).map((sum) => String(sum).padStart(10))
console.log(`${total.join(' ')}  in all`)
// A part of the races is no count of the suite.
if (values.only === '') recordCounts('races', sums)
await vitest.close()
