import { describe, expect, it } from 'vitest'
import { matchesHostGlob } from '../../src/protocol/host-glob.ts'

describe('a glob of hosts', () => {
  it.each([
    ['a.example', ['*.example']],
    ['A.EXAMPLE', ['a.example']],
    [`${'a'.repeat(245)}.example`, ['*.example']],
  ])('%s matches %j', (name, globs) => expect(matchesHostGlob(name, globs)).toBe(true))

  it.each([
    ['a.example.evil', ['*.example']],
    ['a-example', ['a.example']],
  ])('%s does not match %j', (name, globs) => expect(matchesHostGlob(name, globs)).toBe(false))

  it('RFC 1035 2.3.4: matches no name of more than 253 characters, which would take long', () =>
    expect(matchesHostGlob(`${'a.'.repeat(60_000)}example`, ['*.*.*.*.example'])).toBe(false))
})
