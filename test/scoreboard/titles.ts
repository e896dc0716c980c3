// The tests as they are written: their titles, read from the files themselves, so that a table that
// names a test can be held against them without running anything.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const projectFolder = join(import.meta.dirname, '../..')

/** A test, or a group of tests, as its file has it. One of `it.each` stands for all of its rows. */
export type Title = { file: string; title: string; isGroup: boolean; isSkipped: boolean }

const quoted = String.raw`(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|` + '`((?:[^`\\\\]|\\\\.)*)`)'
const direct = new RegExp(String.raw`\b(it|test|describe)((?:\.\w+)*)(?:\(|\()\s*${quoted}`, 'g')
const each = String.raw`\b(it|test|describe)((?:\.\w+)*\.(?:each|for))`
const ofRows = new RegExp(String.raw`${each}[^;]*?\)\(\s*${quoted}`, 'g')
// With a semicolon within the text of a row.
const text = String.raw`'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|` + '`(?:[^`\\\\]|\\\\.)*`'
const ofTextRows = new RegExp(
  String.raw`${each}(?:${text}|[^;'"` + '`' + String.raw`])*?\)\(\s*${quoted}`,
  'g',
)

/** Returns the titles in the text of a test file. */
export function titlesIn(file: string, text: string): Title[] {
  const found = new Map<string, Title>()
  for (const pattern of [direct, ofRows, ofTextRows]) {
    for (const [, kind = '', modifiers = '', one, two, three] of text.matchAll(pattern)) {
      const title = (one ?? two ?? three ?? '').replaceAll(/\\(.)/g, '$1')
      const isSkipped = /\.(skip|todo)\b/.test(modifiers)
      found.set(`${kind} ${title}`, { file, title, isGroup: kind === 'describe', isSkipped })
    }
  }
  return [...found.values()]
}

/** Returns the paths of all test files. */
export const testFiles = (): string[] =>
  globSync('test/**/*.test.{ts,tsx}', { cwd: projectFolder }).map(slashed).toSorted()

const slashed = (path: string): string => path.replaceAll('\\', '/')

/** Returns the titles of all test files. */
export const allTitles = (): Title[] =>
  testFiles().flatMap((file) => titlesIn(file, readFileSync(join(projectFolder, file), 'utf8')))

/** A test by its file, below `test/` and without `.test.ts`, and a part of its title. */
export type Shown = readonly [file: string, title: string]

/** Returns what is wrong with the tests that a row names; nothing if each exists and runs. */
export function faultsOf(id: string, shown: readonly Shown[], titles: readonly Title[]): string[] {
  return shown.flatMap(([file, part]) => {
    const ofFile = titles.filter((title) => title.file.startsWith(`test/${file}.test.ts`))
    const fitting = ofFile.filter(({ title }) => title.includes(part))
    if (fitting.length === 0) return [`${id}: ${file} has no test “${part}”`]
    return fitting.some(({ isSkipped }) => !isSkipped) ? [] : [`${id}: ${file} skips “${part}”`]
  })
}
