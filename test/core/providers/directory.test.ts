import { describe, expect, it } from 'vitest'
import { ProviderDirectory } from '../../../src/core/providers/directory.ts'

/** A store without providers that counts how often it is asked. */
function counting() {
  const seen = { times: 0 }
  return { seen, store: { listEnabled: async () => ((seen.times += 1), []) } }
}

describe('providers through a cache of ten seconds', () => {
  it.each([
    ['asks once in ten seconds, also where there is none', 10, [0, 1, 9.9, 10, 19.9, 20], 3],
    ['asks again where the clock has jumped back (F29)', 10, [3600, 0], 2],
    ['asks each time where the setting says 0', 0, [0, 0, 0], 3],
  ])('%s', async (_what, lifetime, instants, times) => {
    const { seen, store } = counting()
    const directory = new ProviderDirectory(store, lifetime)
    for (const instant of instants) await directory.list(instant)
    expect(seen).toEqual({ times })
  })

  it('tells whether assertions are taken without waiting for what it has read before', async () => {
    const { seen, store } = counting()
    const directory = new ProviderDirectory(store, 10)
    const works: Promise<unknown>[] = []
    const ask = (now: number) => directory.trustsAssertions(now, (work) => works.push(work))
    expect([await ask(0), await ask(9), await ask(11)]).toEqual([false, false, false])
    expect({ seen: seen.times, afterwards: works.length }).toEqual({ seen: 2, afterwards: 1 })
  })

  it('says no where storage does not answer', async () => {
    const directory = new ProviderDirectory({ listEnabled: () => Promise.reject(new Error()) }, 10)
    expect(await directory.trustsAssertions(0, () => undefined)).toBe(false)
  })

  it('forgets what is told to have changed', async () => {
    const { seen, store } = counting()
    const directory = new ProviderDirectory(store, 10)
    await directory.list(0)
    directory.forget()
    await directory.list(0)
    expect(seen).toEqual({ times: 2 })
  })
})
