// Which faults meet which calls of a job.
import type { Fault, Plan, StorageCall } from '../../support/faults.ts'
import { type OutgoingFault, outgoingFaults } from './outgoing.ts'

/** A fault at one call; the names are those that a report has. */
export type Case = { at: string; nth: number; fault: string; plan: Plan; outgoing?: OutgoingFault }

/** What a run of the matrix is about. */
export type Extent = { isFull: boolean; seed: number }

const ofD1: Record<string, Fault> = {
  'fails before': 'fails',
  'fails after the commit': 'fails after the commit',
  'never answers': 'never answers',
  'commits and never answers': 'happens and never answers',
}

const ofKvRead: Record<string, Fault> = {
  'says 429': 'fails',
  'never answers': 'never answers',
  'knows nothing': 'knows nothing',
}

const ofKvWrite: Record<string, Fault> = {
  'says 429': 'fails',
  'fails after it was done': 'fails after the commit',
  'never answers': 'never answers',
}

/** Whether a call is the one that the clean run made there: work side by side may change places. */
const isSame = (one: StorageCall, other: StorageCall): boolean =>
  one.binding === other.binding && one.method === other.method && one.text === other.text

const planOf = (calls: readonly StorageCall[], nth: number, fault: Fault): Plan => {
  const aimed = calls[nth]
  const before = calls.slice(0, nth).filter((call) => aimed !== undefined && isSame(call, aimed))
  let seen = 0
  return (call) =>
    aimed !== undefined && isSame(call, aimed) && seen++ === before.length ? fault : null
}

/** D1 is away from one call on, so that the read which asks for a lost outcome fails, too. */
const awayFrom = (nth: number): Plan => {
  let isAway = false
  return (call, index) => {
    isAway ||= index >= nth
    return isAway && call.binding === 'DB' ? 'fails' : null
  }
}

const faultsOf = ({ binding, method }: StorageCall): Record<string, Fault> =>
  binding === 'DB' ? ofD1 : method === 'get' || method === 'list' ? ofKvRead : ofKvWrite

/** Names a call for a report. */
function nameOf({ binding, method, text }: StorageCall): string {
  if (binding === 'KV') return `KV ${method}`
  const tables = [...text.matchAll(/(?:FROM|INTO|UPDATE) (\w+)/g)].map(([, table = '']) => table)
  return `D1 ${method} of ${[...new Set(tables)].slice(0, 3).join(', ')}`
}

/** Returns every fault at every call of a clean run. */
export function allCases(
  calls: readonly StorageCall[],
  outgoing: readonly string[],
  isClockOurs: boolean,
): Case[][] {
  const stored = calls.map((call, nth) => {
    const at = `call ${nth} (${nameOf(call)})`
    const some = Object.entries(faultsOf(call)).filter(
      ([name]) => isClockOurs || !name.includes('never'),
    )
    const single = some.map(([name, fault]) => ({
      ...{ at, nth, fault: name },
      plan: planOf(calls, nth, fault),
    }))
    if (call.binding === 'KV') return single
    return [...single, { at, nth, fault: 'fails, and D1 from there on', plan: awayFrom(nth) }]
  })
  const sent = outgoing.map((url, nth) =>
    outgoingFaults.map((fault) => ({
      ...{ at: `outgoing ${nth} (${new URL(url).pathname.split('/').at(-1)})`, nth, fault },
      plan: () => null,
      outgoing: fault,
    })),
  )
  return [...stored, ...sent]
}

/**
 * Returns all cases, or one for each call, or for each second one if `isThin`; the seed chooses which
 * calls these are, and their faults.
 */
export function chosenCases(
  all: readonly Case[][],
  { isFull, seed }: Extent,
  isThin: boolean,
): Case[] {
  if (isFull) return all.flat()
  if (isThin) {
    const some = all.filter((_, nth) => (seed + nth) % 2 === 0)
    return chosenCases(some, { isFull, seed: Math.floor(seed / 2) }, false)
  }
  return all.flatMap((cases, nth) => cases[(seed + nth) % cases.length] ?? [])
}
