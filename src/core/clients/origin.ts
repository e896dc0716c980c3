// Who created a client, and what every client begins with.
import type { RegisteredMetadata } from './metadata.ts'
import type { Client, ClientRegistration } from './storage.ts'

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

/**
 * Returns a client that is about to be created, as one of the operator's and without a secret. `now` in
 * seconds.
 */
export const clientToCreate = (id: string, metadata: RegisteredMetadata, now: number): Client => ({
  ...createdByOperator,
  id,
  secretDigest: null,
  previousSecretDigest: null,
  metadata,
  disabledAt: null,
  notBefore: 0,
  createdAt: now,
  updatedAt: now,
})
