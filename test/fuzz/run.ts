// `npm run fuzz -- --minutes 5 [--seed N] [--target jwt]`: the parsers in plain Node and whole requests
// in workerd, side by side, and a table of what was tried and found. A target of `requests` is the
// second alone. `--keep` adds to the corpus what reaches outcomes that few inputs reach.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { recordCounts } from '../counts.ts'
import { newSeed, scriptOptions } from '../script-options.ts'

const projectFolder = join(import.meta.dirname, '../..')

const { values, number, wholeNumber, refuse } = scriptOptions(
  `npm run fuzz -- [options]
  --minutes 1     how long inputs are tried
  --seed N        repeats the inputs of an earlier run
  --target jwt    one parser (test/fuzz/targets); requests = whole requests alone
  --keep          adds inputs that reach something new to test/fuzz/corpus`,
  {
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: newSeed() },
      target: { type: 'string', default: '' },
      keep: { type: 'boolean', default: false },
    },
  },
)
const seconds = Math.round(number('minutes', values.minutes, 0.1) * 60)
const seed = String(wholeNumber('seed', values.seed, 0))
const { target } = values

const row = z.object({
  target: z.string(),
  inputs: z.number(),
  outcomes: z.number(),
  findings: z.array(z.looseObject({ rule: z.string(), input: z.unknown() })),
})
type Row = z.infer<typeof row>

/** Ends the other program where one has failed. */
const end = new AbortController()

/** Runs a program of this project, and returns what it prints. */
function run(program: string, parameters: string[], environment: object = {}): Promise<string> {
  const child = spawn(program, parameters, {
    cwd: projectFolder,
    shell: process.platform === 'win32',
    signal: end.signal,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', ...environment },
  })
  let text = ''
  child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve(text))
  })
}

async function parsers(): Promise<Row[]> {
  const keep = values.keep ? ['keep'] : []
  const parameters = ['test/fuzz/parsers.ts', String(seconds), seed, target, ...keep]
  const printed = await run(process.execPath, parameters)
  const last = printed.trimEnd().split('\n').at(-1) ?? ''
  if (last === '') throw new Error('the process of the parsers told nothing: see above')
  return z.array(row).parse(JSON.parse(last))
}

const report = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({
          status: z.string(),
          failureMessages: z.array(z.string()),
          meta: z.looseObject({ fuzz: row.optional() }).optional(),
        }),
      ),
    }),
  ),
})

async function requests(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'postern-fuzz-'))
  try {
    const file = join(folder, 'report.json')
    await run(
      'vitest',
      [
        ...['run', '--config', 'test/vitest.config.ts', '--project', 'worker'],
        ...['--reporter=json', `--outputFile.json=${file}`, 'test/fuzz/requests.test.ts'],
      ],
      { VITE_FUZZ_SECONDS: String(seconds), VITE_FUZZ_SEED: seed },
    )
    const { testResults } = report.parse(JSON.parse(readFileSync(file, 'utf8')))
    const results = testResults.flatMap(({ assertionResults }) => assertionResults)
    const rows = results.flatMap(({ meta }) => meta?.fuzz ?? [])
    // A run that told nothing has failed in another way.
    const failures = results.flatMap(({ failureMessages }) => failureMessages)
    if (rows.length === 0) throw new Error(failures.join('\n') || 'the requests told nothing')
    return rows
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const rows = (
  await Promise.all([
    target === 'requests' ? [] : parsers(),
    target === '' || target === 'requests' ? requests() : [],
  ]).catch((failure: unknown) => {
    end.abort()
    throw failure
  })
).flat()
if (rows.length === 0) refuse(`there is no target ${target}`)

const width = Math.max(...rows.map((one) => one.target.length))
console.log(`${'target'.padEnd(width)}  ${'inputs'.padStart(9)}  outcomes  found`)
for (const { target: name, inputs, outcomes, findings } of rows) {
  const counts = [String(inputs).padStart(9), String(outcomes).padStart(8)]
  console.log(`${name.padEnd(width)}  ${counts.join('  ')}  ${String(findings.length).padStart(5)}`)
}
for (const { target: name, findings } of rows) {
  for (const finding of findings) console.log(`\n${name}: ${JSON.stringify(finding, null, 2)}`)
}

const found = rows.reduce((sum, { findings }) => sum + findings.length, 0)
const sumOf = (of: readonly Row[]): number => of.reduce((sum, { inputs }) => sum + inputs, 0)
const isRequests = ({ target: name }: Row): boolean => name === 'requests'
const counts = {
  'fuzz inputs': sumOf(rows.filter((one) => !isRequests(one))),
  'fuzz requests': sumOf(rows.filter(isRequests)),
  'fuzz targets': rows.length,
}
recordCounts('fuzz', counts)
const told = Object.entries(counts).map(([name, count]) => `${count} ${name}`)
console.log(`\n${told.join(', ')}; ${found} found (seed ${seed})`)
process.exitCode = found > 0 ? 1 : 0
