// KV as this folder waits for it: under which key it keeps a thing, and for how long it is waited for.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { digestOf } from '../../src/crypto/secret.ts'
import { orMiss, placeOf } from '../../src/store/kv.ts'

afterEach(() => vi.useRealTimers())

describe('The key of KV', () => {
  it('is what we name it, up to 512 bytes', async () => {
    const longest = 'a'.repeat(510) + 'é'
    expect(await placeOf(longest)).toBe(longest)
  })

  it('is how a longer one begins and its digest, also where its characters are fewer', async () => {
    const longer = 'a'.repeat(511) + 'é'
    expect(await placeOf(longer)).toBe(`${'a'.repeat(32)}#${await digestOf(longer)}`)
  })
})

describe('KV', () => {
  it('is waited for a second at most', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let outcome: unknown = 'none yet'
    const done = orMiss(new Promise(() => undefined)).then((answer) => (outcome = answer))
    await vi.advanceTimersByTimeAsync(999)
    const early = outcome
    await vi.advanceTimersByTimeAsync(1)
    await done
    expect({ early, outcome }).toEqual({ early: 'none yet', outcome: null })
  })

  it.each([
    ['answers', () => Promise.resolve('a value'), 'a value'],
    ['fails', () => Promise.reject(new Error('429')), null],
  ])('that %s leaves no timer behind', async (_what, answer, expected) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const outcome = await orMiss(answer())
    expect({ outcome, timers: vi.getTimerCount() }).toEqual({ outcome: expected, timers: 0 })
  })
})
