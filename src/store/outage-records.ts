// The records in KV for the time when D1 does not answer: sealed records of grants, clients and signing keys.
// Responses do not wait for a record to be put, and a lost record does no harm: the refresh that it would have
// allowed is 503.
import type { OutageRecords } from '../core/server/storage.ts'
import { orMiss, placeOf } from './kv.ts'
import { leastLifetime } from './revocation-lists.ts'

/** Milliseconds after which KV takes another write of a key: it refuses more than one a second. */
const pause = 1_100

/** Opens the records. */
export const openOutageRecords = (kv: KVNamespace): OutageRecords => ({
  async put(key, text, lifetime) {
    const expirationTtl = Math.max(leastLifetime, Math.ceil(lifetime))
    const place = await placeOf(key)
    const put = async (): Promise<boolean> =>
      (await orMiss(kv.put(place, text, { expirationTtl }).then(() => true))) === true
    if (await put()) return true
    await new Promise((resolve) => setTimeout(resolve, pause))
    return put()
  },
  async read(keys) {
    const places = new Map(
      await Promise.all(keys.map(async (key) => [key, await placeOf(key)] as const)),
    )
    const found = await orMiss(kv.get([...places.values()], 'text'))
    if (found === null) return null
    return new Map([...places].map(([key, place]) => [key, found.get(place) ?? null]))
  },
})
