// What a run has found about one source file.
import type { Entry, Fate } from './campaign.ts'
import { type Measured, scoreOf } from './record.ts'

export type Report = { file: string; measured: Measured; killers: Map<string, number> }

/** The share of its mutants that the tests of a changed file must kill. */
export const floor = 0.9

/** `known`: what the record says of the file, where only its survivors were tried again. */
export function reportOf(
  file: string,
  {
    hash,
    mutants,
    equivalent,
    entries,
    known,
  }: {
    hash: string
    mutants: number
    equivalent: number
    entries: readonly Entry[]
    known: Measured | null | undefined
  },
): Report {
  const of = (fate: Fate) => entries.filter((entry) => entry.fate === fate)
  const names = (fate: Fate) => of(fate).map(({ mutant }) => `${mutant.line}: ${mutant.text}`)
  const killers = new Map<string, number>()
  for (const { by } of of('killed')) {
    const test = by.split(': ')[0] ?? ''
    killers.set(test, (killers.get(test) ?? 0) + 1)
  }
  const untried = of('untried').length
  const survivors = names('survived')
  const uncovered = names('uncovered')
  const tried = entries.length - untried
  const measured =
    known === null || known === undefined
      ? {
          tried,
          killed: of('killed').length,
          timedOut: of('timed out').length,
          survivors,
          uncovered,
        }
      : {
          // What has become equivalent since is tried no more.
          tried: known.killed + known.timedOut + entries.length,
          killed: known.killed + of('killed').length,
          timedOut: known.timedOut + of('timed out').length,
          survivors: [...survivors, ...names('untried')],
          uncovered,
        }
  return { file, measured: { hash, mutants, equivalent, ...measured }, killers }
}

/**
 * Whether a file stands at its floor. In a sample of a few mutants one survivor says nothing about the
 * share of all.
 */
export function isAtFloor(measured: Measured, isSample: boolean): boolean {
  const lost = measured.survivors.length + measured.uncovered.length
  return scoreOf(measured) >= floor || (isSample && lost <= 1)
}

export function shownReport({ file, measured, killers }: Report): string {
  const { tried, mutants, killed, timedOut, survivors, uncovered } = measured
  const by = [...killers].map(([test, count]) => `${test} ${count}`).join(', ')
  return [
    `${file}: ${(100 * scoreOf(measured)).toFixed(1)} % of ${tried} (of ${mutants})${timedOut > 0 ? `, ${timedOut} by a loop` : ''}${killed > 0 ? `; killed by ${by}` : ''}`,
    ...survivors.map((line) => `  survived ${file}:${line}`),
    ...uncovered.map((line) => `  not reached ${file}:${line}`),
  ].join('\n')
}
