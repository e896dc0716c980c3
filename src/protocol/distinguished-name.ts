// Distinguished names as text: compared by what they say, since the same name can be written in many
// ways. RFC 4514.

/**
 * Returns the one spelling of a distinguished name, or null for text that is none. Attribute types have
 * no case and spaces around separators do not count; values are compared exactly.
 */
export function canonicalName(text: string): string | null {
  // Half of a surrogate pair has no UTF-8, which the values of certificates are.
  if (!text.isWellFormed()) return null
  const names: string[][] = []
  for (const part of split(text, ',')) {
    const attributes = split(part, '+').map(canonicalAttribute)
    const known = attributes.filter((attribute) => attribute !== null)
    if (known.length < attributes.length) return null
    names.push(known.sort())
  }
  return JSON.stringify(names)
}

/** Returns the parts between separators that are not escaped. */
function split(text: string, separator: ',' | '+'): string[] {
  const parts = ['']
  for (const token of tokensOf(text)) {
    if (token === separator) parts.push('')
    else parts.push((parts.pop() ?? '') + token)
  }
  return parts
}

function canonicalAttribute(text: string): string | null {
  const [, type = '', spelled = ''] =
    /^ *([a-z][a-z0-9-]*|\d+(?:\.\d+)*) *= *(.*)/is.exec(text) ?? []
  if (spelled === '') return null
  const value = unescaped(trimmed(spelled))
  return value === null ? null : `${type.toLowerCase()}=${value}`
}

/** Removes the spaces at the end. One counts where it is escaped, by a backslash that is not. */
function trimmed(text: string): string {
  const tokens = tokensOf(text)
  while (tokens.at(-1) === ' ') tokens.pop()
  return tokens.join('')
}

/** Returns the characters of a text, each with the backslash that escapes it. */
const tokensOf = (text: string): string[] => text.match(/\\?./gsu) ?? []

/**
 * Returns the value with its escapes resolved; null if one is malformed or a special character has
 * none.
 */
function unescaped(text: string): string | null {
  const rest = text.replaceAll(/\\(?:[0-9a-f]{2}|[ "#+,;<=>\\])/gi, '')
  if (/[\\",;<>]/.test(rest)) return null
  const encoded = text.replaceAll(/\\[0-9a-f]{2}|\\(.)|[^\\]/gisu, (token, escaped?: string) =>
    escaped === undefined && token.startsWith('\\')
      ? `%${token.slice(1)}`
      : encodeURIComponent(escaped ?? token),
  )
  try {
    return decodeURIComponent(encoded)
  } catch {
    return null
  }
}
