import { describe, expect, it } from 'vitest'
import { ResourceDirectory } from '../../../src/core/tokens/resource-directory.ts'
import { resourceMetadata } from '../../../src/core/tokens/resource-metadata.ts'
import type { Resource } from '../../../src/core/tokens/storage.ts'
import * as v from '../../../src/protocol/schema.ts'

const resourceOf = (uri: string): Resource => ({
  id: uri,
  metadata: v.parse(resourceMetadata(), { resource: uri }),
  createdAt: 0,
  updatedAt: 0,
})

/** A store that knows some resources by their keys, and keeps what it is asked for. */
function storeOf(...uris: string[]) {
  const asked: (readonly string[])[] = []
  const known = new Map(uris.map((uri) => [uri, resourceOf(uri)]))
  return {
    asked,
    known,
    async findByKeys(keys: readonly string[]) {
      asked.push(keys)
      return new Map([...known].filter(([key]) => keys.includes(key)))
    },
  }
}

const [a, b] = ['https://a.example/', 'https://b.example/']

const idsAt = async (directory: ResourceDirectory, uris: string[], now: number) =>
  (await directory.find(uris, now)).map((resource) => resource?.id ?? null)

describe('resources through a cache of ten seconds', () => {
  it('finds each under any spelling, with one read for all that it does not know', async () => {
    const store = storeOf(a)
    const directory = new ResourceDirectory(store, 10)
    const found = await idsAt(directory, ['HTTPS://a.example', b, 'https://a.example:443/?x'], 0)
    expect({ found, asked: store.asked }).toEqual({ found: [a, null, a], asked: [[a, b, a]] })
  })

  it('remembers for ten seconds what there is and what there is not', async () => {
    const store = storeOf(a)
    const directory = new ResourceDirectory(store, 10)
    for (const instant of [0, 1, 9.9, 10]) await directory.find([a, b], instant)
    expect(store.asked).toEqual([
      [a, b],
      [a, b],
    ])
  })

  it('reads only what it does not know', async () => {
    const store = storeOf(a, b)
    const directory = new ResourceDirectory(store, 10)
    await directory.find([a], 0)
    expect({ found: await idsAt(directory, [a, b], 1), asked: store.asked }).toEqual({
      found: [a, b],
      asked: [[a], [b]],
    })
  })

  it('reads each time where the setting says 0', async () => {
    const store = storeOf(a)
    const directory = new ResourceDirectory(store, 0)
    for (const instant of [0, 0]) await directory.find([a], instant)
    expect(store.asked).toEqual([[a], [a]])
  })

  it('reads again what it was told to forget', async () => {
    const store = storeOf(a)
    const directory = new ResourceDirectory(store, 10)
    await directory.find([a], 0)
    store.known.delete(a)
    directory.forget()
    expect(await idsAt(directory, [a], 0)).toEqual([null])
  })

  it('keeps a thousand, and lets the oldest go', async () => {
    const store = storeOf(a)
    const directory = new ResourceDirectory(store, 10)
    await directory.find([a], 0)
    await directory.find(
      Array.from({ length: 1_000 }, (_, index) => `urn:x:${index}`),
      0,
    )
    await directory.find([a], 1)
    expect(store.asked.length).toBe(3)
  })
})
