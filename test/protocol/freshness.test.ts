import { describe, expect, it } from 'vitest'
import { freshnessOf } from '../../src/protocol/freshness.ts'

const now = Date.UTC(2026, 10, 26, 12) / 1000
const at = (seconds: number) => new Date((now + seconds) * 1000).toUTCString()

describe('The seconds for which a response may be kept', () => {
  it.each<[string, Record<string, string>, number]>([
    ['0 where it says nothing', {}, 0],
    ['its max-age', { 'Cache-Control': 'public, max-age=300' }, 300],
    ['its s-maxage first', { 'Cache-Control': 'max-age=300, S-MaxAge="600"' }, 600],
    ['less its age', { 'Cache-Control': 'max-age=300', Age: '120' }, 180],
    ['0 once it is stale', { 'Cache-Control': 'max-age=300', Age: '301' }, 0],
    ['until it expires', { Expires: at(300), Date: at(-60) }, 360],
    ['by our clock where it has no date', { Expires: at(300) }, 300],
    ['0 where Expires is no date', { Expires: '0' }, 0],
    ['its max-age rather than Expires', { 'Cache-Control': 'max-age=5', Expires: at(300) }, 5],
    ['0 for no-store', { 'Cache-Control': 'no-store, max-age=300' }, 0],
    ['0 for no-cache', { 'Cache-Control': 'max-age=300, no-cache' }, 0],
    ['0 for private', { 'Cache-Control': 'private, max-age=300' }, 0],
    ['0 where max-age has eleven digits', { 'Cache-Control': 'max-age=30000000000' }, 0],
    ['0 where max-age has no value', { 'Cache-Control': 'max-age' }, 0],
    ['0 where quotes are within max-age', { 'Cache-Control': 'max-age=3"00"' }, 0],
    [
      'its max-age without the white space around it',
      { 'Cache-Control': 'max-age=300 , public' },
      300,
    ],
    ['0 where text follows the quotes', { 'Cache-Control': 'max-age="300"0' }, 0],
    ['0 where max-age ends with a letter', { 'Cache-Control': 'max-age=300s' }, 0],
    ['its first max-age', { 'Cache-Control': 'max-age=5, max-age=300' }, 5],
    ['0 where max-age is no number', { 'Cache-Control': 'max-age=-1' }, 0],
  ])('are %s', (_, headers, seconds) => {
    expect(freshnessOf(new Headers(headers), now)).toBe(seconds)
  })
})
