// Reading what a foreign file holds: nothing in it has a promised type.
import { isObject } from '../json.ts'

/** A JSON object, a record of a CSV file by its header, or an LDIF entry. */
export type Members = { [name: string]: unknown }

/** Reads an object, or JSON text of one, as CSV columns and Keycloak have it. Else it is empty. */
export function membersOf(value: unknown): Members {
  if (typeof value !== 'string') return isObject(value) ? value : {}
  const parsed = parseJson(value)
  return isObject(parsed) ? parsed : {}
}

/** Reads an array, or JSON text of one. Else it is empty. */
export function listOf(value: unknown): unknown[] {
  const list = typeof value === 'string' ? parseJson(value) : value
  return Array.isArray(list) ? list : []
}

/** Attributes that are lists: one value is given alone, as a claim has it. */
export const singleValues = (attributes: Members): Members =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => {
      const values = listOf(value)
      return [name, values.length === 1 ? values[0] : value]
    }),
  )

/** The text of a string or a number, without the white space around it; undefined if blank. */
export function textOf(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') return undefined
  return text.trim() || undefined
}

/** The first of several members that holds text. */
export function firstText(members: Members, names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = textOf(ownMember(members, name))
    if (text !== undefined) return text
  }
  return undefined
}

/** A member of the object itself: `constructor` and `__proto__` are not found in its prototype. */
export const ownMember = (members: Members, name: string): unknown =>
  Object.hasOwn(members, name) ? members[name] : undefined

const flags = new Map([
  ...['true', 't', 'yes', 'y', '1'].map((word): [string, boolean] => [word, true]),
  ...['false', 'f', 'no', 'n', '0'].map((word): [string, boolean] => [word, false]),
])

/** A boolean, as JSON or as the words and digits that databases print; undefined for all else. */
export function flagOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  return flags.get(textOf(value)?.toLowerCase() ?? '')
}

/** A flag, or a time at which something happened: a time says yes, and all else that is there no. */
export const happened = (value: unknown): boolean | undefined =>
  value === undefined ? undefined : (flagOf(value) ?? secondsOf(value) !== undefined)

/** Whether a row is kept of somebody who has been deleted: an import must not bring them back. */
export function isDeleted(members: Members): boolean {
  const value = members['deleted_at']
  return flagOf(value) ?? textOf(value) !== undefined
}

/** The parts of a name, joined by spaces; undefined if all are blank. */
export const joinedName = (...parts: unknown[]): string | undefined =>
  parts.flatMap((part) => textOf(part) ?? []).join(' ') || undefined

/**
 * Seconds since 1970, whole: of ISO 8601 text (UTC unless it names a zone), LDAP's generalized time,
 * seconds or milliseconds. Undefined for all else.
 */
export function secondsOf(value: unknown): number | undefined {
  const text = textOf(value)
  if (text === undefined) return undefined
  const milliseconds = /^\d+(\.\d+)?$/.test(text) ? numeric(text) : Date.parse(isoText(text))
  const seconds = Math.floor(milliseconds / 1000)
  return Number.isSafeInteger(seconds) && seconds >= 0 ? seconds : undefined
}

// 10^11 seconds are the year 5138, and 10^11 milliseconds 1973.
const numeric = (text: string) => (Number(text) < 1e11 ? Number(text) * 1000 : Number(text))

function isoText(text: string): string {
  const ldap = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(text)
  if (ldap !== null) {
    const [, year, month, day, hour, minute, second] = ldap
    return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`
  }
  const time =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)(?:\.\d+)? ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?$/
  const found = time.exec(text)
  if (found === null) return text
  const [, date, clock, zone = 'Z'] = found
  const offset = /^([+-]\d\d):?(\d\d)?$/.exec(zone)
  return `${date}T${clock}${offset === null ? 'Z' : `${offset[1]}:${offset[2] ?? '00'}`}`
}

/** Parses JSON; undefined if it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
