// The examples in the help are commands that the command line takes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { nouns } from '../../src/cli/nouns/nouns.ts'
import { type Invocation, newProgram } from '../../src/cli/program.ts'

/** The words of an example as a shell would pass them on, without redirections. */
function wordsOf(example: string): string[] {
  const words = example.match(/'[^']*'|\S+/g) ?? []
  const end = words.findIndex((word) => /^[<>]/.test(word))
  return words.slice(0, end < 0 ? undefined : end).map((word) => word.replace(/^'(.*)'$/, '$1'))
}

const examples = nouns.flatMap(({ name, verbs }) =>
  verbs.map((verb) => [`${name} ${verb.name} ${verb.example}`, name, verb] as const),
)

it.each(examples)('%s', async (_text, noun, verb) => {
  const invoked: Invocation[] = []
  const said: string[] = []
  const program = newProgram(
    { out: (text) => said.push(text), err: (text) => said.push(text) },
    (one) => {
      invoked.push(one)
      return Promise.resolve()
    },
  )
  await program.parseAsync([noun, verb.name, ...wordsOf(verb.example)], { from: 'user' })
  expect({ verbs: invoked.map((one) => one.verb), said }).toEqual({ verbs: [verb], said: [] })
})

it.each(examples.filter(([, , verb]) => verb.destructive))('%s says that it is sure', (text) => {
  expect(text).toMatch(/ --yes\b/)
})

it('src/cli/README.md lists every noun with its verbs', () => {
  const page = readFileSync(join(import.meta.dirname, '../../src/cli/README.md'), 'utf8')
  const rows = [...page.matchAll(/^\| (`[a-z`, ]+`) \| `([a-z -]+)`/gm)]
  const listed = rows.flatMap(([, names = '', verbs = '']) =>
    [...names.matchAll(/\w+/g)].map(([name]) => [name, verbs.split(' ').sort()]),
  )
  const had = nouns.map(({ name, verbs }) => [name, verbs.map((verb) => verb.name).sort()])
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(had))
})
