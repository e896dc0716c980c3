// The parsers in a process of its own: `node test/fuzz/parsers.ts seconds seed [target] [keep]`. Its last
// line is a report in JSON for run.ts.
import { corpusOf, keep } from './corpus.ts'
import { newReport, replay, runSlice } from './engine.ts'
import { completePlatform } from './platform.ts'
import { allTargets } from './targets/targets.ts'

completePlatform()
const [seconds = 10, seed = 1] = process.argv.slice(2, 4).map(Number)
const [wanted = '', isKept = ''] = process.argv.slice(4)

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000_000
}

const targets = (await allTargets()).filter(({ name }) => wanted === '' || name === wanted)
const runs = targets.map((target) => ({
  target,
  report: newReport(target),
  corpus: corpusOf(target.name),
}))
for (const { target, report, corpus } of runs) {
  report.inputs += corpus.length
  report.findings.push(...(await replay(target, corpus)))
}
const end = performance.now() + seconds * 1_000
for (let slice = 0; runs.length > 0 && performance.now() < end; slice++) {
  const { target, report, corpus } = runs[slice % runs.length] ?? {}
  if (target === undefined || report === undefined || corpus === undefined) continue
  await runSlice(target, report, corpus, { seed, slice, measure: cpuSeconds })
}
for (const { target, report } of runs) {
  const short = [...report.outcomes.values()].filter((one) => JSON.stringify(one).length <= 160)
  if (isKept === 'keep') keep(target.name, short.slice(0, 25))
  keep(target.name, report.findings.map(({ input }) => input).filter(isShort))
}

function isShort(input: unknown): boolean {
  return JSON.stringify(input).length <= 2_000
}

console.log(
  JSON.stringify(
    runs.map(({ report: { target, inputs, outcomes, findings } }) => ({
      target,
      inputs,
      outcomes: outcomes.size,
      findings,
    })),
  ),
)
