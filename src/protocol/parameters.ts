// Form bodies and query strings as one value a name. `URLSearchParams` keeps duplicates and turns
// bad bytes into U+FFFD, and `formData()` hides both, so the decoding is done here, strictly.
// RFC 6749 3.1, 3.2 and Appendix B.
import { invalidRequest } from './error.ts'

/** One value a name. A parameter without a value is absent (RFC 6749 3.1, 3.2). */
export type Parameters = ReadonlyMap<string, string>

/** How a face reads parameters where it differs from OAuth. */
export type ParameterRules = {
  /** A parameter without a value is there, with the empty text. */
  keepsEmpty?: boolean
}

/** More than any request of ours needs; a body of ten thousand names is refused early. */
const mostParameters = 200

/**
 * Parses `application/x-www-form-urlencoded` text.
 * @throws invalid_request for a duplicate name, bad percent-encoding, bad UTF-8 or a NUL.
 */
export function parseParameters(
  text: string,
  { keepsEmpty = false }: ParameterRules = {},
): Parameters {
  const parameters = new Map<string, string>()
  const seen = new Set<string>()
  if (text === '') return parameters
  const pairs = text.split('&', mostParameters + 1)
  if (pairs.length > mostParameters) throw invalidRequest('too many parameters')
  for (const pair of pairs) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decodeFormComponent(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : decodeFormComponent(pair.slice(equals + 1))
    // "Request and response parameters MUST NOT be included more than once." RFC 6749 3.1, 3.2.
    // An empty one counts: otherwise one copy could be checked and the other used.
    if (seen.has(name)) throw invalidRequest('a parameter is repeated')
    seen.add(name)
    // "Parameters sent without a value MUST be treated as if they were omitted from the request."
    if (value !== '' || keepsEmpty) parameters.set(name, value)
  }
  return parameters
}

/** Decodes one name or value of a form. @throws invalid_request where it is malformed. */
export function decodeFormComponent(text: string): string {
  if (plain.test(text)) return text
  let decoded: string
  try {
    decoded = decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw invalidRequest('a parameter is not valid percent-encoded UTF-8', { cause })
  }
  // SQLite's length() and comparisons end at a NUL while the value goes on: never let one pass.
  if (decoded.includes('\0')) throw invalidRequest('a parameter contains a NUL character')
  return decoded
}

const plain = /^[\w.~:/@-]*$/

/** The value of a parameter that must be there. @throws invalid_request naming the parameter. */
export function requireParameter(parameters: Parameters, name: string): string {
  const value = parameters.get(name)
  if (value === undefined) {
    throw invalidRequest(`the parameter ${name} is missing`, { reason: 'parameter_missing' })
  }
  return value
}
