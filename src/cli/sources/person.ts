import { valueAt } from '../json.ts'
import { pepperedText } from './hash-text.ts'
import { type Members } from './members.ts'
import { type ChosenMap, chosen } from './member-map.ts'
import { fitting } from './fitting.ts'
import { oddityOf } from './row-text.ts'
import type { Context, Draft, Entry, Password, Person, RowProblem, Source } from './source.ts'

/** One row of a file: a person to import, nobody, or a row that is broken. */
export type SourceRow = { file: string; line: number } & RowContent

type RowContent =
  | {
      person: Person
      /** What this person has lost, such as a hash that cannot be taken over. */
      problems?: RowProblem[]
      /** The providers of their accounts that no `--link` names. */
      unnamed?: string[]
    }
  | { skipped: string }
  | { error: RowProblem }

/** What the options of the command choose for each row. */
export type RowOptions = {
  map: ChosenMap
  claims: readonly string[]
  /** From the source's name of a provider to its issuer. */
  links: Readonly<Record<string, string>>
  keepSub: boolean
}

/** Makes the row of an entry. */
export function rowOf(
  entry: Entry,
  source: Source,
  context: Context,
  options: RowOptions,
): RowContent {
  if ('problem' in entry) return { error: entry.problem }
  const found = source.read(entry.members, context)
  if ('skipped' in found) return found
  const { draft, problems } = fitting({ ...found, ...chosen(entry.members, options.map) })
  if (draft.email === undefined && draft.username === undefined) {
    return { skipped: 'no_email_or_username' }
  }
  const id = draft.id ?? draft.username ?? draft.email
  const subject = draft.sub ?? (source.subject === 'id' ? draft.id : undefined)
  const sub = options.keepSub ? subject : undefined
  if (id === undefined || (options.keepSub && sub === undefined)) {
    const detail = 'is missing: this row has no lasting id'
    return { error: { field: 'sub', code: 'missing', detail } }
  }
  const { links, unnamed } = linksOf(draft, options.links)
  const person: Person = withoutAbsent({
    line: entry.line,
    external_id: id,
    sub,
    username: draft.username,
    email: draft.email,
    email_verified: draft.email === undefined ? undefined : draft.email_verified,
    name: draft.name,
    disabled: draft.disabled === true ? true : undefined,
    created_at: draft.created_at,
    claims: draft.claims ?? claimsOf(draft.metadata ?? [], options.claims),
    roles: draft.roles,
    scope: draft.scope,
    password: peppered(draft.password, context.pepper),
    totp: draft.totp,
    links: links.length > 0 ? links : undefined,
  })
  const oddity = oddityOf(person)
  if (oddity !== undefined) return { error: oddity }
  return withoutAbsent({
    person,
    problems: problems.length > 0 ? problems : undefined,
    unnamed: unnamed.length > 0 ? unnamed : undefined,
  })
}

function claimsOf(metadata: Members[], names: readonly string[]): Members | undefined {
  const claims: Members = {}
  for (const name of names) {
    const value = metadata
      .map((members) => valueAt(members, name))
      .find((each) => each !== undefined && each !== null && each !== '')
    if (value !== undefined) claims[name] = value
  }
  return Object.keys(claims).length > 0 ? claims : undefined
}

function linksOf({ identities = [], links: made = [] }: Draft, issuers: RowOptions['links']) {
  const links = [...made]
  const unnamed: string[] = []
  for (const { names, subject } of identities) {
    const name = names.find((each) => Object.hasOwn(issuers, each))
    const issuer = name === undefined ? undefined : issuers[name]
    if (issuer === undefined) unnamed.push(names.at(0) ?? 'unknown')
    else links.push({ issuer, subject })
  }
  return { links, unnamed }
}

function peppered(password: Password | undefined, pepper: string | undefined) {
  const isBcrypt = password !== undefined && 'hash' in password && /^\$2[aby]\$/.test(password.hash)
  if (!isBcrypt || pepper === undefined) return password
  return { ...password, hash: pepperedText(pepper, password.hash) }
}

/** A copy without the members that are undefined: in JSON they are absent, never null. */
function withoutAbsent<T extends object>(value: T): T {
  const copy = { ...value }
  for (const name of Object.keys(copy)) {
    if (Reflect.get(copy, name) === undefined) Reflect.deleteProperty(copy, name)
  }
  return copy
}
