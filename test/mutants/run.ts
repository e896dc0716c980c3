// `npm run mutants -- OPTIONS`: changes the source files in every small way that a mutator knows, one
// change at a time, and runs the tests nearest to each: a change that no test notices is a rule that no
// test holds. See test/README.md.
import { existsSync } from 'node:fs'
import { recordCounts } from '../counts.ts'
import { scriptOptions } from '../script-options.ts'
import { printTotal } from '../vitest-run.ts'
import { Campaign } from './campaign.ts'
import { equivalents } from './equivalent.ts'
import { instrument } from './instrument.ts'
import { measureReach } from './measure-reach.ts'
import { nearestTests, testFiles } from './nearest.ts'
import { runCampaign } from './processes.ts'
import { loadReach } from './reach.ts'
import {
  changedFiles,
  contentOf,
  filesInScope,
  hashOf,
  loadRecord,
  readRecord,
  saveRecord,
} from './record.ts'
import { type Report, reportOf, shownReport, isAtFloor } from './report.ts'
import { sampled, withoutEquivalents } from './select.ts'

const usage = `npm run mutants -- one of
  --changed               files that were changed since they were measured
  --file src/a.ts ...     these files
  --room src/core/tokens  the files of a folder
  --reach                 measures which test files reach which source files (or --test
                          alone), into reach.txt
  --all                   all of src/core, src/store, src/crypto and src/protocol
and any of
  --minutes 10            as many mutants as fit, chosen by the content of the files
  --sample 200 --seed 7   so many mutants, chosen by the seed
  --again                 only what the record names as surviving or not reached
  --test test/a.test.ts   tries this test file, too, and first
  --nearest 6             how many test files are tried for each source file
  --workers 2             how many test files run at once
  --record                writes what was measured to test/mutants/record.json
  --verbose               prints each run of a mutant as it ends
  --list                  prints the mutants and the test files, and runs nothing`

const {
  values: options,
  number,
  wholeNumber,
  refuse,
} = scriptOptions(usage, {
  options: {
    changed: { type: 'boolean', default: false },
    file: { type: 'string', multiple: true, default: [] },
    room: { type: 'string', multiple: true, default: [] },
    all: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    sample: { type: 'string' },
    seed: { type: 'string' },
    again: { type: 'boolean', default: false },
    test: { type: 'string', multiple: true, default: [] },
    nearest: { type: 'string', default: '6' },
    workers: { type: 'string', default: '1' },
    record: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    reach: { type: 'boolean', default: false },
  },
})

/** How many mutants one worker tries in a minute on a slow machine. */
const perMinute = 60

const workers = wholeNumber('workers', options.workers)
const nearest = wholeNumber('nearest', options.nearest)
const minutes = options.minutes === undefined ? undefined : number('minutes', options.minutes, 0.1)
const sample = options.sample === undefined ? undefined : wholeNumber('sample', options.sample)

const record = loadRecord()
const files = selectedFiles()
if (options.reach) await measureReach(workers, options.test)
else if (files === null) refuse('what is to be measured is missing')
else if (files.length === 0) {
  console.log('No file was changed since it was measured.')
  printTotal([])
} else await measure(files)

function selectedFiles(): string[] | null {
  const inScope = filesInScope()
  if (options.all) return inScope
  if (options.changed) return changedFiles(record, inScope)
  const inRooms = options.room.flatMap((room) => {
    const folder = `${room.replace(/\/$/, '')}/`
    const found = inScope.filter((file) => file.startsWith(folder))
    if (found.length === 0) refuse(`no file in scope in ${room}`)
    return found
  })
  const absent = options.file.find((file) => !existsSync(file))
  if (absent !== undefined) refuse(`there is no file ${absent}`)
  const chosen = [...new Set([...options.file, ...inRooms])]
  return chosen.length === 0 ? null : chosen
}

async function measure(sources: string[]): Promise<void> {
  const { texts, mutants } = await instrument(sources)
  const { counted, equivalent, stale } = withoutEquivalents(mutants, sources, equivalents)
  const size = sample ?? (minutes === undefined ? Infinity : minutes * perMinute * workers)
  const seed = options.seed ?? hashOf(sources.map(contentOf).join('\n'))
  const open = options.again
    ? counted.filter(({ file, line, text }) => {
        const entry = record[file]
        const name = `${line}: ${text}`
        return [...(entry?.survivors ?? []), ...(entry?.uncovered ?? [])].includes(name)
      })
    : counted
  const chosen = sampled(open, size, seed)
  const tests = testFiles()
  const reach = loadReach()
  const candidates = new Map(
    sources.map((source) => [
      source,
      [...new Set([...options.test, ...nearestTests(source, tests, reach, nearest)])],
    ]),
  )
  console.log(
    `${chosen.length} of ${counted.length} mutants of ${sources.length} files, seed ${seed}`,
  )
  if (options.list) {
    for (const [source, near] of candidates) console.log(`${source}: ${near.join(' ')}`)
    for (const { file, line, mutator, text } of chosen) {
      console.log(`${file}:${line}: ${mutator}: ${text}`)
    }
    return
  }
  const start = Date.now()
  const deadline = minutes === undefined ? Infinity : start + minutes * 60_000
  const campaign = new Campaign(chosen, candidates, deadline)
  let shown = start
  const progress = () => {
    if (Date.now() - shown < 20_000) return
    shown = Date.now()
    const rate = Math.round(campaign.runs / ((shown - start) / 60_000))
    const count = (fate: string) => campaign.entries.filter((entry) => entry.fate === fate).length
    console.log(
      `${Math.round((shown - start) / 1000)} s: ${count('killed') + count('timed out')} killed, ${count('survived')} alive, ${count('uncovered')} not reached yet (${rate} runs a minute)`,
    )
  }
  await runCampaign(campaign, texts, inOrder(candidates), {
    workers,
    onOutcome: ({ file, mutant, state, failed, milliseconds }) => {
      progress()
      if (!options.verbose) return
      const name = chosen.find(({ id }) => id === mutant)
      const what = name === undefined ? 'no mutant' : `${name.file}:${name.line}: ${name.text}`
      const how = state === 'pass' ? 'passes' : `fails: ${failed?.name}: ${failed?.message}`
      console.log(`${Math.round(milliseconds)} ms, ${what}: ${file} ${how}`)
    },
  })
  campaign.close()
  const reports = sources.map((file) =>
    reportOf(file, {
      hash: hashOf(contentOf(file)),
      mutants: counted.filter((mutant) => mutant.file === file).length,
      equivalent: equivalent.filter((mutant) => mutant.file === file).length,
      entries: campaign.entries.filter(({ mutant }) => mutant.file === file),
      known: options.again ? record[file] : null,
    }),
  )
  finish(reports, campaign, { stale, seconds: (Date.now() - start) / 1000 })
}

function finish(
  reports: Report[],
  campaign: Campaign,
  { stale, seconds }: { stale: typeof equivalents; seconds: number },
): void {
  const isSample = sample !== undefined || minutes !== undefined
  for (const report of reports) console.log(shownReport(report))
  const entries = Object.fromEntries(reports.map(({ file, measured }) => [file, measured]))
  const sums = readRecord(entries)
  console.log(
    `${sums.tried} of ${sums.mutants} mutants tried, ${sums.killed} killed, ${sums.timedOut} timed out, ${sums.survived} survived, ${sums.uncovered} not reached, ${sums.equivalent} equivalent: ${(100 * sums.score).toFixed(1)} % (${Math.round(campaign.runs / (seconds / 60))} runs a minute)`,
  )
  for (const trouble of campaign.troubles) console.log(`Trouble: ${trouble}`)
  for (const { file, text } of stale) console.log(`No such mutant any more: ${file}: ${text}`)
  if (options.record) saveRecord(entries)
  recordCounts('mutants', {
    'mutants tried': sums.tried,
    'mutants killed': sums.killed + sums.timedOut,
  })
  const low = reports.filter((report) => !isAtFloor(report.measured, isSample))
  const failures = [
    ...low.map(({ file }) => `${file}: too few mutants were killed`),
    ...stale.map(({ file, text }) => `test/mutants/equivalent.ts: ${file} has no mutant ${text}`),
  ]
  const passed = reports.length - low.length
  printTotal([{ passed, failed: failures.length, retried: [], failures }])
}

/** The test files of all source files: first what is nearest to any of them. */
function inOrder(candidates: ReadonlyMap<string, readonly string[]>): string[] {
  const places = new Map<string, number>()
  for (const tests of candidates.values()) {
    for (const [place, test] of tests.entries()) {
      places.set(test, Math.min(place, places.get(test) ?? Infinity))
    }
  }
  return [...places].toSorted(([, one], [, other]) => one - other).map(([test]) => test)
}
