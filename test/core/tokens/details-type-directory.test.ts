import { describe, expect, it } from 'vitest'
import { DetailsTypeDirectory } from '../../../src/core/tokens/details-type-directory.ts'
import { detailsTypeMetadata } from '../../../src/core/tokens/details-type.ts'
import * as v from '../../../src/protocol/schema.ts'

const payment = {
  metadata: v.parse(detailsTypeMetadata(), {
    type: 'payment',
    schema: { type: 'object', properties: {} },
    title: 'A payment',
  }),
  createdAt: 0,
  updatedAt: 0,
}

/** A store with one type that counts how often it is asked. */
function counting() {
  const seen = { times: 0 }
  return { seen, store: { all: async () => ((seen.times += 1), [payment]) } }
}

describe('types of authorization details through a cache of ten seconds', () => {
  it.each([
    ['asks once in ten seconds', 10, [0, 1, 9.9, 10, 19.9, 20], 3],
    ['asks again where the clock has jumped back (F29)', 10, [3600, 0], 2],
    ['asks each time where the setting says 0', 0, [0, 0, 0], 3],
  ])('%s', async (_what, lifetime, instants, times) => {
    const { seen, store } = counting()
    const directory = new DetailsTypeDirectory(store, lifetime)
    for (const instant of instants) await directory.all(instant)
    expect(seen).toEqual({ times })
  })

  it('names the types without waiting for what it has read before', async () => {
    const { seen, store } = counting()
    const directory = new DetailsTypeDirectory(store, 10)
    const works: Promise<unknown>[] = []
    const ask = (now: number) => directory.names(now, (work) => works.push(work))
    const named = [await ask(0), await ask(9), await ask(11)]
    expect({ named, seen: seen.times, afterwards: works.length }).toEqual({
      named: [['payment'], ['payment'], ['payment']],
      seen: 2,
      afterwards: 1,
    })
  })

  it('names none where storage does not answer', async () => {
    const directory = new DetailsTypeDirectory({ all: () => Promise.reject(new Error()) }, 10)
    expect(await directory.names(0, () => undefined)).toEqual([])
  })

  it('forgets what is told to have changed', async () => {
    const { seen, store } = counting()
    const directory = new DetailsTypeDirectory(store, 10)
    await directory.all(0)
    directory.forget()
    await directory.all(0)
    expect(seen).toEqual({ times: 2 })
  })
})
