import { describe, expect, it } from 'vitest'
import { readDuration, readInstant, shownInstant, shownTime } from '../../src/cli/time.ts'

const now = Date.UTC(2026, 10, 26, 12) / 1000

describe('an instant', () => {
  it.each([
    ['1795694400', 1_795_694_400],
    ['2026-11-01', Date.UTC(2026, 10, 1) / 1000],
    ['2026-11-01T08:30', Date.UTC(2026, 10, 1, 8, 30) / 1000],
    ['2026-11-01 08:30:15Z', Date.UTC(2026, 10, 1, 8, 30, 15) / 1000],
    ['2026-11-01T08:30+02:00', Date.UTC(2026, 10, 1, 6, 30) / 1000],
    ['7d', now - 7 * 86_400],
    ['90m', now - 90 * 60],
  ])('%s is read', (text, seconds) => {
    expect(readInstant(text, now)).toBe(seconds)
  })

  it.each(['yesterday', '', '7', '2026-13-01', '2026-11-01T25:00', '-7d', '1.5h'])(
    '%j is none',
    (text) => {
      expect(() => readInstant(text, now)).toThrow('is no time')
    },
  )

  it('is shown in UTC', () => {
    expect([shownTime(now), shownInstant(now)]).toEqual([
      '2026-11-26 12:00Z',
      '2026-11-26 12:00:00Z',
    ])
  })
})

describe('a duration', () => {
  it.each([
    ['45', 45],
    ['45s', 45],
    ['30m', 1_800],
    ['12h', 43_200],
    ['90d', 7_776_000],
    ['2w', 1_209_600],
  ])('%s is read', (text, seconds) => {
    expect(readDuration(text)).toBe(seconds)
  })

  it.each(['', 'd', '1y', '-1d', '1.5h', 'forever'])('%j is none', (text) => {
    expect(() => readDuration(text)).toThrow('is no duration')
  })
})
