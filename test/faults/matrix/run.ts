// The tests of a list of jobs.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { countIn } from '../../support/counted.ts'
import { Server } from '../../support/faults.ts'
import { issuer } from '../../support/http.ts'
import { Matrix } from './engine.ts'
import type { Job } from './job.ts'
import { keepLog } from './log.ts'

/** `VITE_FAULTS=all` runs every fault at every call, not one of them; `VITE_FAULT_SEED` says which. */
export const isFull = import.meta.env.VITE_FAULTS === 'all'
export const seed = Number(import.meta.env.VITE_FAULT_SEED ?? 0)

/** Tests each job with a fault at each of its calls. */
export function faultMatrix(jobs: readonly Job[]): void {
  keepLog()
  // The first keys of a deployment are a job of their own.
  beforeAll(async () => {
    await new Server().fetch(new Request(`${issuer}/.well-known/jwks.json`))
  })
  afterEach(() => vi.useRealTimers())
  afterAll(() => vi.unstubAllGlobals())

  describe('a fault at every call: done, or 503 and a retry that works', () => {
    it.for(jobs)(
      '$route: $name',
      { timeout: isFull ? 1_200_000 : 240_000 },
      async (job, context) => {
        const matrix = new Matrix(job, { isFull, seed })
        const wrong = await matrix.run()
        countIn(context, { 'fault cases': matrix.cases })
        expect(wrong, `VITE_FAULT_SEED=${seed}${isFull ? ' VITE_FAULTS=all' : ''}`).toEqual([])
      },
    )
  })
}
