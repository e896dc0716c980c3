import { describe, expect, it } from 'vitest'
import { acrValues, levelOfAcr } from '../../src/protocol/acr.ts'

describe('OpenID Connect Core 2: our context classes', () => {
  it('are ordered, and the former name of one factor is that of the lowest', () =>
    expect(Object.fromEntries(acrValues.map((name) => [name, levelOfAcr(name)]))).toEqual({
      'urn:postern:acr:1': 1,
      'urn:postern:acr:2': 2,
      'urn:postern:acr:fresh': 3,
      '1': 1,
    }))

  it.each([undefined, 1, '2', 'urn:postern:acr:3'])('%j is none of them', (name) =>
    expect(levelOfAcr(name)).toBeUndefined(),
  )
})
