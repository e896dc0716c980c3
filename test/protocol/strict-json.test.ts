import { describe, expect, it } from 'vitest'
import { isJsonObject, isStorable, JsonFault, parseJson } from '../../src/protocol/strict-json.ts'

describe('JSON from outside', () => {
  it.each([
    '{"a":{"a":1},"b":[{"a":1},{"a":2}],"\\"a":3}',
    '["a","a"]',
    '"{\\"a\\":1,\\"a\\":2}"',
    'null',
    `[${'[],'.repeat(20)}{}]`,
    `${'['.repeat(16)}${']'.repeat(16)}`,
    '"[[[[[[[[[[[[[[[[[[["',
  ])('reads %s', (text) => expect(parseJson(text)).toEqual(JSON.parse(text)))

  it.each([
    ['no JSON', ''],
    ['an open object', '{"a":1'],
    ['a comment', '{/**/}'],
    ['a byte order mark', '\ufeff{}'],
    ['a name twice', '{"a":1,"a":2}'],
    ['a name twice, once escaped', '{"iss":1,"\\u0069ss":2}'],
    ['a name twice, with space', '{"a" :1,"a"\n:2}'],
    ['a name twice, on both sides of an object', '{"a":1,"b":{"c":1},"a":2}'],
    ['a name twice, on both sides of a list', '{"a":1,"b":[],"a":2}'],
    ['a name twice in the second of two objects', '[{"a":1},{"a":1,"a":2}]'],
    ['17 levels', `${'['.repeat(17)}${']'.repeat(17)}`],
    ['60,000 levels', '['.repeat(60_000)],
  ])('refuses %s', (_what, text) => expect(() => parseJson(text)).toThrow(JsonFault))

  it('an object is neither null nor a list nor text', () => {
    expect([{}, null, [], 'a', undefined].map(isJsonObject)).toEqual([
      true,
      false,
      false,
      false,
      false,
    ])
  })
})

describe('JSON whose texts can be stored', () => {
  it.each([null, 1, 'a\ud83d\ude00', ['a', { b: 'c' }], { '\u00e9': [] }])('%j is some', (value) =>
    expect(isStorable(value)).toBe(true),
  )

  it.each(['\0', 'a\0b', '\ud83d', ['\ude00'], { a: [{ b: '\0' }] }, { '\0': 1 }, { '\ud800': 1 }])(
    '%j is none',
    (value) => expect(isStorable(value)).toBe(false),
  )
})
