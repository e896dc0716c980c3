// Error texts for members of a body, read after the member's name: "username is required". This
// file covers the checks of the schema library; Postern's own checks have their texts beside them.
import type { BaseIssue } from 'valibot'

/** Returns the text for an error that a schema reported. */
export function faultWords({ type, input, expected, requirement }: BaseIssue<unknown>): string {
  if (input === undefined) return 'is required'
  const unit = typeof input === 'string' ? 'characters' : 'entries'
  switch (type) {
    case 'literal':
    case 'picklist': {
      const values = String(expected).replaceAll(/["()]/g, '').split(' | ')
      return values.length === 1
        ? `must be ${values.join('')}`
        : `must be one of ${values.join(', ')}`
    }
    case 'min_value':
      return `must be at least ${String(requirement)}`
    case 'max_value':
      return `must be at most ${String(requirement)}`
    case 'min_length':
      return requirement === 1
        ? 'must not be empty'
        : `must have at least ${String(requirement)} ${unit}`
    case 'max_length':
      return `must have at most ${String(requirement)} ${unit}`
    case 'regex':
      return 'must be in another format'
    case 'null':
    case 'never':
      return 'must be of another type'
    default:
      return kinds[type] === undefined ? 'is not valid' : `must be ${kinds[type]}`
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  boolean: 'true or false',
  number: 'a number',
  array: 'a list',
  strict_tuple: 'a list',
  object: 'an object',
}
