// Which member of a source is which of ours, as data: most sources are nothing more.
import { Refusal } from '../../operator/refusal.ts'
import { valueAt } from '../json.ts'
import { hashed } from './hash-text.ts'
import { type Members, firstText, flagOf, happened, secondsOf, textOf } from './members.ts'
import type { Draft } from './source.ts'

/** Our members, as `--map` names them. */
export const mappable = [
  ...(['username', 'email', 'email_verified', 'name', 'password_hash'] as const),
  ...(['external_id', 'sub', 'disabled', 'created_at'] as const),
] as const

export type MappableMember = (typeof mappable)[number]

/** For each of our members the names that a source may have for it: the first that has text counts. */
export type MemberMap = { readonly [ours in MappableMember]?: readonly string[] }

const isMappable = (name: string): name is MappableMember => mappable.some((each) => each === name)

/** Takes the members of a person by a map. */
export function mapped(members: Members, map: MemberMap): Draft {
  const text = (ours: MappableMember) => firstText(members, map[ours] ?? [])
  const value = (ours: MappableMember) =>
    (map[ours] ?? []).map((name) => members[name]).find((each) => each !== undefined)
  return {
    id: text('external_id'),
    sub: text('sub'),
    username: text('username'),
    email: text('email'),
    email_verified: happened(value('email_verified')),
    name: text('name'),
    disabled: flagOf(value('disabled')),
    created_at: secondsOf(value('created_at')),
    ...(map.password_hash === undefined ? {} : hashed(text('password_hash'))),
  }
}

/** What `--map` says: for each of our members one name, or a path with dots. */
export type ChosenMap = { readonly [ours in MappableMember]?: string }

/**
 * Parses `--map ours=theirs,...`.
 * @throws Refusal for an unknown member, and for a name that stands twice
 */
export function parseMap(text: string): ChosenMap {
  const map: { [ours in MappableMember]?: string } = {}
  const pairs = text.split(',').map((pair) => pair.split('=').map((part) => part.trim()))
  for (const [ours = '', theirs = '', ...rest] of pairs) {
    if (theirs === '' || rest.length > 0) throw new Refusal('--map takes ours=theirs,...')
    if (!isMappable(ours)) {
      throw new Refusal(`--map has no member "${ours}": it takes ${mappable.join(', ')}`)
    }
    if (map[ours] !== undefined) throw new Refusal(`--map names ${ours} twice`)
    if (Object.values(map).includes(theirs)) throw new Refusal(`--map names "${theirs}" twice`)
    map[ours] = theirs
  }
  return map
}

/** The members that `--map` takes from elsewhere, instead of what the source says. */
export function chosen(members: Members, map: ChosenMap): Draft {
  const single: Members = {}
  const names: { [ours in MappableMember]?: [string] } = {}
  for (const ours of mappable) {
    const theirs = map[ours]
    if (theirs === undefined) continue
    const value = valueAt(members, theirs)
    single[ours] = Array.isArray(value) ? textOf(value[0]) : value
    names[ours] = [ours]
  }
  // A row without a hash there keeps what the source has.
  if (textOf(single.password_hash) === undefined) delete names.password_hash
  const draft = mapped(single, names)
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined))
}
