// The records in KV for the time when D1 does not answer: what KV refuses is put once more, and nothing that
// KV fails to say counts as absent.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openOutageRecords } from '../../src/store/outage-records.ts'

const records = openOutageRecords(env.KV)

afterEach(() => vi.useRealTimers())

/** Puts into a KV that refuses the first so many, and returns what became of it. */
async function putInto(refusals: number) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  let puts = 0
  const put = () => (++puts > refusals ? Promise.resolve() : Promise.reject(new Error('429')))
  const kv: KVNamespace = Object.assign(Object.create(env.KV), { put })
  let outcome: boolean | null = null
  const done = openOutageRecords(kv)
    .put('a', 'text', 100)
    .then((isPut) => (outcome = isPut))
  await vi.advanceTimersByTimeAsync(1_099)
  const early = { outcome, puts }
  await vi.advanceTimersByTimeAsync(1)
  await done
  return { early, outcome, puts }
}

describe('a record', () => {
  it('is put once where KV takes it', async () => {
    expect(await putInto(0)).toEqual({ early: { outcome: true, puts: 1 }, outcome: true, puts: 1 })
  })

  it('is put once more where KV refuses it: it takes one write of a key in a second', async () => {
    expect({ once: await putInto(1), twice: await putInto(2) }).toEqual({
      once: { early: { outcome: null, puts: 1 }, outcome: true, puts: 2 },
      twice: { early: { outcome: null, puts: 1 }, outcome: false, puts: 2 },
    })
  })

  it('is kept for its lifetime, and for the shortest that KV knows at least', async () => {
    const expirationOf = async (key: string, lifetime: number) => {
      const isPut = await records.put(key, 'text', lifetime)
      const { keys } = await env.KV.list({ prefix: key })
      return { isPut, left: Math.round(((keys[0]?.expiration ?? 0) - Date.now() / 1000) / 10) }
    }
    expect({
      short: await expirationOf('short', 1.5),
      long: await expirationOf('long', 3_599.5),
    }).toEqual({ short: { isPut: true, left: 6 }, long: { isPut: true, left: 360 } })
  })
})

describe('what is read', () => {
  it('has the text of each key, null for one without', async () => {
    await records.put('there', 'text', 60)
    expect(await records.read(['there', 'absent'])).toEqual(
      new Map([
        ['there', 'text'],
        ['absent', null],
      ]),
    )
  })

  it('is nothing at all where KV fails', async () => {
    const get = () => Promise.reject(new Error('away'))
    const kv: KVNamespace = Object.assign(Object.create(env.KV), { get })
    expect(await openOutageRecords(kv).read(['there'])).toBe(null)
  })
})
