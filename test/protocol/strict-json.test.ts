import { describe, expect, it } from 'vitest'
import { JsonFault, isStorable, parseJson } from '../../src/protocol/strict-json.ts'

describe('JSON from outside', () => {
  it.each([
    '{"a":{"a":1},"b":[{"a":1},{"a":2}],"\\"a":3}',
    '["a","a"]',
    '"{\\"a\\":1,\\"a\\":2}"',
    'null',
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
    ['17 levels', `${'['.repeat(17)}${']'.repeat(17)}`],
    ['60,000 levels', '['.repeat(60_000)],
  ])('refuses %s', (_what, text) => expect(() => parseJson(text)).toThrow(JsonFault))
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
