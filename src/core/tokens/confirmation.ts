// What tokens are bound to: a key or a certificate. RFC 7800, RFC 9449 5, RFC 8705 4.
import { isConfidential } from '../clients/authentication.ts'
import type { Client } from '../clients/storage.ts'
import type { Confirmation } from './storage.ts'

/** Returns whether it is a key, proved by DPoP, and no certificate. */
export const isProvedKey = (
  confirmation: Confirmation | null | undefined,
): confirmation is { jkt: string } =>
  confirmation !== null && confirmation !== undefined && 'jkt' in confirmation

/** Returns whether a request proves the very key or certificate that something is bound to. */
export const proves = (proved: Confirmation | undefined, bound: Confirmation): boolean =>
  isProvedKey(proved) === isProvedKey(bound) && thumbprintOf(proved) === thumbprintOf(bound)

/** Returns the thumbprint of the key or certificate that a request proved; null if it proved none. */
export function thumbprintOf(confirmation: Confirmation | undefined): string | null {
  if (confirmation === undefined) return null
  return 'jkt' in confirmation ? confirmation.jkt : confirmation['x5t#S256']
}

/**
 * Returns the thumbprint that a new grant's refresh token is bound to; null if it is bound to none.
 *
 * Refresh tokens of public clients are bound. A confidential client's are not: they are of no use
 * without its credentials, and it may change its keys. RFC 9449 5, RFC 8705 4.
 */
export const boundKey = (client: Client, confirmation: Confirmation | undefined): string | null =>
  isConfidential(client) ? null : thumbprintOf(confirmation)
