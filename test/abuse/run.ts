// `npm run test:abuse -- --rounds 200`: the tests of this folder, with more requests than `npm test` sends.
import { scriptOptions } from '../script-options.ts'
import { printTotal, runVitest, sumOf } from '../vitest-run.ts'

const { values, positionals, wholeNumber } = scriptOptions(
  `npm run test:abuse -- [options] [FILE ...]
  --rounds 200   how many requests each flood has
  FILE           a test file of test/abuse; without one, all of them`,
  { options: { rounds: { type: 'string', default: '200' } }, allowPositionals: true },
)
const rounds = wholeNumber('rounds', values.rounds)
console.log(`${rounds} requests of each flood`)
const isWhole = positionals.length === 0
const run = await runVitest('test/vitest.config.ts', isWhole ? ['test/abuse'] : positionals, {
  environment: { VITE_ABUSE_ROUNDS: String(rounds) },
  suite: isWhole ? 'abuse' : null,
})
for (const [name, number] of Object.entries(sumOf(run.counted))) console.log(`${name}: ${number}`)
printTotal([run])
