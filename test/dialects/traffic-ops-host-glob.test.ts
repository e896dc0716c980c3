import { describe, expect, it } from 'vitest'
import { isListedHost, matchesGlob } from '../../src/dialects/traffic-ops/host-glob.ts'

describe('globs of hosts', () => {
  it.each([
    ['a.example', 'a.example'],
    ['A.Example', 'a.example'],
    ['*', 'anything.example'],
    ['*.example', 'a.b.example'],
    ['a*z.example', 'abcz.example'],
    ['?.example', 'a.example'],
    ['[abc].example', 'b.example'],
    ['[a-c].example', 'b.example'],
    ['[^a-c].example', 'd.example'],
    ['\\*.example', '*.example'],
    ['**.example', 'a.example'],
    ['a]', 'a]'],
  ])('%s stands for %s', (glob, host) => expect(matchesGlob(glob, host)).toBe(true))

  it.each([
    ['', 'a'],
    ['a.example', 'aXexample'],
    ['a.example', 'a.example.evil'],
    ['a.example', 'evil.a.example'],
    ['*.example', 'example'],
    ['*.example', 'a.example/b.example'],
    ['?.example', 'ab.example'],
    ['[a-c].example', 'd.example'],
    ['[^a].example', 'a.example'],
    ['\\*.example', 'a.example'],
    ['[a', '[a'],
    ['[z-a]', 'z'],
    ['a\\', 'a'],
    ['(a|b)', 'a'],
    ['a+', 'aa'],
  ])('%s does not stand for %s', (glob, host) => expect(matchesGlob(glob, host)).toBe(false))

  it('are matched with the name alone, and with the port where they have one', () => {
    const listed = (url: string, ...globs: string[]) => isListedHost(new URL(url), globs)
    expect(listed('https://a.example:9/', 'a.example')).toBe(true)
    expect(listed('https://a.example:9/', 'a.example:9')).toBe(true)
    expect(listed('https://a.example:8/', 'a.example:9')).toBe(false)
    expect(listed('http://[::1]:9/', '::1')).toBe(true)
    expect(listed('http://[::1]:9/', '[[]::1]:9')).toBe(true)
    expect(listed('https://a.example/')).toBe(false)
    // RFC 1035 2.3.4: no host has such a name, and matching it would take long.
    expect(listed(`https://${'a.'.repeat(9_000)}example/`, '*.*.*.example')).toBe(false)
    expect(listed(`https://${'a'.repeat(240)}.example/`, '*.example')).toBe(true)
  })
})
