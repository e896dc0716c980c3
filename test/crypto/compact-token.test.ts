// The compact form of tokens: what is taken for one, and what its parts may be.
import { describe, expect, it } from 'vitest'
import { isCompact, jsonObjectIn } from '../../src/crypto/compact-token.ts'
import { base64url, utf8 } from '../../src/crypto/encoding.ts'

const texts = {
  jws: 'head.pay_load.sig-nature',
  jwe: 'head.encrypted_key.iv-0.cipher.tag',
}
const forms = ['jws', 'jwe'] as const

describe.each(forms)('RFC 7515 7.1, RFC 7516 7.1: a %s', (form) => {
  const text = texts[form]
  const parts = text.split('.')
  const isOne = (changed: string): boolean => isCompact(changed, form, 100)
  const withPart = (at: number, part: string): string => parts.toSpliced(at, 1, part).join('.')

  it('has parts of base64url between dots, and no others', () => {
    expect({
      whole: isOne(text),
      oneFewer: isOne(parts.slice(1).join('.')),
      oneMore: isOne(`${text}.more`),
      before: isOne(` ${text}`),
      after: isOne(`${text}\n`),
      ofTheOtherForm: forms.filter((other) => isOne(texts[other])),
    }).toEqual({
      ...{ whole: true, oneFewer: false, oneMore: false, before: false, after: false },
      ofTheOtherForm: [form],
    })
  })

  it.each(parts.map((_part, at) => at))('has no empty or foreign part at %i', (at) => {
    const wrong = ['', 'a b', 'a+b', 'a/b', 'a=', 'é', '!']
    expect(wrong.filter((part) => isOne(withPart(at, part)))).toEqual([])
  })

  it('is refused unread if it is longer than it may be', () => {
    expect({
      fits: isCompact(text, form, text.length),
      longer: isCompact(text, form, text.length - 1),
    }).toEqual({ fits: true, longer: false })
  })
})

describe('RFC 8725 3.7: a part of a token', () => {
  const encoded = (text: string) => base64url(utf8(text))

  it('is the JSON object that it encodes', () => {
    expect(jsonObjectIn(encoded('{"alg":"ES256","crit":["b64"]}'))).toEqual({
      alg: 'ES256',
      crit: ['b64'],
    })
  })

  it.each([
    ['is not there', undefined],
    ['is empty', ''],
    ['is not base64url', 'e30='],
    ['is not UTF-8', base64url(Uint8Array.of(0x7b, 0xff, 0x7d))],
    ['is not JSON', encoded('{')],
    ['names a member twice', encoded('{"alg":"none","alg":"ES256"}')],
    ['is a list', encoded('[]')],
    ['is null', encoded('null')],
    ['is a text', encoded('"{}"')],
  ])('is none if it %s', (_what, part) => expect(jsonObjectIn(part)).toBe(null))
})
