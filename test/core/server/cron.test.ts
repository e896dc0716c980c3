// The work of the cron trigger: how much of each task a run does, and that no task keeps another from its
// work.
import { beforeEach, describe, expect, it } from 'vitest'
import type { Server } from '../../../src/core/authorization-server.ts'
import { runCron } from '../../../src/core/server/cron.ts'
import type { AuditEvent } from '../../../src/core/server/storage.ts'
import { startOfSweep } from '../../../src/core/server/sweep-start.ts'

const now = 1_800_000_000
const start = startOfSweep(now)
const week = 604_800

/** What the tasks find: rows that wait, and where each sweep goes on. */
type World = {
  expired: number
  outbox: number
  events: number
  oldEvents: number
  unneeded: number
  next: (string | null)[]
  auditRetention: number
  lifetimes: { accessToken: number; session: number }
  longestAccessToken: number
  failing: string[]
}

let asked: Record<string, unknown[]>
let logged: unknown[]

beforeEach(() => {
  asked = {}
  logged = []
})

const quiet: World = {
  expired: 0,
  outbox: 0,
  events: 0,
  oldEvents: 0,
  unneeded: 0,
  next: [null, null],
  auditRetention: week,
  lifetimes: { accessToken: 300, session: 900 },
  longestAccessToken: 600,
  failing: [],
}

/** Far beyond what a run may do: a task that goes on for so long would never end. */
const tooOften = 40

function serverOf(world: World): Server {
  const note = (task: string, ...facts: unknown[]): void => {
    const calls = (asked[task] ??= [])
    calls.push(facts.length === 1 ? facts[0] : facts)
    if (world.failing.includes(task)) throw new Error(`${task} fails`)
    if (calls.length > tooOften) throw new Error(`${task} does not end`)
  }
  const rows = {
    outbox: world.outbox,
    expired: world.expired,
    events: world.events,
    oldEvents: world.oldEvents,
  }
  /** Takes at most `most` of the rows that wait. */
  const taken = (task: keyof typeof rows, most: number): number => {
    const count = Math.min(most, rows[task])
    rows[task] -= count
    return count
  }
  return Object.assign(Object.create(null), {
    settings: {
      lifetimes: world.lifetimes,
      passwordTries: { window: 77 },
      registration: { unusedLifetime: 11, idleLifetime: 22 },
      auditRetention: world.auditRetention,
      outageRefresh: false,
    },
    signingKeys: {
      rotate: async (at: number, longest: number, audit: AuditEvent) =>
        note('rotate', at, longest, audit),
    },
    store: {
      revocationLists: {
        drainOutbox: async (at: number, most: number) => {
          note('outbox', at, most)
          return taken('outbox', most)
        },
      },
      clients: { longestAccessTokenLifetime: async () => world.longestAccessToken },
      cleaner: {
        removeExpired: async (at: number, most: number) => {
          note('expired', at, most)
          return taken('expired', most)
        },
        sweeps: (window: number) => [
          async (after: string, at: number, most: number) => {
            note('sweep', after)
            if (window !== 77 || at !== now || most !== 500) throw new Error('another sweep')
            const next = world.next[(asked['sweep'] ?? []).length - 1]
            return next === undefined ? '~' : next
          },
        ],
      },
      clientRemoval: {
        removeUnneeded: async (...facts: unknown[]) => {
          note('unneeded', ...facts)
          return world.unneeded
        },
      },
      statistics: {
        count: async (until: number, oldest: number, most: number) => {
          note('events', until, oldest, most)
          return taken('events', most)
        },
      },
      audit: {
        removeBefore: async (before: number, most: number) => {
          note('oldEvents', before, most)
          return taken('oldEvents', most)
        },
      },
    },
  })
}

const run = (changes: Partial<World> = {}): Promise<void> =>
  runCron(serverOf({ ...quiet, ...changes }), now, (event) => logged.push(event))

const everyTask = {
  outbox: [[now, 100]],
  rotate: [[now, 900, { at: now, kind: 'key.rotated', requestId: 'cron', actor: 'cron' }]],
  expired: [[now, 500]],
  sweep: [start, ''],
  unneeded: [[now, { unused: 11, idle: 22 }, 500]],
  events: [[now - 120, Math.floor(now / 86_400) - 400, 500]],
  oldEvents: [[now - week, 500]],
}

describe('A run of cron', () => {
  it('does every task once where nothing waits, and logs nothing', async () => {
    await run()
    expect({ asked, logged }).toEqual({ asked: everyTask, logged: [] })
  })

  it.each(Object.keys(everyTask).map((task) => ({ task })))(
    'does the other tasks where $task fails, and fails then',
    async ({ task }) => {
      await expect(run({ failing: [task] })).rejects.toThrow(`${task} fails`)
      expect(Object.keys(asked).toSorted()).toEqual(Object.keys(everyTask).toSorted())
    },
  )

  it('logs how many clients nobody needs', async () => {
    await run({ unneeded: 3 })
    expect(logged).toEqual([{ event: 'unneeded clients removed', count: 3 }])
  })
})

describe('A task that takes bites', () => {
  const bites = { outbox: 100, expired: 500, events: 500, oldEvents: 500 }
  const tasks = Object.entries(bites).map(([task, bite]) => ({ task, bite }))
  const timesOf = (task: string): number => (asked[task] ?? []).length

  it.each(tasks)('goes on after a whole bite of $bite: $task', async ({ task, bite }) => {
    await run({ [task]: bite + 1 })
    expect(timesOf(task)).toBe(2)
  })

  it.each(tasks)('takes another bite after a whole one: $task', async ({ task, bite }) => {
    await run({ [task]: bite })
    expect(timesOf(task)).toBe(2)
  })

  it.each(tasks)('ends after twenty bites: $task', async ({ task, bite }) => {
    await run({ [task]: bite * 100 })
    expect(timesOf(task)).toBe(20)
  })
})

describe('A sweep', () => {
  const afters = async (...next: (string | null)[]): Promise<unknown> => {
    await run({ next })
    return asked['sweep']
  }

  it('goes from its start to the end of the table, and from the beginning to its start', async () => {
    expect(await afters('~a', '~b', null, '', '-', '~')).toEqual([start, '~a', '~b', '', '', '-'])
  })

  it('ends where it began', async () => {
    expect(await afters(null, '-', start, '~')).toEqual([start, '', '-'])
  })

  it('ends at the end of the table if nothing follows its start', async () => {
    expect(await afters('~a', null, '-', null, '~')).toEqual([start, '~a', '', '-'])
  })

  it('ends after twenty bites, also on its way', async () => {
    expect(await afters()).toEqual([start, ...Array.from({ length: 19 }, () => '~')])
  })
})

describe('Old audit events', () => {
  it.each([
    ['stay for as long as the setting says', 7_200, [[now - 7_200, 500]]],
    ['stay for an hour at least', 60, [[now - 3_600, 500]]],
    ['stay for good if the setting is 0', 0, undefined],
  ])('%s', async (_how, auditRetention, expected) => {
    await run({ auditRetention })
    expect(asked['oldEvents']).toEqual(expected)
  })
})

describe('A superseded key', () => {
  it.each([
    ['an access token lives', { accessToken: 300, session: 100 }, 200],
    ['an access token of some client lives', { accessToken: 200, session: 100 }, 300],
    ['a session lives', { accessToken: 100, session: 300 }, 200],
  ])('stays for as long as %s', async (_what, lifetimes, longestAccessToken) => {
    await run({ lifetimes, longestAccessToken })
    expect(asked['rotate']).toEqual([[now, 300, expect.anything()]])
  })
})
