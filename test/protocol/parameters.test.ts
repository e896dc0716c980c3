import { describe, expect, it } from 'vitest'
import {
  encodeParameters,
  isRepeatable,
  isRepeatableAtToken,
  parseParameters,
  requireParameter,
  valuesOf,
} from '../../src/protocol/parameters.ts'

const parsed = (text: string) => Object.fromEntries(parseParameters(text))

describe('RFC 6749 3.1, 3.2 and Appendix B: parameters', () => {
  it.each([
    ['nothing', '', {}],
    ['one parameter', 'a=1', { a: '1' }],
    ['an equals sign in a value', 'a=1=2', { a: '1=2' }],
    ['plus as a space', 'a=x+y', { a: 'x y' }],
    ['percent-encoded UTF-8', 'a=%C3%A9%20%E2%82%AC', { a: 'é €' }],
    ['an encoded name', '%61b=1', { ab: '1' }],
    ['text that is not percent-encoded', 'a=é', { a: 'é' }],
    ['empty pairs', '&a=1&&b=2&', { a: '1', b: '2' }],
    ['a byte order mark as part of the name', '\ufeffa=1', { '\ufeffa': '1' }],
  ])('reads %s', (_what, text, expected) => expect(parsed(text)).toEqual(expected))

  it.each([
    ['without value', 'a=&b'],
    ['without name', '='],
  ])('treats a parameter %s as not sent', (_what, text) => expect(parsed(text)).toEqual({}))

  it.each([
    ['a name twice', 'a=1&a=2'],
    ['a name twice with one value', 'a=1&a=1'],
    ['a name twice, once empty', 'a=&a=1'],
    ['a name twice, once encoded', 'a=1&%61=2'],
    ['an open percent', 'a=%'],
    ['a percent before other letters', 'a=%zz'],
    ['a byte that is not UTF-8', 'a=%FF'],
    ['an overlong encoding', 'a=%C0%AF'],
    ['half a surrogate pair', 'a=%ED%A0%80'],
    ['a NUL in a value', 'a=b%00'],
    ['a NUL in a name', 'a%00=b'],
    ['a bare NUL', 'a=\0'],
    ['201 parameters', Array.from({ length: 201 }, (_, index) => `p${index}=1`).join('&')],
    ['10,000 empty pairs', '&'.repeat(10_000)],
  ])('refuses %s', (_what, text) =>
    expect(() => parseParameters(text)).toThrow(/^invalid_request: /),
  )

  it('reads 200 parameters', () => {
    const text = Array.from({ length: 200 }, (_, index) => `p${index}=1`).join('&')
    expect(parseParameters(text).size).toBe(200)
  })

  it('keeps a parameter without a value where an endpoint asks for it', () => {
    expect([...parseParameters('a=&b', { keepsEmpty: true })]).toEqual([
      ['a', ''],
      ['b', ''],
    ])
  })

  it('RFC 8693 2.1: a token exchange names several audiences, and nothing else but resources', () => {
    expect(['resource', 'audience', 'scope'].map(isRepeatableAtToken)).toEqual([true, true, false])
    expect(['resource', 'audience', 'scope'].map(isRepeatable)).toEqual([true, false, false])
  })

  it('has no value of a name that was not sent', () => {
    expect(valuesOf(parseParameters('a=1'), 'b')).toEqual([])
  })

  it('keeps every value of a name that may repeat, and takes none of them for the one', () => {
    const parameters = parseParameters('resource=a&x=1&resource=b&resource=', {
      mayRepeat: isRepeatable,
    })
    expect({
      resources: valuesOf(parameters, 'resource'),
      resource: parameters.get('resource'),
      x: valuesOf(parameters, 'x'),
      y: valuesOf(parameters, 'y'),
    }).toEqual({ resources: ['a', 'b'], resource: undefined, x: ['1'], y: [] })
    expect(() => parseParameters('x=1&x=2', { mayRepeat: isRepeatable })).toThrow(
      /^invalid_request: /,
    )
  })

  it('encodes to text that parses to the same', () => {
    const text = 'a=%26+%3D%C3%A9&resource=a&resource=b'
    expect(encodeParameters(parseParameters(text, { mayRepeat: isRepeatable }))).toBe(text)
  })

  it('keeps names that an object would inherit', () => {
    const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString']
    const parameters = parseParameters(names.map((name) => `${name}=1`).join('&'))
    expect([...parameters]).toEqual(names.map((name) => [name, '1']))
  })

  it('returns a required parameter', () => {
    expect(requireParameter(parseParameters('a=1'), 'a')).toBe('1')
  })

  it('takes an equals sign at the start for an empty name', () => {
    expect(parsed('=1')).toEqual({ '': '1' })
  })

  it.each(['__proto__', 'constructor', 'toString'])('finds no %s where none was sent', (name) =>
    expect(() => requireParameter(parseParameters('a=1'), name)).toThrow(/is missing/),
  )
})
