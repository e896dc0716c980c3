// The commands that the pages for operators tell are commands that there are.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { newProgram } from '../../src/cli/program.ts'
import { isSourceName } from '../../src/cli/sources/open-source.ts'

const folder = join(import.meta.dirname, '..', '..')
const pages = [
  'README.md',
  ...['operator', 'cli/import'].flatMap((room) =>
    readdirSync(join(folder, 'src', room), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `src/${room}/${name}`),
  ),
]

/** The commands of a page: whole lines of a block of code, and those inside of a paragraph. */
function commandsOf(page: string): string[] {
  const text = readFileSync(join(folder, page), 'utf8').replaceAll('\\\n', ' ')
  const inBlocks = [...text.matchAll(/^ *npx postern (.+)$/gm)].map(([, words = '']) => words)
  const inline = [...text.matchAll(/`npx postern ([^`]+)`/g)].map(([, words = '']) => words)
  return [...inBlocks, ...inline].map((words) => words.replaceAll(/\s+/g, ' ').trim())
}

const wordsOf = (command: string): string[] =>
  command
    .replace(/ [<>|].*$/, '')
    .replace(/ #.*$/, '')
    .split(' ')

const commands = pages.flatMap((page) => commandsOf(page).map((command) => ({ page, command })))

describe('the pages for operators', () => {
  it('tell commands at all', () => {
    expect(new Set(commands.map(({ page }) => page)).size).toBeGreaterThan(8)
  })

  it.each(commands)('$page: npx postern $command', async ({ command }) => {
    const said: string[] = []
    const understood: string[] = []
    const program = newProgram(
      { out: (text) => void said.push(text), err: (text) => void said.push(text) },
      async ({ noun, verb, input }) => {
        understood.push(`${noun.name} ${verb.name}`)
        const source = input.text('source')
        if (source !== undefined && !isSourceName(source)) said.push(`no source ${source}`)
      },
    )
    await program.parseAsync(wordsOf(command), { from: 'user' }).catch((cause: unknown) => {
      said.push(String(cause))
    })
    expect({ said, count: understood.length }).toEqual({ said: [], count: 1 })
  })
})
