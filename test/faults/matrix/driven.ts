// Time for requests that meet somebody who never answers: the clock goes on once nothing else happens.
import { env } from 'cloudflare:workers'
import { vi } from 'vitest'

/** Who is waited for. */
export type Waits = { underWay: number; hanging: number }

/** Stands the clock still at `now` (milliseconds), timers too if `timers`. */
export function standStill(now: number, timers = false): void {
  vi.useRealTimers()
  vi.useFakeTimers({ toFake: timers ? ['Date', 'setTimeout', 'clearTimeout'] : ['Date'], now })
}

/** Turns without any call under way after which only the deadlines are left. */
const quietTurns = 3
const longest = 90_000
const mostTurns = 3_000

/** The timer of the machine, whatever the tests make of the clock. */
const sleep = globalThis.setTimeout

/** Waits for work; its deadlines pass as soon as all that is under way will never answer. */
export async function driven<Result>(work: Promise<Result>, waits: () => Waits): Promise<Result> {
  let isDone = false
  const end = () => {
    isDone = true
  }
  work.then(end, end)
  let quiet = 0
  let [passed, turn] = [0, 0]
  for (; !isDone && passed < longest && turn < mostTurns; turn++) {
    await env.DB.prepare('SELECT 1').all()
    const { underWay, hanging } = waits()
    // A real request gets its answer while nothing of ours runs.
    if (underWay > hanging) await new Promise((resolve) => sleep(resolve, 5))
    quiet = underWay <= hanging ? quiet + 1 : 0
    // Where nobody is waited for it computes, or has put something off on purpose.
    if (quiet < (hanging > 0 ? quietTurns : quietTurns * 10)) continue
    await vi.advanceTimersByTimeAsync(1_000)
    passed += 1_000
  }
  if (!isDone) {
    const state = { ...waits(), passed, turn }
    throw new Error(`it does not end by a deadline of its own: ${JSON.stringify(state)}`)
  }
  return work
}
