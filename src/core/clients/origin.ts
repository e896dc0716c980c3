// Who created a client.
import type { ClientRegistration } from './storage.ts'

/**
 * What the operator created, what registered itself (RFC 7591), what was made of a client ID metadata
 * document, what an applied configuration created. The clients of a dialect have its name.
 */
export type ClientOrigin = 'admin' | 'dcr' | 'cimd' | 'config'

/** What a client has that the operator created. */
export const createdByOperator: ClientRegistration = {
  origin: 'admin',
  registrationTokenDigest: null,
  previousRegistrationTokenDigest: null,
  previousRegistrationTokenExpiresAt: null,
  registeredBy: null,
  registrationLimits: null,
  softwareStatement: null,
  keptUntil: null,
  grantedUntil: null,
  documentDigest: null,
  ownerId: null,
}
