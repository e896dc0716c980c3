import { describe, expect, it } from 'vitest'
import { isHostGlob, matchesHostGlob } from '../../src/protocol/host-glob.ts'

describe('a glob of hosts', () => {
  it.each([
    ['a.example', ['*.example']],
    ['A.EXAMPLE', ['a.example']],
    ['b.example', ['a.example', 'b.example']],
    ['a.b.example', ['a.*.example']],
    ['a.b.c.example', ['a.*']],
    [`${'a'.repeat(245)}.example`, ['*.example']],
  ])('%s matches %j', (name, globs) => expect(matchesHostGlob(name, globs)).toBe(true))

  it.each([
    ['a.example.evil', ['*.example']],
    ['a-example', ['a.example']],
    ['evil.a.example', ['a.example']],
    ['a.example', []],
  ])('%s does not match %j', (name, globs) => expect(matchesHostGlob(name, globs)).toBe(false))

  it.each(['a.example', '*', '*.A-b_c.example', '127.0.0.1'])('%j is one', (text) =>
    expect(isHostGlob(text)).toBe(true),
  )

  it.each(['', 'a b', 'https://a.example', 'a.example:80', 'a.example/', '(a)', 'a.example\n'])(
    '%j is none',
    (text) => expect(isHostGlob(text)).toBe(false),
  )

  it('RFC 1035 2.3.4: matches no name of more than 253 characters, which would take long', () =>
    expect(matchesHostGlob(`${'a.'.repeat(60_000)}example`, ['*.*.*.*.example'])).toBe(false))
})
