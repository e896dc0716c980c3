import { expect, it } from 'vitest'
import { fill } from '../../src/pages/fill.ts'
import { languages } from '../../src/pages/language.ts'
import { textsIn } from '../../src/pages/texts.ts'

type Leaf = { path: string; text: string }

function leaves(texts: object, path = ''): Leaf[] {
  return Object.entries(texts).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? leaves(value, `${path}${key}.`)
      : [{ path: path + key, text: String(typeof value === 'function' ? value(2) : value) }],
  )
}

const placeholders = ({ path, text }: Leaf) =>
  `${path}: ${(text.match(/\{[a-z]+\}/g) ?? []).sort().join(' ')}`

const english = leaves(textsIn('en'))

it.each(languages)('%s says everything, with the same parts filled in', (language) => {
  const spoken = leaves(textsIn(language))
  expect(spoken.map(placeholders)).toEqual(english.map(placeholders))
  expect(spoken.filter(({ text }) => text.trim() === '' || text.trim() !== text)).toEqual([])
})

it('is not English twice', () => {
  const german = new Map(leaves(textsIn('de')).map(({ path, text }) => [path, text]))
  const same = english.filter(({ path, text }) => german.get(path) === text)
  expect(same.map(({ text }) => text)).toEqual(['Passkeys', 'Code'])
})

it.each([
  ['en', 'and one more', 'and 2 more'],
  ['de', 'und eine weitere', 'und 2 weitere'],
] as const)('U11: a number of things has its form in %s', (language, one, two) => {
  const { more } = textsIn(language).scopes
  const said = [1, 2].map((count) => fill(more, { count }))
  expect(said.map((pieces) => pieces.map(String).join(''))).toEqual([one, two])
})
