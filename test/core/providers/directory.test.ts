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

  it('forgets what is told to have changed', async () => {
    const { seen, store } = counting()
    const directory = new ProviderDirectory(store, 10)
    await directory.list(0)
    directory.forget()
    await directory.list(0)
    expect(seen).toEqual({ times: 2 })
  })
})
