// The compact form of signed and encrypted tokens. RFC 7515 7.1, RFC 7516 7.1.
import { isJsonObject, parseJson } from '../protocol/strict-json.ts'
import { fromBase64url, utf8Text } from './encoding.ts'

const forms = {
  jws: /^[\w-]+\.[\w-]+\.[\w-]+$/,
  jwe: /^[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+$/,
}

/** Returns whether a text has the form of such a token and at most `longest` characters. */
export const isCompact = (text: string, form: keyof typeof forms, longest: number): boolean =>
  text.length <= longest && forms[form].test(text)

/** Returns the JSON object in one part of a token, or null for any other part (RFC 8725 3.7). */
export function jsonObjectIn(part: string | undefined): Record<string, unknown> | null {
  const bytes = part === undefined ? null : fromBase64url(part)
  const text = bytes === null ? null : utf8Text(bytes)
  try {
    const value = text === null ? null : parseJson(text)
    return isJsonObject(value) ? value : null
  } catch {
    return null
  }
}
