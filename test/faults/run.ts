// `npm run test:faults [-- FILE ...]`: every fault at every call of every job, and the counts. Files narrow it.
import { scriptOptions } from '../script-options.ts'
import { printTotal, runVitest, sumOf } from '../vitest-run.ts'

const { positionals: files } = scriptOptions(
  `npm run test:faults -- [FILE ...]
  FILE   a test file of test/faults; without one, all of them`,
  { allowPositionals: true },
)
const isWhole = files.length === 0

const run = await runVitest(
  'test/vitest.config.ts',
  ['--project', 'worker', ...(isWhole ? ['test/faults/'] : files)],
  { environment: { VITE_FAULTS: 'all' }, suite: isWhole ? 'faults' : null },
)
for (const [name, number] of Object.entries(sumOf(run.counted))) console.log(`${name}: ${number}`)
printTotal([run])
