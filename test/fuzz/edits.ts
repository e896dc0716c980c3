// Edits of texts, bytes and JSON values: small steps away from what is valid, chosen and shrunk by
// fast-check.
import fc from 'fast-check'
import { type Json, hostileNames, hostileTexts, hostileValues } from './hostile.ts'

/** The longest text that is made: what a request may have. */
const longest = 60_000

export type Edit = { kind: (typeof kinds)[number]; at: number; length: number; text: string }

const kinds = [
  ...(['put', 'replace', 'drop', 'double', 'swap', 'cut', 'flip', 'upper', 'pump'] as const),
  ...(['drop token', 'double token', 'swap tokens', 'replace token', 'encode'] as const),
] as const

/** One step away from a text. */
export const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom(...kinds),
  at: fc.nat(5_000),
  length: fc.integer({ min: 1, max: 24 }),
  text: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...hostileTexts) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
  ),
})

/** Splits a text into words and what stands between them. */
const tokensOf = (text: string): string[] => text.match(/\w+|[^\w]/g) ?? []

function applied(text: string, { kind, at, length, text: hostile }: Edit): string {
  const place = at % (text.length + 1)
  const before = text.slice(0, place)
  const part = text.slice(place, place + length)
  const after = text.slice(place + length)
  switch (kind) {
    case 'put':
      return before + hostile + part + after
    case 'replace':
      return before + hostile + after
    case 'drop':
      return before + after
    case 'double':
      return before + part + part + after
    case 'swap':
      return before + after.slice(0, length) + part + after.slice(length)
    case 'cut':
      return before
    case 'flip':
      return before + [...part].toReversed().join('') + after
    case 'upper':
      return (
        before + (part === part.toUpperCase() ? part.toLowerCase() : part.toUpperCase()) + after
      )
    case 'pump':
      return before + pumped(part === '' ? hostile : part, at, text.length) + after
    case 'encode':
      return before + (part.isWellFormed() ? encodeURIComponent(part) : part) + after
    default:
      return withToken(tokensOf(text), kind, at, length, hostile)
  }
}

/** Repeats a part: a reader whose time grows with the square of its input is seen by that. */
function pumped(part: string, at: number, length: number): string {
  if (part === '') return part
  return part.repeat(
    Math.max(1, Math.min(2 ** (at % 16), Math.floor((longest - length) / part.length))),
  )
}

function withToken(
  tokens: string[],
  kind: Edit['kind'],
  at: number,
  length: number,
  hostile: string,
): string {
  if (tokens.length === 0) return hostile
  const one = at % tokens.length
  const other = (at + length) % tokens.length
  const [first = '', second = ''] = [tokens[one], tokens[other]]
  if (kind === 'swap tokens') {
    return tokens.with(one, second).with(other, first).join('')
  }
  const made = { 'drop token': '', 'double token': first + first, 'replace token': hostile }
  return tokens
    .with(one, Object.entries(made).find(([name]) => name === kind)?.[1] ?? first)
    .join('')
}

/** Applies edits to a text. */
export const edited = (text: string, edits: readonly Edit[]): string =>
  edits.reduce(applied, text).slice(0, longest)

const edits = fc.oneof(
  { weight: 5, arbitrary: fc.array(edit, { minLength: 1, maxLength: 2 }) },
  { weight: 2, arbitrary: fc.array(edit, { maxLength: 6 }) },
)

/** Pieces of seeds from which a text is made anew: a long run has hundreds of long seeds. */
const mostPieces = 5_000

/** Texts that are near to the seeds. */
export const textNear = (seeds: readonly string[]): fc.Arbitrary<string> => {
  const pieces = [...new Set([...hostileTexts, ...seeds.flatMap(tokensOf)])].slice(0, mostPieces)
  return fc.oneof(
    {
      weight: 12,
      arbitrary: fc
        .tuple(fc.constantFrom(...seeds), edits)
        .map(([text, some]) => edited(text, some)),
    },
    { weight: 1, arbitrary: fc.constantFrom(...seeds) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.constantFrom(...pieces), { maxLength: 12 })
        .map((parts) => parts.join('')),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  )
}

export type JsonEdit = {
  kind: (typeof jsonKinds)[number]
  at: number
  name: string
  value: Json
  edits: Edit[]
}

const jsonKinds = [
  ...([
    'drop',
    'replace',
    'edit text',
    'rename',
    'add',
    'list',
    'double',
    'nest',
    'print',
  ] as const),
] as const

/** One step away from a JSON value. */
export const jsonEdit: fc.Arbitrary<JsonEdit> = fc.record({
  kind: fc.constantFrom(...jsonKinds),
  at: fc.nat(200),
  name: fc.constantFrom(...hostileNames),
  value: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...hostileValues) },
    { weight: 1, arbitrary: fc.constantFrom(...hostileTexts) },
    { weight: 1, arbitrary: fc.integer({ min: -2_000_000_000, max: 4_000_000_000 }) },
  ),
  edits: fc.array(edit, { minLength: 1, maxLength: 2 }),
})

const isObject = (value: Json): value is { [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const sizeOf = (value: Json): number =>
  typeof value !== 'object' || value === null
    ? 1
    : Object.values(value).reduce<number>((sum, member) => sum + sizeOf(member), 1)

const absent = Symbol('absent')

/** Changes the nth value within a value; whatever was chosen, the result is JSON. */
export function changed(value: Json, edit: JsonEdit): Json {
  let left = edit.at % sizeOf(value)
  const visit = (one: Json, name: string | null): Json | typeof absent => {
    if (left-- === 0) return changedAt(one, edit, name)
    if (Array.isArray(one)) {
      return one.flatMap((item) => {
        const visited = visit(item, null)
        return visited === absent ? [] : [visited]
      })
    }
    if (!isObject(one)) return one
    const members = Object.entries(one).flatMap(([key, member]): [string, Json][] => {
      const isHere = left === 0
      const visited = visit(member, key)
      if (visited === absent) return []
      return [[isHere && edit.kind === 'rename' ? edit.name : key, visited]]
    })
    return Object.fromEntries(members)
  }
  const visited = visit(value, null)
  return visited === absent ? null : visited
}

function changedAt(one: Json, edit: JsonEdit, name: string | null): Json | typeof absent {
  switch (edit.kind) {
    case 'drop':
      return absent
    case 'replace':
      return edit.value
    case 'edit text':
      return typeof one === 'string' ? edited(one, edit.edits) : edit.value
    case 'rename':
      return name === null ? edit.value : one
    case 'add':
      return isObject(one)
        ? Object.fromEntries([...Object.entries(one), [edit.name, edit.value]])
        : Array.isArray(one)
          ? [...one, edit.value]
          : one
    case 'list':
      return [one]
    case 'double':
      return Array.isArray(one) ? [...one, ...one] : [one, one]
    case 'nest':
      return nested(one, 2 + (edit.at % 40))
    case 'print':
      return JSON.stringify(one)
  }
}

const nested = (value: Json, depth: number): Json => {
  let whole = value
  for (let level = 0; level < depth; level++) whole = level % 2 === 0 ? [whole] : { a: whole }
  return whole
}

/** JSON values that are near to the seeds. */
export const jsonNear = (seeds: readonly Json[]): fc.Arbitrary<Json> =>
  fc
    .tuple(fc.constantFrom(...seeds), fc.array(jsonEdit, { maxLength: 3 }))
    .map(([value, some]) => some.reduce(changed, value))

/** A member once more, a mark at the beginning, something behind the end: what no value can have. */
const printings = fc.constantFrom<(text: string) => string>(
  (text) => text.replace(/"(?:[^"\\]|\\.)*":[^,{}[\]]*/, (member) => `${member},${member}`),
  (text) =>
    text.replace(
      /"(\w)(\w*)":/,
      (name, first: string, rest: string) =>
        `"\\u00${first.charCodeAt(0).toString(16)}${rest}":0,${name}`,
    ),
  (text) => `\ufeff${text}`,
  (text) => `${text},`,
  (text) => `${text}${text}`,
  (text) => text.replace(/\d+/, '1e999'),
  (text) => text.replace(/\d+/, '-0'),
  (text) => text.replaceAll('"', "'"),
  (text) => ` \n${text}\t `,
  (text) => '['.repeat(20_000) + text,
)

/** Texts of JSON values near to the seeds, some of them no JSON any more. */
export const jsonTextNear = (seeds: readonly Json[]): fc.Arbitrary<string> => {
  const printed = jsonNear(seeds).map((value) => JSON.stringify(value))
  return fc.oneof(
    { weight: 6, arbitrary: printed },
    { weight: 2, arbitrary: fc.tuple(printed, printings).map(([text, print]) => print(text)) },
    { weight: 2, arbitrary: fc.tuple(printed, edits).map(([text, some]) => edited(text, some)) },
  )
}

type ByteEdit = {
  kind: 'set' | 'put' | 'drop' | 'flip' | 'double' | 'cut'
  at: number
  byte: number
}

const byteEdit: fc.Arbitrary<ByteEdit> = fc.record({
  kind: fc.constantFrom('set', 'put', 'drop', 'flip', 'double', 'cut'),
  at: fc.nat(3_000),
  // Initial bytes and lengths of CBOR and DER among them.
  byte: fc.oneof(
    fc.constantFrom(
      0x00,
      0x01,
      0x18,
      0x1b,
      0x1f,
      0x30,
      0x40,
      0x5f,
      0x7f,
      0x80,
      0x9f,
      0xa0,
      0xbf,
      0xff,
    ),
    fc.nat(255),
  ),
})

function appliedToBytes(bytes: readonly number[], { kind, at, byte }: ByteEdit): readonly number[] {
  const place = at % (bytes.length + 1)
  const [before, after] = [bytes.slice(0, place), bytes.slice(place)]
  const [first = 0, ...rest] = after
  switch (kind) {
    case 'set':
      return [...before, byte, ...rest]
    case 'put':
      return [...before, byte, ...after]
    case 'drop':
      return [...before, ...rest]
    case 'flip':
      return [...before, first ^ (1 << (byte % 8)), ...rest]
    case 'double':
      return [...before, ...after.slice(0, byte), ...after]
    case 'cut':
      return before
  }
}

/** Bytes that are near to the seeds, in hexadecimal digits, as a corpus has them. */
export const bytesNear = (seeds: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .tuple(fc.constantFrom(...seeds), fc.array(byteEdit, { maxLength: 4 }))
        .map(([hex, some]) =>
          Buffer.from(some.reduce(appliedToBytes, [...Buffer.from(hex, 'hex')])).toString('hex'),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .uint8Array({ maxLength: 40 })
        .map((bytes) => Buffer.from(bytes).toString('hex')),
    },
  )
