// `npm run test:abuse -- --rounds 200`: the tests of this folder, with more requests than `npm test` sends.
import { parseArgs } from 'node:util'
import { printTotal, runVitest, sumOf } from '../vitest-run.ts'

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '200' } },
  allowPositionals: true,
})
if (!/^[1-9]\d*$/.test(values.rounds)) throw new Error('--rounds must be a whole number')
console.log(`${values.rounds} requests of each flood`)
const isWhole = positionals.length === 0
const run = await runVitest('test/vitest.config.ts', isWhole ? ['test/abuse'] : positionals, {
  environment: { VITE_ABUSE_ROUNDS: values.rounds },
  suite: isWhole ? 'abuse' : null,
})
for (const [name, number] of Object.entries(sumOf(run.counted))) console.log(`${name}: ${number}`)
printTotal([run])
