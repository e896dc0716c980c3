import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { Refusal } from '../../operator/refusal.ts'
import { readAuth0Hashes } from './auth0-hashes.ts'
import { parseFirebaseParameters } from './hash-config.ts'
import { expandFiles, readFile, sampleOf } from './input-files.ts'
import type { ChosenMap } from './member-map.ts'
import { type RowOptions, type SourceRow, rowOf } from './person.ts'
import { type Context, type Sample, type Source, type SourceName, sourceNames } from './source.ts'
import { sources } from './sources.ts'

/** What the command line says about the files. Each option is described at `npx postern import run`. */
export type SourceOptions = {
  /** The time, in seconds: a ban or an account may have ended by then. */
  now: number
  /** The source, where it is not to be recognised. */
  source?: SourceName
  map?: ChosenMap
  claims?: readonly string[]
  /** From the source's name of a provider to its issuer. */
  links?: Readonly<Record<string, string>>
  keepSub?: boolean
  /** A file with the hashes of Auth0. */
  hashes?: string
  /** A file with the parameters of Firebase's scrypt. */
  hashConfig?: string
  /** A file with the pepper of Devise. */
  pepperFile?: string
}

export type OpenedSource = {
  source: SourceName
  /** The files that are read, in order: a directory is replaced by what is in it. */
  files: string[]
  rows: AsyncIterable<SourceRow>
}

export const isSourceName = (name: string): name is SourceName =>
  sourceNames.some((each) => each === name)

/** Whether the ids of a source always stay the sub: those of another Postern are in the tokens of apps. */
export const keepsSub = (source: string): boolean => source === 'postern'

/**
 * Opens the files of one source. The rows are read one at a time, so that memory does not grow with
 * the files.
 * @throws Refusal if no source or several recognise the files, and for options that do not fit
 */
export async function openSource(
  paths: readonly string[],
  options: SourceOptions,
): Promise<OpenedSource> {
  const files = expandFiles(paths)
  const { file, sample } = await firstSample(files)
  const source = chooseSource(sample, file, options)
  if (options.source === undefined) await refuseOtherSources(paths, source, options)
  const rowOptions: RowOptions = {
    map: options.map ?? {},
    claims: options.claims ?? [],
    links: options.links ?? {},
    keepSub: options.keepSub === true || keepsSub(source.name),
  }
  refuseWhatDoesNotFit(source, sample, options)
  const context = await contextOf(options)
  const refusal = source.refusal?.(sample, context)
  if (refusal !== undefined) throw new Refusal(refusal)
  return { source: source.name, files, rows: readRows(files, source, context, rowOptions) }
}

async function* readRows(
  files: string[],
  source: Source,
  context: Context,
  options: RowOptions,
): AsyncGenerator<SourceRow> {
  for (const file of files) {
    for await (const entry of readFile(file, source)) {
      yield { file, line: entry.line, ...rowOf(entry, source, context, options) }
    }
  }
}

/** The sample of the first file that has entries: a Keycloak realm may have none beside its users. */
async function firstSample(files: string[]): Promise<{ file: string; sample: Sample }> {
  let first: { file: string; sample: Sample } | undefined
  for (const file of files) {
    const found = { file, sample: await sampleOf(file) }
    if (found.sample.names.size > 0) return found
    first ??= found
  }
  if (first === undefined) throw new Refusal('name at least one file')
  if (first.sample.documentNames.has('realm')) {
    throw new Refusal(
      'the realm has no users in this file: Keycloak writes them to X-users-0.json and further files beside X-realm.json, so name the directory',
    )
  }
  return first
}

/** Files of two systems have two namespaces of ids. */
async function refuseOtherSources(
  paths: readonly string[],
  source: Source,
  options: SourceOptions,
): Promise<void> {
  for (const file of paths) {
    if (paths.length === 1 || statSync(file).isDirectory()) continue
    const sample = await sampleOf(file)
    const { name } = sample.names.size === 0 ? source : chooseSource(sample, file, options)
    if (name === source.name) continue
    throw new Refusal(
      `${basename(file)} comes from ${name}, and others from ${source.name}: import each source by itself`,
    )
  }
}

function chooseSource(sample: Sample, file: string, { source, map }: SourceOptions): Source {
  const named = sources.find(({ name }) => name === source)
  if (named !== undefined) return named
  const special = sources.filter((each) => each.name !== 'csv' && each.recognises(sample))
  const plain = sources.filter((each) => each.name === 'csv')
  const fits = plain.filter((each) => map !== undefined || each.recognises(sample))
  const found = special.length > 0 || sample.format !== 'csv' ? special : fits
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const names = found.length === 0 ? sourceNames : found.map(({ name }) => name)
  const reason =
    found.length === 0
      ? 'is not recognised as the export of any source'
      : 'could come from several sources'
  throw new Refusal(`${basename(file)} ${reason}: say which by --source (${names.join(', ')})`)
}

function refuseWhatDoesNotFit(source: Source, sample: Sample, options: SourceOptions): void {
  const { map = {} } = options
  if (options.keepSub === true && source.subject === 'none' && map.sub === undefined) {
    throw new Refusal(
      `--keep-sub: ${source.name} has no lasting ids, so name a member by --map sub=...`,
    )
  }
  if (options.hashes !== undefined && source.name !== 'auth0') {
    throw new Refusal(`--hashes is the hash file of auth0, and the source is ${source.name}`)
  }
  if (options.hashConfig !== undefined && source.name !== 'firebase') {
    throw new Refusal(`--hash-config is for firebase, and the source is ${source.name}`)
  }
  // A member of JSON may be absent in many rows, a column of a file in none.
  const missing = Object.values(map).find((name) => !sample.names.has(name))
  if (sample.format === 'csv' && source.readCsv === undefined && missing !== undefined) {
    const columns = [...sample.names].join(', ')
    throw new Refusal(`--map: there is no column "${missing}"; the file has ${columns}`)
  }
}

async function contextOf(options: SourceOptions): Promise<Context> {
  const { now, hashes, hashConfig, pepperFile } = options
  return {
    now,
    hashes: hashes === undefined ? undefined : await readAuth0Hashes(hashes),
    firebase:
      hashConfig === undefined
        ? undefined
        : parseFirebaseParameters(readFileSync(hashConfig, 'utf8')),
    pepper: pepperFile === undefined ? undefined : pepperOf(pepperFile),
  }
}

// An editor ends the file with a line break, which is not part of the pepper.
const pepperOf = (path: string) => readFileSync(path, 'utf8').replace(/\r?\n$/, '')

/**
 * Parses one `--link provider=issuer`.
 * @throws Refusal if it is not of that form
 */
export function parseLink(text: string): [provider: string, issuer: string] {
  const [, provider, issuer] = /^([^=]+)=(https:\/\/.+)$/.exec(text) ?? []
  if (provider === undefined || issuer === undefined) {
    throw new Refusal(
      '--link takes provider=issuer, such as google-oauth2=https://accounts.google.com',
    )
  }
  return [provider, issuer]
}
