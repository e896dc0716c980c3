// `npm run test:abuse -- --rounds 200`: the tests of this folder, with more requests than `npm test` sends.
import { parseArgs } from 'node:util'
import { printTotal, runVitest } from '../vitest-run.ts'

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '200' } },
  allowPositionals: true,
})
if (!/^[1-9]\d*$/.test(values.rounds)) throw new Error('--rounds must be a whole number')
process.env['VITE_ABUSE_ROUNDS'] = values.rounds
console.log(`${values.rounds} requests of each flood`)
const folder = positionals.length > 0 ? positionals : ['test/abuse']
printTotal([await runVitest('test/vitest.config.ts', folder)])
