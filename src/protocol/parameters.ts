// Parses form bodies and query strings into one value per name. `URLSearchParams` keeps duplicates
// and turns invalid bytes into U+FFFD, and `formData()` hides both, so this parser decodes strictly
// by itself. RFC 6749 3.1, 3.2 and Appendix B.
import { invalidRequest } from './error.ts'

/**
 * Parameters with one value per name. A parameter without a value is absent (RFC 6749 3.1, 3.2).
 * `repeated` holds the names that were sent more than once, if the rules allow that; such a name
 * has no single value.
 */
export type Parameters = ReadonlyMap<string, string> & {
  readonly repeated?: ReadonlyMap<string, readonly string[]>
}

/** Returns whether a parameter may be sent more than once. */
type MayRepeat = (name: string) => boolean

const nothing: MayRepeat = () => false

/** How an endpoint's parsing differs from RFC 6749. */
export type ParameterRules = {
  /** Default: no parameter may repeat. */
  mayRepeat?: MayRepeat
  /** Keeps a parameter without a value, as empty text. */
  keepsEmpty?: boolean
}

/** "Multiple resource parameters MAY be used" (RFC 8707 2). No other parameter may repeat. */
export const isRepeatable: MayRepeat = (name) => name === 'resource'

/** At the token endpoint a token exchange may name several audiences, too. RFC 8693 2.1. */
export const isRepeatableAtToken: MayRepeat = (name) => isRepeatable(name) || name === 'audience'

/** More than any request of ours needs; a body of ten thousand names is refused early. */
const mostParameters = 200

/**
 * Parses `application/x-www-form-urlencoded` text.
 * @throws invalid_request for a duplicate name that may not repeat, bad percent-encoding, bad UTF-8 or
 *   a NUL
 */
export function parseParameters(text: string, rules: ParameterRules = {}): Parameters {
  const { mayRepeat = nothing, keepsEmpty = false } = rules
  const sent = new Map<string, string[]>()
  if (text === '') return new Map()
  const pairs = text.split('&', mostParameters + 1)
  if (pairs.length > mostParameters) throw invalidRequest('too many parameters')
  for (const pair of pairs) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decodeFormComponent(equals < 0 ? pair : pair.slice(0, equals))
    const value = equals < 0 ? '' : decodeFormComponent(pair.slice(equals + 1))
    // "Request and response parameters MUST NOT be included more than once." RFC 6749 3.1, 3.2. An
    // empty duplicate counts too: otherwise a proxy could check one copy while the server uses the
    // other.
    const values = sent.get(name)
    if (values === undefined) sent.set(name, [value])
    else if (mayRepeat(name)) values.push(value)
    else throw invalidRequest('a parameter is repeated')
  }
  const single = new Map<string, string>()
  const repeated = new Map<string, readonly string[]>()
  for (const [name, values] of sent) {
    const [value = '', ...others] = values
    if (others.length > 0) repeated.set(name, values)
    // "Parameters sent without a value MUST be treated as if they were omitted from the request."
    else if (value !== '' || keepsEmpty) single.set(name, value)
  }
  return repeated.size === 0 ? single : Object.assign(single, { repeated })
}

/** Returns all values of a parameter in the order in which they were sent. */
export const valuesOf = (parameters: Parameters, name: string): readonly string[] => {
  const single = parameters.get(name)
  if (single !== undefined) return [single]
  return (parameters.repeated?.get(name) ?? []).filter((value) => value !== '')
}

/** Encodes parameters as form-encoded text, which `parseParameters` reads back. */
export function encodeParameters(parameters: Parameters): string {
  const pairs = [...(parameters.repeated ?? [])].flatMap(([name, values]) =>
    values.map((value) => [name, value]),
  )
  return new URLSearchParams([...parameters, ...pairs]).toString()
}

/** Decodes one name or value of a form. @throws invalid_request if it is malformed */
export function decodeFormComponent(text: string): string {
  if (plain.test(text)) return text
  let decoded: string
  try {
    decoded = decodeURIComponent(text.replaceAll('+', ' '))
  } catch (cause) {
    throw invalidRequest('a parameter is not valid percent-encoded UTF-8', { cause })
  }
  // SQLite's length() and comparisons stop at a NUL although the value continues.
  if (decoded.includes('\0')) throw invalidRequest('a parameter contains a NUL character')
  return decoded
}

const plain = /^[\w.~:/@-]*$/

/** Returns the value of a required parameter. @throws invalid_request naming the parameter */
export function requireParameter(parameters: Parameters, name: string): string {
  const value = parameters.get(name)
  if (value === undefined) {
    throw invalidRequest(`the parameter ${name} is missing`, { reason: 'parameter_missing' })
  }
  return value
}
