// Runs targets: slice by slice, each with a seed of its own, until a number of inputs or a time is
// reached. A failure is shrunk by fast-check and noted, and the run goes on.
import fc from 'fast-check'
import type { Json } from './hostile.ts'
import type { Target } from './target.ts'

/** An input that broke a promise, as small as it was found to break it. */
export type Finding = { target: string; input: Json; rule: string; seed: number; slice: number }

export type Report = {
  target: string
  inputs: number
  /** The inputs by what became of them, the first of each. */
  outcomes: Map<string, Json>
  findings: Finding[]
}

/** CPU seconds after which an input counts as one that takes too long. */
const longestSeconds = 1

/** Reports that can be continued, one for each target. */
export const newReport = ({ name }: Target): Report => ({
  target: name,
  inputs: 0,
  outcomes: new Map(),
  findings: [],
})

/** Judges the inputs of a corpus, and returns those that break a promise. */
export async function replay(target: Target, corpus: readonly Json[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const input of corpus) {
    try {
      await target.judge(input)
    } catch (thrown) {
      findings.push({ target: target.name, input, rule: ruleOf(thrown), seed: 0, slice: 0 })
    }
  }
  return findings
}

/** Runs one slice of a target. `measure` returns the CPU seconds of this process; absent = no limit. */
export async function runSlice(
  target: Target,
  report: Report,
  corpus: readonly Json[],
  { seed, slice, measure }: { seed: number; slice: number; measure?: () => number },
): Promise<void> {
  const short = [...report.outcomes.values()].filter(
    (input) => JSON.stringify(input).length < 2_000,
  )
  const kinds = new Set(report.findings.map(({ rule }) => kindOf(rule)))
  const property = fc.asyncProperty(target.inputs([...corpus, ...short]), async (input) => {
    report.inputs += 1
    const before = measure?.() ?? 0
    const outcome = await outcomeOf(target, input, kinds)
    const seconds = (measure?.() ?? 0) - before
    if (seconds > longestSeconds) noteSlow(report, input, seconds, seed, slice)
    if (!report.outcomes.has(outcome) && report.outcomes.size < 400) {
      report.outcomes.set(outcome, input)
    }
  })
  const result = await fc.check(property, { seed: seed + slice, numRuns: target.slice })
  if (!result.failed || result.counterexample === null) return
  const [input] = result.counterexample
  const rule = ruleOf(result.errorInstance)
  report.findings.push({ target: target.name, input, rule, seed, slice })
}

/** Judges an input. A finding of a kind that is known is no second one, and the slice goes on. */
async function outcomeOf(target: Target, input: Json, kinds: Set<string>): Promise<string> {
  try {
    return await target.judge(input)
  } catch (thrown) {
    if (!kinds.has(kindOf(ruleOf(thrown)))) throw thrown
    return 'a known finding'
  }
}

// Not thrown: to shrink what takes seconds would take hours.
function noteSlow(report: Report, input: Json, seconds: number, seed: number, slice: number): void {
  if (report.findings.some(({ rule }) => rule.startsWith('takes'))) return
  const rule = `takes ${seconds.toFixed(1)} s of CPU`
  report.findings.push({ target: report.target, input, rule, seed, slice })
}

const ruleOf = (thrown: unknown): string =>
  thrown instanceof Error
    ? `${thrown.name}: ${thrown.message}`.slice(0, 500) + placeOf(thrown)
    : String(thrown)

/** Where in the product it was thrown. */
const placeOf = ({ stack = '' }: Error): string => {
  const place = /src\/[\w./-]+\.tsx?:\d+/.exec(stack)?.[0]
  return place === undefined ? '' : ` (${place})`
}

/** One finding of each kind is enough: digits and quoted texts differ. */
export const kindOf = (rule: unknown): string => String(rule).replace(/"(?:[^"\\]|\\.)*"|\d+/g, '')
