// What an administrator does to keys: what is logged, and when KV is told.
import { describe, expect, it } from 'vitest'
import type { AuthorizationServer } from '../../../src/core/authorization-server.ts'
import { rotateKeys, withdrawKey } from '../../../src/core/server/key-administration.ts'
import type { Withdrawal } from '../../../src/core/server/signing-keys.ts'
import type { AuditEvent } from '../../../src/core/server/storage.ts'

const now = 1_800_000_000

/** A server whose withdrawals end like this, and everything that it was asked for. */
function serverOf(outcome: Withdrawal = 'withdrawn') {
  const asked: unknown[] = []
  const as: AuthorizationServer = Object.assign(Object.create(null), {
    now,
    log: (event: unknown) => asked.push(event),
    waitUntil: (work: unknown) => asked.push({ later: work }),
    store: { revocationLists: { drainOutbox: (at: number) => `the outbox at ${at}` } },
    signingKeys: {
      makeSuccessors: (at: number, { kind }: AuditEvent) => {
        asked.push({ at, kind })
        return Promise.resolve(['a', 'b'])
      },
      withdraw: (kid: string, at: number, { kind, detail }: AuditEvent) => {
        asked.push({ kid, at, kind, detail })
        return Promise.resolve(outcome)
      },
    },
  })
  return { as, asked }
}

const withdrawal = { kid: 'a', at: now, kind: 'key.withdrawn', detail: { kid: 'a' } }

describe('An administrator', () => {
  it('rotates the keys, which is logged, and is told the new ones', async () => {
    const { as, asked } = serverOf()
    expect({ kids: await rotateKeys(as), asked }).toEqual({
      kids: ['a', 'b'],
      asked: [{ at: now, kind: 'key.rotated' }, { event: 'signing keys rotated' }],
    })
  })

  it('withdraws a key, which is logged, and of which KV is told', async () => {
    const { as, asked } = serverOf()
    expect({ outcome: await withdrawKey(as, 'a'), asked }).toEqual({
      outcome: 'withdrawn',
      asked: [withdrawal, { event: 'key withdrawn', kid: 'a' }, { later: `the outbox at ${now}` }],
    })
  })

  it.each(['unknown', 'irreplaceable'] as const)(
    'is told that a key is %s: nothing is logged, and KV is told nothing',
    async (outcome) => {
      const { as, asked } = serverOf(outcome)
      expect({ outcome: await withdrawKey(as, 'a'), asked }).toEqual({
        outcome,
        asked: [withdrawal],
      })
    },
  )
})
