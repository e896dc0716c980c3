import { expect, it } from 'vitest'
import { barOf, newProgress } from '../../src/cli/progress.ts'

it('a bar says how much is done and how long it takes', () => {
  expect(barOf({ what: 'users', done: 25_000, total: 100_000, seconds: 10 })).toBe(
    ' 25 % ██████░░░░░░░░░░░░░░░░░░ 25,000 of 100,000 users  2,500/s  30 s left',
  )
})

it('without a total it counts', () => {
  expect(barOf({ what: 'events', done: 1_500, total: undefined, seconds: 3 })).toBe(
    '1,500 events  500/s',
  )
})

it('more than all is all', () => {
  expect(barOf({ what: 'users', done: 3, total: 2, seconds: 0 })).toMatch(/^100 % █{24} 3 of 2/)
})

it('nothing is drawn where there is no terminal', async () => {
  const written: string[] = []
  const sink = {
    isTerminal: false,
    width: Infinity,
    hasColour: false,
    write: async (text: string) => void written.push(text),
  }
  const progress = newProgress(sink, 'users')
  await progress.at(1, 2)
  await progress.end()
  expect(written).toEqual([])
})
