// A row of one of the project's own lists of attacks and faults, and the tests that try it.
import type { Shown } from './titles.ts'

export type Case = {
  id: string
  /** What must be, in a few words. */
  rule: string
  /** Tests that fail if this is not so; each is a real request and its answer where there is one. */
  shown: readonly Shown[]
  /** Where the outcome is another one than the row first asked for, and by which decision. */
  differs?: string
  /** Why there is nothing here that the case could be tried on. */
  cannotApply?: string
}

export const tried = (id: string, rule: string, ...shown: Shown[]): Case => ({ id, rule, shown })

/** A row whose outcome was decided otherwise later. */
export const differing = (id: string, rule: string, differs: string, ...shown: Shown[]): Case => ({
  id,
  rule,
  shown,
  differs,
})
