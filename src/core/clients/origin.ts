// Who created a client.
import type { ClientRegistration } from './storage.ts'

/** The operator, a registration (RFC 7591), KorAP's interface, a document (CIMD), a configuration. */
export const clientOrigins = ['admin', 'dcr', 'korap', 'cimd', 'config'] as const

export type ClientOrigin = (typeof clientOrigins)[number]

/** What a client has that the operator created. */
export const createdByOperator: ClientRegistration = {
  origin: 'admin',
  registrationTokenDigest: null,
  previousRegistrationTokenDigest: null,
  previousRegistrationTokenExpiresAt: null,
  registeredBy: null,
  keptUntil: null,
  grantedUntil: null,
  documentDigest: null,
}
