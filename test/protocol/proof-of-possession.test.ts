import { describe, expect, it } from 'vitest'
import { isTimelyProof, targetOfProof } from '../../src/protocol/proof-of-possession.ts'

describe('RFC 9449 4.3, 11.1: the time of a proof', () => {
  it.each([
    ['now', 0, true],
    ['300 seconds ago', -300, true],
    ['301 seconds ago', -301, false],
    ['60 seconds ahead', 60, true],
    ['61 seconds ahead', 61, false],
  ])('%s', (_when, ahead, expected) =>
    expect(isTimelyProof(1_800_000_000 + ahead, 1_800_000_000)).toBe(expected),
  )
})

describe('RFC 9449 4.3: the htu of a proof', () => {
  const target = { origin: 'https://a.example', pathname: '/token' }

  it.each([
    ['as it is', 'https://a.example/token'],
    ['without its query', 'https://a.example/token?a=b'],
    ['without its fragment', 'https://a.example/token#a'],
    ['without the default port', 'https://a.example:443/token'],
    ['ignoring the case of its scheme and host', 'HTTPS://A.example/token'],
  ])('is read %s', (_how, htu) => expect(targetOfProof(htu)).toEqual(target))

  it('can be one of http', () =>
    expect(targetOfProof('http://a.example')).toEqual({
      origin: 'http://a.example',
      pathname: '/',
    }))

  it.each([
    ['another scheme', 'ftp://a.example/token'],
    ['text before the scheme', 'x:https://a.example/token'],
    ['one slash', 'https:/a.example/token'],
    ['a backslash', 'https://a.example\\token'],
    ['a space at its end', 'https://a.example/token '],
    ['a line break', 'https://a.example/to\nken'],
    ['a character beyond ASCII', 'https://a.example/t\u00f6ken'],
    ['a port that is none', 'https://a.example:99999/token'],
    ['a user', 'https://u@a.example/token'],
    ['a password', 'https://:p@a.example/token'],
    ['no host', 'https://'],
  ])('with %s is none', (_what, htu) => expect(targetOfProof(htu)).toBeNull())
})
