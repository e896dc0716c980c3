// From the names on the command line to files, and what each begins with.
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Refusal } from '../../operator/refusal.ts'
import { isObject } from '../json.ts'
import { csvHeader, readCsv } from './csv-records.ts'
import { fileBytes } from './file-bytes.ts'
import { readJsonDocument } from './json-document.ts'
import { readLdif } from './ldif-entries.ts'
import { readJsonLines } from './lines.ts'
import { parseJson } from './members.ts'
import type { Entry, Format, Sample, Source } from './source.ts'

const sampledEntries = 20

/** A head is at least this long, and goes on to the end of the first line, within bounds. */
const sampledBytes = 64 * 1024
const longestFirstLine = 4 * 1024 * 1024

/**
 * The files of the arguments. A directory stands for the users of a Postern export in it, or for the JSON
 * files of a Keycloak export with its users in the order in which they were written.
 * @throws Refusal for a directory without such files
 */
export function expandFiles(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (!statSync(path).isDirectory()) return [path]
    const names = readdirSync(path)
    if (names.includes('manifest.json') && names.includes('users.jsonl')) {
      return [join(path, 'users.jsonl')]
    }
    const exported = names.filter((name) => /-(realm|users-\d+)\.json$/.test(name))
    if (exported.length === 0) {
      throw new Refusal(
        `${path} is no folder of postern export run, and has no X-realm.json and no X-users-0.json of` +
          ' Keycloak: name the files',
      )
    }
    return exported.sort(byNumber).map((name) => join(path, name))
  })
}

const byNumber = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true })

/**
 * Reads the beginning of a file.
 * @throws Refusal for an empty file
 */
export async function sampleOf(path: string): Promise<Sample> {
  const head = await headOf(path)
  const format = formatOf(head)
  if (format === undefined) throw new Refusal(`${basename(path)} is empty`)
  const documentNames = new Set<string>()
  const entries = []
  for await (const entry of readEntries(path, format, documentNames)) {
    if ('members' in entry) entries.push(entry.members)
    if (entries.length === sampledEntries) break
  }
  const names = new Set(entries.flatMap((members) => Object.keys(members)))
  if (format === 'csv') for (const name of csvHeader(head)) names.add(name)
  return { format, entries, names, documentNames, head }
}

/** Reads all entries of a file. */
export function readEntries(
  path: string,
  format: Format,
  documentNames?: Set<string>,
): AsyncIterable<Entry> {
  const bytes = fileBytes(path)
  switch (format) {
    case 'lines':
      return readJsonLines(bytes)
    case 'document':
      return readJsonDocument(bytes, documentNames)
    case 'csv':
      return readCsv(bytes)
    case 'ldif':
      return readLdif(bytes)
  }
}

/** Reads all entries of a file as its source writes them. */
export async function* readFile(path: string, source: Source): AsyncGenerator<Entry> {
  const format = formatOf(await headOf(path))
  if (format === undefined) return
  const own = format === 'csv' ? source.readCsv?.(fileBytes(path)) : undefined
  yield* own ?? readEntries(path, format)
}

async function headOf(path: string): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  let hasLine = false
  for await (const bytes of fileBytes(path)) {
    parts.push(bytes)
    length += bytes.length
    hasLine ||= bytes.includes(10)
    if (length > (hasLine ? sampledBytes : longestFirstLine)) break
  }
  return Buffer.concat(parts).toString('utf8').trimStart()
}

function formatOf(head: string): Format | undefined {
  if (head === '') return undefined
  if (head.startsWith('[')) return 'document'
  if (head.startsWith('{')) return isJsonLines(head) ? 'lines' : 'document'
  const first = head.split(/\r?\n/).find((line) => !/^(#| |$|version:)/i.test(line))
  return /^dn::? *\S/i.test(first ?? '') ? 'ldif' : 'csv'
}

// A document may stand on one line, too: it holds its people in a list, or is a realm without them.
function isJsonLines(head: string): boolean {
  const [first = '', ...others] = head.split('\n').filter((line) => line.trim() !== '')
  const document = parseJson(first)
  if (isObject(document)) {
    return !['users', 'Users', 'realm'].some((name) => Object.hasOwn(document, name))
  }
  // The first line is broken, or begins a document.
  const sampled = others.slice(0, sampledEntries)
  return sampled.filter((line) => isObject(parseJson(line))).length > sampled.length / 2
}
