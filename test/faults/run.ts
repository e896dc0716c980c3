// `npm run test:faults`: a fault of every kind at every call of every job, and the counts.
import { printTotal, runVitest, sumOf } from '../vitest-run.ts'

const run = await runVitest(
  'test/vitest.config.ts',
  ['--project', 'worker', 'test/faults/', ...process.argv.slice(2)],
  { environment: { VITE_FAULTS: 'all' }, suite: 'faults' },
)
for (const [name, number] of Object.entries(sumOf(run.counted))) console.log(`${name}: ${number}`)
printTotal([run])
