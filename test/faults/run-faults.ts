// `npm run test:faults`: a fault of every kind at every call of every job, and the counts.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { recordCounts } from '../counts.ts'

const report = join(mkdtempSync(join(tmpdir(), 'postern-faults-')), 'report.json')
const config = join(import.meta.dirname, '../vitest.config.ts')
const { status } = spawnSync(
  process.execPath,
  [
    join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs'),
    ...['run', '--config', config, '--project', 'worker', 'test/faults/'],
    ...['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`],
    ...process.argv.slice(2),
  ],
  { stdio: 'inherit', env: { ...process.env, VITE_FAULTS: 'all' } },
)

const counted = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({ meta: z.object({ counts: z.record(z.string(), z.number()) }).partial() }),
      ),
    }),
  ),
})
const { testResults } = counted.parse(JSON.parse(readFileSync(report, 'utf8')))
const counts: Record<string, number> = {}
for (const { meta } of testResults.flatMap(({ assertionResults }) => assertionResults)) {
  for (const [name, number] of Object.entries(meta.counts ?? {})) {
    counts[name] = (counts[name] ?? 0) + number
  }
}
recordCounts('faults', counts)
for (const [name, number] of Object.entries(counts)) console.log(`${name}: ${number}`)
process.exitCode = status ?? 1
