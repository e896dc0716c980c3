// What an import was told on the command line: the options that decide what is sent, as the run file
// keeps them, and what is made of them.
import { resolve } from 'node:path'
import type { Input } from '../input.ts'
import { type JsonObject, textOf } from '../json.ts'
import { type SourceOptions, isSourceName, keepsSub, parseLink } from '../sources/open-source.ts'
import { mappable, parseMap } from '../sources/member-map.ts'
import { sources } from '../sources/sources.ts'
import { withoutGaps } from '../standard-verbs.ts'
import type { Option } from '../verb.ts'

/** The options that decide what is sent. */
export const sendingOptions: readonly Option[] = [
  {
    flags: '--source <source>',
    summary: `where the files are from, if they do not say so: ${sources.map(({ name }) => name).join(', ')}`,
  },
  { flags: '--source-id <name>', summary: 'namespace of their ids (the source)' },
  { flags: '--hashes <file>', summary: 'hash file of auth0' },
  { flags: '--hash-config <file>', summary: 'parameters of firebase scrypt, JSON' },
  { flags: '--pepper-file <file>', summary: 'pepper of devise' },
  {
    flags: '--map <ours=theirs,...>',
    summary: `which column is what, such as email=mail; ours: ${mappable.join(', ')}`,
  },
  { flags: '--claims <a,b,...>', summary: 'members of their metadata that become claims' },
  { flags: '--link <provider=issuer...>', summary: 'issuer of a provider of theirs' },
  { flags: '--keep-sub', summary: 'their ids stay the sub of the users' },
  { flags: '--match-email', summary: 'an e-mail that both have verified means one person' },
  { flags: '--match-username', summary: 'a username means one person' },
  {
    flags: '--on-existing <rule>',
    summary: 'what becomes of people with an account here (skip)',
    choices: ['skip', 'update', 'fail'],
  },
  { flags: '--admin-roles', summary: 'take over the roles admin and admin-read' },
  {
    flags: '--ask <url>',
    summary: 'https URL that checks the first password of users without one',
  },
  { flags: '--dry-run', summary: 'do all but write' },
]

const flags = ['keep-sub', 'match-email', 'match-username', 'admin-roles', 'dry-run'] as const
const texts = ['source', 'source-id', 'map', 'claims', 'on-existing', 'ask'] as const
const paths = ['hashes', 'hash-config', 'pepper-file'] as const

/** Returns the settings of a command line. Paths are absolute: a resumed run may start elsewhere. */
export function settingsOf(input: Input): JsonObject {
  const files = input.parameters('file').map((path) => resolve(path))
  const links = input.texts('link')
  return withoutGaps({
    files,
    ...Object.fromEntries(flags.map((name) => [name, input.flag(name) || undefined])),
    ...Object.fromEntries(texts.map((name) => [name, input.text(name)])),
    ...Object.fromEntries(paths.map((name) => [name, input.read(name, (path) => resolve(path))])),
    link: links.length > 0 ? links : undefined,
  })
}

/** Returns the texts in a member that is an array of them. */
const textsIn = (settings: JsonObject, member: string): string[] => {
  const value = settings[member]
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

/** Returns the files with users, as they were named. */
export const filesOf = (settings: JsonObject): string[] => textsIn(settings, 'files')

/** Returns the files besides those with users that decide what is sent. */
export const sideFilesOf = (settings: JsonObject): string[] =>
  paths.flatMap((name) => textOf(settings, name) ?? [])

/** Returns how the files are to be read. `now` is in seconds. @throws Refusal */
export function sourceOptionsOf(settings: JsonObject, now: number): SourceOptions {
  const [source, map, claims] = [
    textOf(settings, 'source'),
    textOf(settings, 'map'),
    textOf(settings, 'claims'),
  ]
  const [hashes, hashConfig, pepperFile] = paths.map((name) => textOf(settings, name))
  return {
    now,
    ...(source !== undefined && isSourceName(source) ? { source } : {}),
    ...(map === undefined ? {} : { map: parseMap(map) }),
    ...(claims === undefined ? {} : { claims: claims.split(',').map((name) => name.trim()) }),
    links: Object.fromEntries(textsIn(settings, 'link').map(parseLink)),
    keepSub: settings['keep-sub'] === true,
    ...(hashes === undefined ? {} : { hashes }),
    ...(hashConfig === undefined ? {} : { hashConfig }),
    ...(pepperFile === undefined ? {} : { pepperFile }),
  }
}

/** Returns the body that begins the import. */
export const newImportOf = (settings: JsonObject, source: string): JsonObject =>
  withoutGaps({
    source,
    source_id: textOf(settings, 'source-id'),
    on_existing: textOf(settings, 'on-existing'),
    ask: textOf(settings, 'ask'),
    ...Object.fromEntries(
      flags.map((name) => [name.replaceAll('-', '_'), settings[name] === true || undefined]),
    ),
    ...(keepsSub(source) ? { keep_sub: true } : {}),
  })
