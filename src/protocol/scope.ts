// Scope: a set of names, written with spaces. RFC 6749 3.3.
import { invalidScope } from './error.ts'

// scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
const scopeSyntax = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/

/**
 * Splits a scope into its names, first occurrence first. Spaces beyond one between two names are
 * what many clients send; they mean nothing.
 * @throws invalid_scope for bad syntax, and where there is no name.
 */
export function parseScope(text: string): string[] {
  const names = text.split(' ').filter((name) => name !== '')
  if (!scopeSyntax.test(names.join(' '))) throw invalidScope('the scope is malformed')
  return [...new Set(names)]
}

/** Whether the text is a scope as RFC 6749 3.3 writes it. */
export const isScope = (text: string): boolean => scopeSyntax.test(text)

/** Splits a scope that we stored ourselves; empty text is the empty set. */
export const storedScope = (text: string): string[] => (text === '' ? [] : text.split(' '))

/** The names of `requested` that are in `allowed`, in the order they were requested. */
export function narrowScope(requested: readonly string[], allowed: readonly string[]): string[] {
  // A set: a request can name thousands.
  const names = new Set(allowed)
  return requested.filter((name) => names.has(name))
}

/** Whether every name of `requested` is in `granted`. */
export const isWithin = (requested: readonly string[], granted: readonly string[]): boolean =>
  requested.every((name) => granted.includes(name))

/**
 * What a client gets of what it asked for: `requested` (absent = all the client may have) narrowed
 * to the client's scope and, where the user is restricted, to the user's.
 * @throws invalid_scope for bad syntax or an empty result.
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
