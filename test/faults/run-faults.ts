// `npm run test:faults [-- ROOM ...] [-t NAME]`: a fault of every kind at every call of every job, and the
// counts. A room is a file of the jobs' tests, such as `tokens` or `console`; `-t` takes a part of a name.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startVitest } from 'vitest/node'
import { recordCounts } from '../counts.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { name: { type: 'string', short: 't', default: '' } },
})
const isWhole = positionals.length === 0 && values.name === ''
const rooms = positionals.length > 0 ? positionals : ['']

process.env.VITE_FAULTS = 'all'
const vitest = await startVitest(
  'test',
  [
    ...rooms.map((room) => `test/faults/${room === '' ? '' : `${room}.matrix`}`),
    ...(isWhole ? [] : ['test/faults/routes.test.ts']),
  ],
  {
    root: join(import.meta.dirname, '../..'),
    config: 'test/vitest.config.ts',
    project: ['worker'],
    watch: false,
    ...(values.name === '' ? {} : { testNamePattern: values.name }),
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
// A part of the jobs is no count of the suite.
if (isWhole) recordCounts('faults', sums)
await vitest.close()
