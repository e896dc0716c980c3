// `npm run model -- --runs 5000 [--seed N] [--length N]`: so many runs of commands against the server and the
// model. What a failure prints, `--seed N --path P --length N`, takes that run alone once more.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startVitest } from 'vitest/node'
import { recordCounts } from '../counts.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000_000)) },
    length: { type: 'string' },
    path: { type: 'string' },
  },
})

const files = values.path === undefined ? ['short-runs', 'longer-runs'] : ['short-runs']
process.env.VITE_MODEL_SEED = values.seed
process.env.VITE_MODEL_RUNS = String(Math.ceil(Number(values.runs) / files.length))
if (values.length !== undefined) process.env.VITE_MODEL_LENGTH = values.length
if (values.path !== undefined) process.env.VITE_MODEL_PATH = values.path
console.log(`${values.runs} runs, seed ${values.seed}`)

const vitest = await startVitest(
  'test',
  files.map((name) => `test/model/${name}.test.ts`),
  {
    root: join(import.meta.dirname, '../..'),
    config: 'test/vitest.config.ts',
    project: ['worker'],
    watch: false,
    maxWorkers: 2,
  },
)

const sums: Record<string, number> = {}
for (const file of vitest.state.getTestModules()) {
  for (const test of file.children.allTests()) {
    for (const [name, number] of Object.entries(test.meta().counts ?? {})) {
      sums[name] = (sums[name] ?? 0) + number
    }
  }
}
for (const [name, number] of Object.entries(sums)) console.log(`${name}: ${number}`)
// A run that is looked at again is no count of the suite.
if (values.path === undefined) recordCounts('model', sums)
await vitest.close()
