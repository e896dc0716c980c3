// What a unit of work asks of storage, and what somebody far from the database waits for it: the same
// bundle behind bindings that count and that can be slow (metered.ts).
import type { Contestant, Delays, Entrant } from './contestant.ts'
import { jobs } from './jobs.ts'
import { median, requestText, withLane, type Ask } from './load.ts'

/** What the platform bills; of rows and keys each counts, also those of indexes. */
export type Billed = {
  requests: number
  rowsRead: number
  rowsWritten: number
  keysRead: number
  keysWritten: number
}

/** Calls for one unit of work by binding and method; `waits`: how many one after another. */
export type StorageUse = {
  calls: Record<string, number>
  waits: number
  milliseconds: number
  billed: Billed
}

const near: Delays = { d1: 0, kvHot: 0, kvCold: 0, kvWrite: 0 }

const units = 6

/**
 * Per job; null where the server has no such thing. A unit of somebody else goes before: the keys that
 * it leaves in the local cache of KV are hot for everybody. The measured units find no others there:
 * whoever comes back comes after minutes or hours, long after KV forgot their own keys.
 */
export async function storageUse(
  entrant: Entrant,
  folder: string,
  delays: Delays = near,
): Promise<Record<string, StorageUse | null>> {
  const contestant = await entrant.start({ folder, metered: delays })
  try {
    const uses: Record<string, StorageUse | null> = {}
    for (const job of jobs) {
      uses[job.name] = await withLane(contestant.origin, async (ask) => {
        const others = await job.prepare(contestant, ask, 1)
        if (others === null) return null
        await others.step(ask, 0)
        await askCache(contestant, ask, `share=${encodeURIComponent(contestant.user?.name ?? '')}`)
        const prepared = await job.prepare(contestant, ask, 1)
        if (prepared === null) return null
        await prepared.step(ask, 0)
        return count(contestant, ask, () => prepared.step(ask, 0))
      })
    }
    return uses
  } finally {
    await contestant.stop()
  }
}

async function count(
  contestant: Contestant,
  ask: Ask,
  step: () => Promise<void>,
): Promise<StorageUse> {
  await settle()
  await counted(contestant, ask)
  const times: number[] = []
  for (let unit = 0; unit < units; unit++) {
    await askCache(contestant, ask, 'forget')
    const from = performance.now()
    await step()
    times.push(performance.now() - from)
    // Else what this answer left behind would end within the next request and count as its wait.
    await settle()
  }
  const { calls, waits, billed } = await counted(contestant, ask)
  const per = Object.entries(calls).map(([name, number]) => [name, number / units])
  return {
    calls: Object.fromEntries(per),
    waits: waits / units,
    milliseconds: median(times),
    billed: {
      requests: billed.requests / units,
      rowsRead: billed.rowsRead / units,
      rowsWritten: billed.rowsWritten / units,
      keysRead: billed.keysRead / units,
      keysWritten: billed.keysWritten / units,
    },
  }
}

// What an answer leaves behind (waitUntil) belongs to it, too.
const settle = () => new Promise((resolve) => setTimeout(resolve, 300))

async function askCache(contestant: Contestant, ask: Ask, what: string): Promise<void> {
  await ask(requestText(contestant, { path: `/__cache?${what}` }))
}

async function counted(
  contestant: Contestant,
  ask: Ask,
): Promise<Pick<StorageUse, 'calls' | 'waits' | 'billed'>> {
  const { body } = await ask(requestText(contestant, { path: '/__storage' }))
  return JSON.parse(body)
}
