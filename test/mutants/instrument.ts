// Source files with all of their mutants in them, each behind a switch: by Stryker's instrumenter, with
// mutators of our own beside Stryker's.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Instrumenter } from '@stryker-mutator/instrumenter'
import { allMutators } from '../../node_modules/@stryker-mutator/instrumenter/dist/src/mutators/mutate.js'
import { changeOf } from './change.ts'
import { ownMutators } from './own-mutators.ts'

export const projectFolder = join(import.meta.dirname, '../..')

/** One change of one source file; `text` says what it changes, without the number of its line. */
export type Mutant = { id: string; file: string; line: number; mutator: string; text: string }

/**
 * Strings are words for people, or are compared, which is mutated there. A function that returns nothing
 * and an object without members do not compile where something is expected of them.
 */
const excludedMutations = ['StringLiteral', 'ArrowFunction', 'ObjectLiteral']

const silent = () => {}
const logger = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace: silent,
  debug: silent,
  info: silent,
  warn: silent,
  error: silent,
  fatal: silent,
}

/**
 * What is made once an isolate is made at each use here: a test file tells which test reaches a mutant,
 * and all but the first would only use what the first has made.
 */
const unmade: Record<string, readonly [kept: string, made: string]> = {
  'src/store/sql.ts': ['built ??= build(', 'built = build('],
  'src/protocol/once.ts': ['made ??= {', 'made = {'],
}

/** Returns the text of each file with its mutants in it, and the mutants. */
export async function instrument(
  files: readonly string[],
): Promise<{ texts: Record<string, string>; mutants: Mutant[] }> {
  addOwnMutators()
  const sources = [...new Set([...files, ...Object.keys(unmade)])].map((name) => ({
    name,
    mutate: files.includes(name),
    content: readFileSync(join(projectFolder, name), 'utf8'),
  }))
  const result = await new Instrumenter(logger).instrument(sources, {
    plugins: null,
    excludedMutations,
    ignorers: [],
  })
  const texts = result.files.map(({ name, content }) => {
    const [kept, made] = (files.includes(name) ? undefined : unmade[name]) ?? ['', '']
    if (!content.includes(kept)) throw new Error(`${name} no longer has ${kept}`)
    return [name, content.replace(kept, made)]
  })
  const contents = new Map(sources.map(({ name, content }) => [name, content.split('\n')]))
  const counted = new Map<string, number>()
  const mutants = result.mutants
    .filter(({ status }) => status === undefined)
    .flatMap(({ id, fileName, location, mutatorName, replacement }) => {
      const original = between(contents.get(fileName) ?? [], location)
      if (isDominated(mutatorName, replacement)) return []
      const text = changeOf(original, replacement)
      const key = `${fileName} ${text}`
      const number = (counted.get(key) ?? 0) + 1
      counted.set(key, number)
      return {
        id,
        file: fileName,
        line: location.start.line + 1,
        mutator: mutatorName,
        text: number === 1 ? text : `${text} #${number}`,
      }
    })
  return { texts: Object.fromEntries(texts), mutants }
}

/** Whoever notices a condition that always holds and one that never does notices its opposite, too. */
const isDominated = (mutator: string, replacement: string): boolean =>
  mutator === 'EqualityOperator' && /[!=]==?/.test(replacement) && !/[<>]=?/.test(replacement)

/** Stryker's list of mutators is one array, which its transformer reads. */
function addOwnMutators(): void {
  for (const mutator of ownMutators) {
    if (!allMutators.includes(mutator)) allMutators.push(mutator)
  }
}

type Position = { line: number; column: number }

function between(
  lines: readonly string[],
  { start, end }: { start: Position; end: Position },
): string {
  return lines
    .slice(start.line, end.line + 1)
    .map((line, index, all) =>
      line.slice(index === 0 ? start.column : 0, index === all.length - 1 ? end.column : undefined),
    )
    .join('\n')
}
