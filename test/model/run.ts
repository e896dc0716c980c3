// `npm run model -- --runs 5000 [--seed N] [--length N]`: so many runs of commands against the server and the
// model. What a failure prints, `--seed N --path P --length N`, takes that run alone once more.
import { parseArgs } from 'node:util'
import { printTotal, runVitest, sumOf } from '../vitest-run.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000_000)) },
    length: { type: 'string' },
    path: { type: 'string' },
  },
})

const { runs, seed, length, path } = values
const files = path === undefined ? ['short-runs', 'longer-runs'] : ['short-runs']
console.log(`${runs} runs, seed ${seed}`)

const run = await runVitest(
  'test/vitest.config.ts',
  ['--project', 'worker', '--maxWorkers=2', ...files.map((name) => `test/model/${name}.test.ts`)],
  {
    environment: {
      VITE_MODEL_SEED: seed,
      VITE_MODEL_RUNS: String(Math.ceil(Number(runs) / files.length)),
      ...(length === undefined ? {} : { VITE_MODEL_LENGTH: length }),
      ...(path === undefined ? {} : { VITE_MODEL_PATH: path }),
    },
    // A run that is looked at again is no count of the suite.
    suite: path === undefined ? 'model' : null,
  },
)
for (const [name, number] of Object.entries(sumOf(run.counted))) console.log(`${name}: ${number}`)
printTotal([run])
