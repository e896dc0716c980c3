import { expect, it } from 'vitest'
import { fill } from '../../src/pages/fill.ts'
import { languages } from '../../src/pages/language.ts'
import { textsIn } from '../../src/pages/texts.ts'
import { de as germanMails } from '../../src/mail/texts/de.ts'

type Leaf = { path: string; text: string }

type Sentence = (count: number) => unknown

/** The texts with their paths; `saying` tells what stands for a sentence that depends on a number. */
function leaves(
  texts: object,
  path = '',
  saying: (sentence: Sentence) => unknown = (sentence) => sentence(2),
): Leaf[] {
  return Object.entries(texts).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? leaves(value, `${path}${key}.`, saying)
      : [{ path: path + key, text: String(isSentence(value) ? saying(value) : value) }],
  )
}

const isSentence = (value: unknown): value is Sentence => typeof value === 'function'

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

/** Sentences whose number is never one, or whose words are the same with one. */
const ofAnyNumber = [
  'accountPages.added',
  'accountPages.left',
  'accountPages.password.hint',
  'accountPages.signedIn',
  'accountPages.withAccess',
  'newAccount.hint',
]

it.each(languages)('U11: every other sentence with a number has its forms in %s', (language) => {
  const written = leaves(textsIn(language), '', (sentence) => sentence.name)
  const withNumber = written.filter(({ text }) => text.includes('{count}'))
  expect(withNumber.map(({ path }) => path).toSorted()).toEqual(ofAnyNumber)
})

it.each([
  ['en', 'remember', / for 1 day$/, / for 30 days$/],
  ['de', 'remember', / 1 Tag lang /, / 30 Tage lang /],
  ['en', 'codesLeft', / one recovery code left\.$/, / 30 recovery codes left\.$/],
  ['de', 'codesLeft', / einen Wiederherstellungscode\.$/, / 30 Wiederherstellungscodes\.$/],
] as const)('U11: in %s the sentence %s has a form for one', (language, name, one, more) => {
  const sentence = textsIn(language).factors[name]
  const said = [1, 30].map((count) => fill(sentence, { count }).map(String).join(''))
  expect(said).toEqual([expect.stringMatching(one), expect.stringMatching(more)])
})

it('U20: German speaks as a bank would write', () => {
  const spoken = leaves({ pages: textsIn('de'), mails: germanMails })
  const careless = /geht nicht|klappt|es geht (?:zurück|weiter|los)|\b(?:okay|ups|hoppla|super)\b/i
  const familiar = /\b(?:du|dich|dir|dein(?:e[mnrs]?)?)\b/i
  expect(
    spoken.filter(({ text }) => careless.test(text) || familiar.test(text)).map(({ text }) => text),
  ).toEqual([])
})
