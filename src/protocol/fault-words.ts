// Error texts for members of a body, read after the member's name: "username is required". This
// file covers the checks of the schema library; Postern's own checks have their texts beside them.
import type * as z from 'zod/mini'

type Issue = z.core.$ZodRawIssue

/** Returns the text for an error that a schema reported. */
export function faultWords(issue: Issue): string {
  if (issue.input === undefined) return 'is required'
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? 'of another type'}`
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${String(issue.values[0])}`
        : `must be one of ${issue.values.map(String).join(', ')}`
    case 'too_small':
      return least(issue.origin, Number(issue.minimum))
    case 'too_big':
      return most(issue.origin, Number(issue.maximum))
    case 'invalid_format':
      return `must be ${formats[issue.format] ?? 'in another format'}`
    default:
      return 'is not valid'
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

const formats: Readonly<Record<string, string>> = {
  url: 'an allowed URL',
}

// The units in which strings and lists are counted.
const units: Readonly<Record<string, string>> = { string: 'characters', array: 'entries' }

function least(origin: string, minimum: number): string {
  const unit = units[origin]
  if (unit === undefined) return `must be at least ${minimum}`
  return minimum === 1 ? 'must not be empty' : `must have at least ${minimum} ${unit}`
}

function most(origin: string, maximum: number): string {
  const unit = units[origin]
  return unit === undefined ? `must be at most ${maximum}` : `must have at most ${maximum} ${unit}`
}
