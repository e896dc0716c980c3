import { describe, expect, it } from 'vitest'
import { setNewest } from '../../src/protocol/bounded-map.ts'

describe('what an isolate remembers', () => {
  it('is never more than it may hold: the oldest entry goes', () => {
    const map = new Map([
      ['a', 1],
      ['b', 2],
    ])
    setNewest(map, 'c', 3, 2)
    expect([...map]).toEqual([
      ['b', 2],
      ['c', 3],
    ])
  })

  it('keeps everything while there is room', () => {
    const map = new Map([['a', 1]])
    setNewest(map, 'b', 2, 2)
    expect([...map.keys()]).toEqual(['a', 'b'])
  })

  it('counts an entry that is set again as the newest, and pushes none out for it', () => {
    const map = new Map([
      ['a', 1],
      ['b', 2],
    ])
    setNewest(map, 'a', 3, 2)
    expect([...map]).toEqual([
      ['b', 2],
      ['a', 3],
    ])
  })

  it('pushes none out for the newest one, set again', () => {
    const map = new Map([
      ['a', 1],
      ['b', 2],
    ])
    setNewest(map, 'b', 3, 2)
    expect([...map]).toEqual([
      ['a', 1],
      ['b', 3],
    ])
  })

  it('shrinks to its bound where that is lower now', () => {
    const map = new Map([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ])
    setNewest(map, 'd', 4, 2)
    expect([...map.keys()]).toEqual(['c', 'd'])
  })
})
