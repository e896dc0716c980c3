// Which test files are tried for a source file, nearest first: those that bear its name, then those that
// have reached the most of it, as test/mutants/reach.txt says.
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { plain } from '../vitest.plain.config.ts'
import type { Reach } from './reach.ts'

const projectFolder = join(import.meta.dirname, '../..')

/** Test files that run in plain Node or in workerd. */
export const testFiles = (): string[] => {
  const others = new Set(
    globSync('test/{operator,agents,cli,browser,bench,mutants}/**', { cwd: projectFolder }),
  )
  return globSync(['test/**/*.test.{ts,tsx}', ...plain], { cwd: projectFolder })
    .filter((file) => !others.has(file) && !aboutTheTree.test(file))
    .toSorted()
}

/** These read the text of the source files, which mutants do not change, or take minutes. */
const aboutTheTree =
  /^test\/(architecture|links)\.test|\/(readme|conformance|modules)\.test|^test\/faults\/every-await/

/** Returns at most `most` test files for a source file. */
export function nearestTests(
  source: string,
  tests: readonly string[],
  reach: Reach,
  most: number,
): string[] {
  return tests
    .map((test) => ({ test, value: nearness(source, test, reach) }))
    .filter(({ value }) => value > 0)
    .toSorted((one, other) => other.value - one.value || (one.test < other.test ? -1 : 1))
    .slice(0, most)
    .map(({ test }) => test)
}

/** Up to 100 for what it reaches, 160 for its name, less 20 for each second that it takes. */
function nearness(source: string, test: string, reach: Reach): number {
  const known = reach[test]
  const share = known === undefined ? 0 : (known.sources[source] ?? 0)
  const isMirror = test.replace(/^test\/(.*)\.test\.tsx?$/, 'src/$1.ts') === source
  const name = 60 * likeness(source, test) + (isMirror ? 100 : 0)
  if (known !== undefined && share === 0) return 0
  if (known === undefined && name < 20) return 0
  return Math.max(1, share + name - (known?.milliseconds ?? 1000) / 50)
}

/** From 0 to 1: how many words of the file's name stand in the path of the test, and its folder. */
function likeness(source: string, test: string): number {
  const words = (path: string): string[] =>
    path
      .replace(/^(src|test)\//, '')
      .replace(/(\.test)?\.tsx?$/, '')
      .split(/[/-]/)
      .map(stem)
  const own = words(source)
  const others = new Set(words(test))
  const last = (source.split('/').at(-1) ?? '').replace(/\.ts$/, '').split('-').map(stem)
  const inName = last.filter((word) => others.has(word)).length / last.length
  const inPath = own.filter((word) => others.has(word)).length / own.length
  return 0.7 * inName + 0.3 * inPath
}

const stem = (word: string): string => word.replace(/(ations?|ings?|s)$/, '')
