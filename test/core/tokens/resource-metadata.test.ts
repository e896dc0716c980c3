// What an operator may say about a protected resource, and the texts that go with it.
import { expect, it } from 'vitest'
import { resourceMetadata } from '../../../src/core/tokens/resource-metadata.ts'
import * as v from '../../../src/protocol/schema.ts'

const isTaken = (facts: object): boolean =>
  v.safeParse(resourceMetadata(), { resource: 'https://one.example/', ...facts }).success

it('a text is about one scope name', () => {
  const about = (name: string) => isTaken({ texts: { [name]: 'Reads.' } })
  expect({
    one: about('read'),
    two: about('read write'),
    none: about(''),
    quoted: about('"read"'),
    umlaut: about('läsen'),
  }).toEqual({ one: true, two: false, none: false, quoted: false, umlaut: false })
})

it('a text is in one language, or by languages of two or three small letters', () => {
  const by = (language: string) => isTaken({ texts: { read: { [language]: 'Reads.' } } })
  expect({
    one: isTaken({ texts: { read: 'Reads.' } }),
    two: by('en'),
    three: by('gsw'),
    letter: by('e'),
    name: by('english'),
    region: by('de-AT'),
    before: by('-de'),
    large: by('DE'),
  }).toEqual({
    ...{ one: true, two: true, three: true },
    ...{ letter: false, name: false, region: false, before: false, large: false },
  })
})
