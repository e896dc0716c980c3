// The examples in the help are commands that the command line takes.
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
