// `npm run model -- --runs 5000 [--seed N] [--length N]`: so many runs of commands against the server and the
// model. What a failure prints, `--seed N --path P --length N`, takes that run alone once more.
import { newSeed, scriptOptions } from '../script-options.ts'
import { printTotal, runVitest, sumOf } from '../vitest-run.ts'

const { values, wholeNumber, refuse } = scriptOptions(
  `npm run model -- [options]
  --runs 5000     how many runs of commands are drawn
  --seed N        repeats the runs of an earlier time
  --path P        with the seed of a failure: that run alone
  --length N      how many commands a run has at most, as the failure prints it`,
  {
    options: {
      runs: { type: 'string', default: '5000' },
      seed: { type: 'string' },
      length: { type: 'string' },
      path: { type: 'string' },
    },
  },
)
const { length, path } = values
if (path !== undefined && values.seed === undefined)
  refuse('--path needs the --seed of its failure')
const runs = wholeNumber('runs', values.runs)
// fast-check prints seeds below zero, too.
const seed = String(wholeNumber('seed', values.seed ?? newSeed(), Number.MIN_SAFE_INTEGER))
if (length !== undefined) wholeNumber('length', length)
const files = path === undefined ? ['short-runs', 'longer-runs'] : ['short-runs']
console.log(`${runs} runs, seed ${seed}`)

const run = await runVitest(
  'test/vitest.config.ts',
  ['--project', 'worker', '--maxWorkers=2', ...files.map((name) => `test/model/${name}.test.ts`)],
  {
    environment: {
      VITE_MODEL_SEED: seed,
      VITE_MODEL_RUNS: String(Math.ceil(runs / files.length)),
      ...(length === undefined ? {} : { VITE_MODEL_LENGTH: length }),
      ...(path === undefined ? {} : { VITE_MODEL_PATH: path }),
    },
    // A run that is looked at again is no count of the suite.
    suite: path === undefined ? 'model' : null,
  },
)
for (const [name, number] of Object.entries(sumOf(run.counted))) console.log(`${name}: ${number}`)
printTotal([run])
