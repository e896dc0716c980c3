import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { type SourceOptions, openSource } from '../../../src/cli/sources/open-source.ts'
import type { SourceRow } from '../../../src/cli/sources/person.ts'

/** 2026-01-01T00:00:00Z, in seconds. */
export const now = 1767225600

/** The content of files by their names, which may lie in a directory. */
export type Files = Record<string, string | Uint8Array>

/** Options of the command, with contents in place of the names of files. */
export type Options = Partial<Omit<SourceOptions, 'hashes' | 'hashConfig' | 'pepperFile'>> & {
  hashes?: string | Uint8Array
  hashConfig?: string
  pepper?: string
}

/** Writes the files, reads them as one source, and returns every row. */
export async function read(
  files: Files,
  options: Options = {},
): Promise<{ source: string; rows: SourceRow[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'sources-'))
  try {
    const write = (name: string, content: string | Uint8Array) => {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    const optional = (name: string, content: string | Uint8Array | undefined) =>
      content === undefined ? undefined : write(name, content)
    const { hashes, hashConfig, pepper, ...rest } = options
    const paths = Object.entries(files).map(([name, content]) => {
      const path = write(name, content)
      return name.includes('/') ? dirname(path) : path
    })
    const opened = await openSource([...new Set(paths)], {
      now,
      hashes: optional('hashes', hashes),
      hashConfig: optional('hash-config', hashConfig),
      pepperFile: optional('pepper', pepper),
      ...rest,
    })
    const rows: SourceRow[] = []
    for await (const row of opened.rows) rows.push({ ...row, file: basename(row.file) })
    return { source: opened.source, rows }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** The row of a person in the one file of a test. */
export const personRow = (line: number, person: object) => ({
  file: 'users',
  line,
  person: { line, ...person },
})

/** The people of one file of text, and nothing else: fails for a row that is none. */
export async function people(text: string, options: Options = {}) {
  const { rows } = await read({ users: text }, options)
  return rows.map((row) => {
    if (!('person' in row)) throw new Error(JSON.stringify(row))
    return row.person
  })
}

/** The password texts of one file, and why a password is to be reset. */
export async function passwords(text: string, options: Options = {}) {
  const { rows } = await read({ users: text }, options)
  return rows.map((row) => {
    if (!('person' in row)) throw new Error(JSON.stringify(row))
    const { password } = row.person
    const code = row.problems?.[0]?.code
    return password !== undefined && 'hash' in password ? password.hash : { ...password, code }
  })
}

/** Lines of JSON, one each. */
export const jsonLines = (...values: unknown[]) =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('')
