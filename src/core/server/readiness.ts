// Readiness checks of this deployment, cheap enough for frequent polling.
import type { AuthorizationServer } from '../authorization-server.ts'
import { isYounger } from './age.ts'
import { unopenableRows } from './sealed-rows.ts'

/** A failed check. `detail` is for the operator only. */
type Failing = { name: 'database' | 'kv' | 'keys' | 'deadline'; detail: string }

/** Seconds for which a result is reused. */
const memory = 5

/** Milliseconds that a caller waits for a result. */
const deadline = 2_000

/** The checks of one isolate, made at most once every `memory` seconds. */
export class Readiness {
  #last: { failing: Promise<Failing[]>; at: number } | null = null

  /** Returns the failed checks, or an empty list. Never rejects. */
  failing(as: AuthorizationServer): Promise<Failing[]> {
    if (this.#last === null || !isYounger(this.#last.at, as.now, memory)) {
      this.#last = { failing: check(as), at: as.now }
    }
    // Each caller has its own deadline, because the request that started the checks may be
    // cancelled.
    return inTime(this.#last.failing)
  }
}

async function check(as: AuthorizationServer): Promise<Failing[]> {
  const checks = await Promise.all([keysFailing(as), kvFailing(as)])
  for (const { name, detail } of checks.flat()) as.log({ event: 'not ready', name, detail })
  return checks.flat()
}

async function keysFailing(as: AuthorizationServer): Promise<Failing[]> {
  try {
    return (await unopenableRows(as)).map((detail) => ({ name: 'keys', detail }))
  } catch {
    return [{ name: 'database', detail: 'D1 does not answer' }]
  }
}

const kvFailing = async (as: AuthorizationServer): Promise<Failing[]> =>
  (await as.store.revocationLists.answers()) ? [] : [{ name: 'kv', detail: 'KV does not answer' }]

async function inTime(checks: Promise<Failing[]>): Promise<Failing[]> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<Failing[]>((resolve) => {
    const detail = `the checks took longer than ${deadline} ms`
    timer = setTimeout(() => resolve([{ name: 'deadline', detail }]), deadline)
  })
  try {
    return await Promise.race([checks, late])
  } finally {
    clearTimeout(timer)
  }
}
