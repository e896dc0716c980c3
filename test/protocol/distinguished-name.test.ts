import { describe, expect, it } from 'vitest'
import { canonicalName } from '../../src/protocol/distinguished-name.ts'

describe('RFC 4514: distinguished names', () => {
  it.each([
    ['CN=a,O=b', 'cn=a, o=b'],
    ['CN=a,O=b', 'CN = a , O = b '],
    ['CN=a\\,b', 'CN=a\\2cb'],
    ['CN=L\u00fcbeck', 'CN=L\\C3\\BCbeck'],
    ['CN=a+OU=b,O=c', 'OU=b+CN=a,O=c'],
    ['CN=a\\ ', 'CN=a\\20'],
    ['CN=a\\ ', 'CN=a\\   '],
    ['CN=a\\\\', 'CN=a\\\\  '],
    ['2.5.4.3=a', '2.5.4.3=a'],
  ])('%j is the name %j', (one, other) => {
    expect(canonicalName(one)).toBe(canonicalName(other))
    expect(canonicalName(one)).not.toBeNull()
  })

  it.each([
    ['CN=a,O=b', 'O=b,CN=a'],
    ['CN=a', 'CN=A'],
    ['CN=a', 'CN=a,O=b'],
    ['CN=a\\,O=b', 'CN=a,O=b'],
    ['CN=a\\ ', 'CN=a'],
  ])('%j is another name than %j', (one, other) =>
    expect(canonicalName(one)).not.toBe(canonicalName(other)),
  )

  it.each(['', 'a', 'CN=', '=a', 'CN=a,', 'CN=a,,O=b', 'CN=a"b', 'CN=a\\', 'CN=\\xy', 'CN=\\FF'])(
    '%j is none',
    (text) => expect(canonicalName(text)).toBeNull(),
  )

  it('half of a surrogate pair is no name, and no error', () =>
    expect(canonicalName('CN=\ud800')).toBeNull())
})
