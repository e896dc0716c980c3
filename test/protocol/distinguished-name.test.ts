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
    ['2.5.4.3=a', ' 2.5.4.3 = a'],
    ['10.25.4=a', '10.25.4=a '],
    ['CN=a', 'CN=a   '],
    ['CN=a  b', 'CN=a  b '],
    ['CN=100%', 'CN=100\\25'],
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
    ['CN=100%25', 'CN=100%'],
    ['CN=a  b', 'CN=a b'],
    ['CN=a\nb', 'CN=a'],
  ])('%j is another name than %j', (one, other) =>
    expect(canonicalName(one)).not.toBe(canonicalName(other)),
  )

  it.each([
    '',
    'a',
    'CN=',
    '=a',
    'CN=a,',
    'CN=a,,O=b',
    'CN=a"b',
    'CN=a\\',
    'CN=\\xy',
    'CN=\\FF',
    'CN=\\2',
    'CN=\\ax',
    'äCN=a',
    '- CN=a',
    '2.=a',
  ])('%j is none', (text) => expect(canonicalName(text)).toBeNull())

  it('has one spelling: types in lower case, values as they are, attributes in order', () =>
    expect(canonicalName('CN=Ada+2.5.4.5=7, O=B')).toBe('[["2.5.4.5=7","cn=Ada"],["o=B"]]'))

  it('half of a surrogate pair is no name, and no error', () =>
    expect(canonicalName('CN=\ud800')).toBeNull())
})
