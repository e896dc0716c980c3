// A client as it is read, from its row alone or from a row that joins it.
import { clients } from './schema/grants.ts'
import { selection } from './sql.ts'

const columns = {
  id: clients.id,
  secretDigest: clients.secretDigest,
  previousSecretDigest: clients.previousSecretDigest,
  metadata: clients.metadata,
  disabledAt: clients.disabledAt,
  notBefore: clients.notBefore,
  createdAt: clients.createdAt,
  updatedAt: clients.updatedAt,
  origin: clients.origin,
  registrationTokenDigest: clients.registrationTokenDigest,
  previousRegistrationTokenDigest: clients.previousRegistrationTokenDigest,
  previousRegistrationTokenExpiresAt: clients.previousRegistrationTokenExpiresAt,
  registeredBy: clients.registeredBy,
  registrationLimits: clients.registrationLimits,
  softwareStatement: clients.softwareStatement,
  keptUntil: clients.keptUntil,
  grantedUntil: clients.grantedUntil,
  documentDigest: clients.documentDigest,
  ownerId: clients.ownerId,
}

export const storedClient = selection(columns)

/** Selects the client of a row that has other columns, too. */
export const joinedClient = selection(columns, 'client.')
