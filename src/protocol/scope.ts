// Scope: a set of names separated by spaces. RFC 6749 3.3.
import { invalidScope } from './error.ts'

// scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
const scopeSyntax = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/

/**
 * Splits a scope into its distinct names, in order of first occurrence. Extra spaces are ignored
 * because many clients send them (RFC 6749 3.3).
 * @throws invalid_scope for bad syntax or no names
 */
export function parseScope(text: string): string[] {
  const names = text.split(' ').filter((name) => name !== '')
  if (!scopeSyntax.test(names.join(' '))) throw invalidScope('the scope is malformed')
  return [...new Set(names)]
}

/** Returns whether the text is a scope in the syntax of RFC 6749 3.3. */
export const isScope = (text: string): boolean => scopeSyntax.test(text)

/** Splits a scope that came from storage. Empty text is the empty set. */
export const storedScope = (text: string): string[] => (text === '' ? [] : text.split(' '))

/** Returns the names of `requested` that are in `allowed`, in the order of the request. */
export function narrowScope(requested: readonly string[], allowed: readonly string[]): string[] {
  // A set, because a request can name thousands of scopes.
  const names = new Set(allowed)
  return requested.filter((name) => names.has(name))
}

/** Returns whether every name of `requested` is in `granted`. */
export const isWithin = (requested: readonly string[], granted: readonly string[]): boolean =>
  requested.every((name) => granted.includes(name))

/**
 * Returns the scope to grant: `requested` (default: everything the client may have) limited to the
 * client's scope and, if the user is restricted, to the user's scope (RFC 6749 3.3).
 * @throws invalid_scope for bad syntax or an empty result
 */
export function grantScope(
  requested: string | undefined,
  clientScope: string,
  userScope: string | null,
): string[] {
  const allowedToClient = storedScope(clientScope)
  const asked = requested === undefined ? allowedToClient : parseScope(requested)
  const forClient = narrowScope(asked, allowedToClient)
  const granted = userScope === null ? forClient : narrowScope(forClient, storedScope(userScope))
  if (granted.length === 0) throw invalidScope('none of the requested scope can be granted')
  return granted
}
