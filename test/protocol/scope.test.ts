import { describe, expect, it } from 'vitest'
import { grantScope, isWithin, parseScope, storedScope } from '../../src/protocol/scope.ts'

describe('RFC 6749 3.3: access token scope', () => {
  it.each([
    ['one name', 'openid', ['openid']],
    ['several in the order they were sent', 'b a', ['b', 'a']],
    ['a name twice as once', 'a b a', ['a', 'b']],
    ['every character that a name may have', '!#[]~', ['!#[]~']],
    ['a double space', 'a  b', ['a', 'b']],
    ['a leading space', ' a', ['a']],
    ['a trailing space', 'a ', ['a']],
    ['names that an object would inherit', '__proto__ constructor', ['__proto__', 'constructor']],
  ])('reads %s', (_what, text, expected) => expect(parseScope(text)).toEqual(expected))

  it.each([
    ['a space alone', ' '],
    ['a quotation mark', 'a"b'],
    ['a backslash', 'a\\b'],
    ['a tab', 'a\tb'],
    ['a line break', 'a\nb'],
    ['a carriage return that would end a header', 'a\r\nSet-Cookie: b'],
    ['a character beyond ASCII', 'é'],
    ['a DEL', 'a\x7f'],
  ])('refuses %s', (_what, text) => expect(() => parseScope(text)).toThrow(/^invalid_scope: /))

  it.each([
    ['the client’s scope where none was requested', undefined, 'a b', null, ['a', 'b']],
    ['what was requested within it', 'b', 'a b', null, ['b']],
    ['only what the client may have', 'b c', 'a b', null, ['b']],
    ['only what the user may have, too', undefined, 'a b', 'b c', ['b']],
  ] as const)('grants %s', (_what, requested, client, user, expected) =>
    expect(grantScope(requested, client, user)).toEqual(expected),
  )

  it.each([
    ['nothing of what was requested is allowed', 'c', 'a b', null],
    ['the user may have nothing of it', 'a', 'a b', 'c'],
    ['the user may have nothing', 'a', 'a b', ''],
    ['only a part of a name matches', 'rea', 'read', null],
    ['only the case differs', 'READ', 'read', null],
    ['the name is one that an object would inherit', 'constructor', 'read', null],
  ] as const)('is invalid_scope where %s', (_what, requested, client, user) =>
    expect(() => grantScope(requested, client, user)).toThrow(/^invalid_scope: /),
  )

  it.each([
    ['', []],
    ['a', ['a']],
    ['a b', ['a', 'b']],
  ])('stored as %j is %j', (text, names) => expect(storedScope(text)).toEqual(names))

  it.each([
    [['a'], ['a', 'b'], true],
    [['a', 'c'], ['a', 'b'], false],
    [[], ['a'], true],
  ])('%j is within %j: %s', (requested, granted, expected) =>
    expect(isWithin(requested, granted)).toBe(expected),
  )
})
