// What has been measured so far: test/mutants/record.json, one entry for each source file in scope.
import { createHash } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const projectFolder = join(import.meta.dirname, '../..')
const recordPath = join(import.meta.dirname, 'record.json')

const measured = z.strictObject({
  /** SHA-256 of the file's content when it was measured, its first 16 hexadecimal digits. */
  hash: z.string(),
  /** All mutants that the file has, without those that are equivalent. */
  mutants: z.number(),
  /** How many of them were tried. */
  tried: z.number(),
  killed: z.number(),
  /** Killed by their endless loop or hang. */
  timedOut: z.number(),
  equivalent: z.number(),
  /** `line: what it changed`: every test that reaches it passes. */
  survivors: z.array(z.string()),
  /** `line: what it changed`: none of the tests nearest to the file reaches it. */
  uncovered: z.array(z.string()),
})

/** null = never measured. */
const recordSchema = z.record(z.string(), measured.nullable())

export type Measured = z.infer<typeof measured>
type MutationRecord = z.infer<typeof recordSchema>

/** The source files whose mutants are counted, by their path in the project. */
export const filesInScope = (): string[] =>
  globSync('src/{core,store,crypto,protocol}/**/*.ts', { cwd: projectFolder })
    .filter((file) => !file.endsWith('.d.ts'))
    .toSorted()

/** Returns the record, in which every file in scope has an entry or is missing because it is new. */
export function loadRecord(): MutationRecord {
  return recordSchema.parse(JSON.parse(readFileSync(recordPath, 'utf8')))
}

/**
 * Replaces the entries of files, drops those of files that are gone, and writes the record. A new file that
 * was not measured gets no entry, so that `changedFiles` goes on to name it.
 */
export function saveRecord(entries: MutationRecord): void {
  const record = loadRecord()
  const files = filesInScope()
  const others = Object.keys(entries).filter((file) => !files.includes(file))
  const next = [...files, ...others]
    .toSorted()
    .filter((file) => file in entries || file in record)
    .map((file) => [file, entries[file] ?? record[file] ?? null])
  writeFileSync(recordPath, `${JSON.stringify(Object.fromEntries(next), null, 2)}\n`)
}

export const hashOf = (content: string): string =>
  createHash('sha256').update(content).digest('hex').slice(0, 16)

export const contentOf = (file: string): string => readFileSync(join(projectFolder, file), 'utf8')

/** The files that are new or were changed since they were measured; never measured ones are not. */
export const changedFiles = (
  record: MutationRecord,
  files: readonly string[],
  read: (file: string) => string = contentOf,
): string[] =>
  files.filter((file) => {
    const entry = record[file]
    return entry === undefined || (entry !== null && entry.hash !== hashOf(read(file)))
  })

/** The share of the mutants tried that were killed, from 0 to 1. */
export const scoreOf = ({
  tried,
  killed,
  timedOut,
}: Pick<Measured, 'tried' | 'killed' | 'timedOut'>): number =>
  tried === 0 ? 1 : (killed + timedOut) / tried

/** Sums over the record, for the scoreboard. */
export function readRecord(record: MutationRecord = loadRecord()) {
  const entries = Object.values(record)
  const all = entries.filter((entry) => entry !== null)
  const sum = (count: (entry: Measured) => number): number =>
    all.reduce((total, entry) => total + count(entry), 0)
  const tried = sum((entry) => entry.tried)
  const killed = sum((entry) => entry.killed)
  const timedOut = sum((entry) => entry.timedOut)
  return {
    files: entries.length,
    measuredFiles: all.length,
    mutants: sum((entry) => entry.mutants),
    tried,
    killed,
    timedOut,
    survived: sum((entry) => entry.survivors.length),
    uncovered: sum((entry) => entry.uncovered.length),
    equivalent: sum((entry) => entry.equivalent),
    /** From 0 to 1. */
    score: scoreOf({ tried, killed, timedOut }),
  }
}
