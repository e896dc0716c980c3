import { describe, expect, it } from 'vitest'
import { startOfSweep } from '../../../src/core/server/sweep-start.ts'

const digits = '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
const today = 1_795_000_000

/** Where a key lies between the first and the last, from 0 to 1. */
const placeOf = (key: string): number =>
  [...key].reduceRight((place, digit) => (digits.indexOf(digit) + place) / digits.length, 0)

/** The largest part of a table that lies between two starts of so many runs, a minute apart. */
function largestGap(runs: number): number {
  const places = Array.from({ length: runs }, (_, run) => placeOf(startOfSweep(today + run * 60)))
  const sorted = places.toSorted((a, b) => a - b)
  const [first = 0] = sorted
  return Math.max(...sorted.map((place, nth) => (sorted[nth + 1] ?? 1 + first) - place))
}

describe('where cron starts to sweep', () => {
  it.each([1, 2, 10, 100, 1_000, 5_000])(
    'is spread evenly: after %i runs no gap is twice the average',
    (runs) => {
      expect(largestGap(runs) * runs).toBeLessThan(2)
    },
  )

  it('is a key of base64url, in the order in which D1 sorts keys', () => {
    expect({ sorted: [...digits].toSorted().join(''), start: startOfSweep(today) }).toEqual({
      sorted: digits,
      start: expect.stringMatching(/^[\w-]{4}$/),
    })
  })
})
