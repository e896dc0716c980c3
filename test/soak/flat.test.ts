import { expect, it } from 'vitest'
import { judgeMemory, tolerances } from './flat.ts'

const samplesOf = (mebibytesAt: (minute: number) => number) =>
  Array.from({ length: 90 }, (_, index) => ({
    at: index * 20,
    mebibytes: mebibytesAt((index * 20) / 60),
  }))

it('memory that is given back in steps is flat', () => {
  const { isFlat, thirds, slope } = judgeMemory(
    samplesOf((minute) => (minute < 5 ? 100 + 20 * minute : 200 + 15 * (minute % 2))),
    tolerances.resident,
  )
  expect({ isFlat, last: thirds[2] > 200, slope: Math.abs(slope) < 0.5 }).toEqual({
    isFlat: true,
    last: true,
    slope: true,
  })
})

it('memory that grows with every request is not flat', () => {
  const { isFlat, slope } = judgeMemory(
    samplesOf((minute) => 150 + 8 * minute),
    tolerances.resident,
  )
  expect({ isFlat, slope: Math.round(slope) }).toEqual({ isFlat: false, slope: 8 })
})

it('live objects are judged more closely than resident memory', () => {
  const samples = samplesOf((minute) => 20 + minute / 2)
  expect(
    [tolerances.live, tolerances.resident].map((one) => judgeMemory(samples, one).isFlat),
  ).toEqual([false, true])
})
