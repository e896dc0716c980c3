// Which test files reach which source files: test/mutants/reach.txt, which `--reach` measures, because
// nearly every test drives the whole worker and no import tells what it is about.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const path = join(import.meta.dirname, 'reach.txt')

/** For each test file: its time in milliseconds, and the share of the source files' mutants it reaches in %. */
export type Reach = Record<string, { milliseconds: number; sources: Record<string, number> }>

/** Reads one line for each source file: its name, then `test:share:milliseconds` for the tests near to it. */
export function loadReach(text: string = readFileSync(path, 'utf8')): Reach {
  const reach: Reach = {}
  for (const line of text.split('\n')) {
    const [source, ...tests] = line.split(' ')
    if (source === undefined) continue
    for (const [test, share, milliseconds] of tests.map((part) => part.split(':'))) {
      if (test === undefined) continue
      const entry = (reach[test] ??= { milliseconds: Number(milliseconds), sources: {} })
      entry.sources[source] = Number(share)
    }
  }
  return reach
}

/** `nearest`: the test files to keep for a source file. */
export function reachText(
  reach: Reach,
  sources: readonly string[],
  nearest: (source: string) => string[],
): string {
  const part = (source: string, test: string): string =>
    [test, reach[test]?.sources[source] ?? 0, reach[test]?.milliseconds ?? 0].join(':')
  return sources
    .map(
      (source) => `${[source, ...nearest(source).map((test) => part(source, test))].join(' ')}\n`,
    )
    .join('')
}

export const saveReach = (text: string): void => writeFileSync(path, text)
