// What parsers stumble over: texts, names and JSON values that fit nowhere.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

/** Names that an object has from its prototype, or that two readers take for different ones. */
export const hostileNames = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype', 'length'],
  ...['', ' ', '0', '-1', 'a.b', 'a[b]', '$', 'kid', 'alg', 'then', 'toJSON', '\u0000', '\ud800'],
]

/** Short texts. */
export const hostileTexts = [
  ...hostileNames,
  // Numbers as texts, and texts that readers turn into something else.
  ...['1', '01', '+1', '1e3', '1e309', '-0', 'NaN', 'Infinity', '0x10', '١', '9007199254740993'],
  ...['null', 'undefined', 'true', '[]', '{}', '[object Object]', '%', '%00', '%ff', '%C0%AF', '+'],
  // Characters that are not seen, that end a text for somebody, or that count as several.
  ...['\u0000', '\ufeff', '\u200b', '\u202e', '\u2028', '\u00a0', '\u00ad', '\r', '\n', '\t'],
  ...[
    '\ud83d',
    '\ude00',
    '\ud83d\ude00',
    'e\u0301',
    '\u0301\u0301\u0301',
    'ß',
    'İ',
    'ı',
    'ﬁ',
    'Ａ',
    '℡',
    '\u212a',
  ],
  ...['\u1100\u1161', '\ufdfa', '\u05d0', '\u0661', '\u06f1', '\u30fb', '。', '．', '／', '＠'],
  // Separators and quotes of every grammar.
  ...['.', '..', '...', '/', '//', '\\', ':', '::', ';', ',', '=', '==', '&', '?', '#', '@', '*'],
  ...['"', "'", '`', '<', '>', '|', '~', '!', '(', ')', '[', ']', '{', '}', '-', '--', '_', '$$'],
  // Attacks that other readers fall for.
  ...["' OR 1=1 --", '<script>alert(1)</script>', '../../etc/passwd', '${7*7}', '{{7*7}}'],
  ...[
    '\r\nSet-Cookie: a=b',
    '=cmd()',
    'javascript:alert(1)',
    '//evil.example',
    'https://evil.example',
  ],
  ...[
    'http://169.254.169.254/',
    'http://[::ffff:127.0.0.1]/',
    'https://0x7f.1/',
    'https://127.0.0.1',
  ],
  ...['eyJhbGciOiJub25lIn0.e30.', 'none', 'HS256', 'a@b.example', 'a@b@c', 'xn--', 'de-DE-1996'],
]

/** JSON values that stand where another type is meant. */
export const hostileValues: readonly Json[] = [
  ...[null, true, false, 0, -0, 1, -1, 0.5, 2 ** 31, 2 ** 53, -(2 ** 53), 1e308, 5e-324],
  ...['', ' ', '\u0000', '\ud800', '1', 'x'.repeat(5_000)],
  ...[[], {}, [null], [[]], [{}], [''], ['a', 'a']],
  ...[{ length: 1 }, { toString: 1 }, { then: 1 }, { constructor: { prototype: 1 } }],
  JSON.parse('{"__proto__":{"polluted":true}}'),
]
