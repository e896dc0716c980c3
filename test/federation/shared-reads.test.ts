import { afterEach, expect, it, vi } from 'vitest'
import { SharedReads } from '../../src/federation/shared-reads.ts'

const address = 'https://client.example/keys'
const as = { now: 1_000, waitUntil: () => undefined }

afterEach(() => {
  vi.useRealTimers()
})

it('M011: who waits for the read of a request that was broken off is told after four seconds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const reads = new SharedReads<string>()
  void reads.read(as, address, () => new Promise<never>(() => undefined))
  const waiting = reads.read(as, address, async () => 'another request')
  const told = expect(waiting).rejects.toMatchObject({ name: 'OutboundError', reason: 'late' })
  await vi.advanceTimersByTimeAsync(4_000)
  await told
  const later = { ...as, now: as.now + 4 }
  expect(await reads.read(later, address, async () => 'another request')).toBe('another request')
})

it('M011: the read goes on where the request that began it does not', async () => {
  const kept: Promise<unknown>[] = []
  const waitUntil = (work: Promise<unknown>) => void kept.push(work)
  const read = new SharedReads<string>().read({ ...as, waitUntil }, address, async () => 'keys')
  expect({ read: await read, kept: await Promise.all(kept) }).toEqual({
    read: 'keys',
    kept: ['keys'],
  })
})
