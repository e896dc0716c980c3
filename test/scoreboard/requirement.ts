// A requirement of somebody else's catalogue, in our own words, and what answers it.
import type { Shown } from './titles.ts'

export type Requirement = {
  id: string
  /** The level (ASVS) or, for NIST, the weight: 1 = shall, 2 = should. */
  level: number
  asks: string
  /** How it is met, or why not. */
  how: string
  /** `on demand`: for a client, resource or profile that asks for it, and not for all. */
  verdict: 'met' | 'on demand' | 'not met'
  shown: readonly Shown[]
}

const of =
  (verdict: Requirement['verdict']) =>
  (id: string, level: number, asks: string, how: string, shown: readonly Shown[]): Requirement => ({
    id,
    level,
    asks,
    how,
    verdict,
    shown,
  })

/** A row that holds for everybody. */
export const met = of('met')
/** A row that holds where a client, a resource or the operator asks for it. */
export const onDemand = of('on demand')
/** A row that does not hold. */
export const notMet = of('not met')
