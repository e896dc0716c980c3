import { describe, expect, it } from 'vitest'
import { resourceKey } from '../../src/protocol/resource-key.ts'

describe('the key of a resource', () => {
  it.each(['https://h', 'https://h/', 'HTTPS://H:443', 'https://h/?tenant=1', 'https://h?'])(
    'is the same for %s',
    (uri) => expect(resourceKey(uri)).toBe('https://h/'),
  )

  it.each(['https://h/a', 'https://h/a/', 'https://h/ab', 'https://h/A', 'http://h/a'])(
    'tells %s from the others',
    (uri) => expect(resourceKey(uri)).toBe(uri),
  )

  it('keeps a URN', () => {
    expect(resourceKey('urn:example:calendar')).toBe('urn:example:calendar')
  })
})
