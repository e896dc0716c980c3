// Clients as their metadata documents describe them: stored with the consent of the person who read
// the description, and with nothing less.
import type { SQL } from 'drizzle-orm'
import { identityMembers } from '../core/clients/asking-client.ts'
import type { Client } from '../core/clients/storage.ts'
import type { AuditEvent } from '../core/server/storage.ts'
import { auditIfChanged } from './audit.ts'
import { outdatingClient } from './revocations.ts'
import { clients, resourceConsents } from './schema/grants.ts'
import {
  type Placeholders,
  type Statement,
  excluded,
  insertInto,
  prepared,
  set,
  sql,
  verbatim,
} from './sql.ts'
import { isAnsweredBy } from './used-identifiers.ts'

type Described = {
  digest: string
  operation: string
  id: string
  /** JSON. */
  metadata: string
  documentDigest: string | null
  keptUntil: number | null
  now: number
  /** The version of the stored client that the description was compared with. */
  updatedAt: number
}

/**
 * Returns the statements that store a described client, with an event, once its screen is answered. If the
 * stored client is not as it was read, they do nothing, and no code for this description is ever redeemed.
 */
export function storingDescribed(
  { digest, operation, now }: { digest: string; operation: string; now: number },
  { id, metadata, documentDigest, keptUntil, updatedAt }: Client,
  audit: AuditEvent,
): Statement[] {
  const described = {
    ...{ digest, operation, id, documentDigest, keptUntil, now, updatedAt },
    metadata: JSON.stringify(metadata),
  }
  return [
    forgettingOtherIdentity(described),
    storing(described),
    auditIfChanged({ ...audit, kind: 'client.document-stored' }),
    outdatingClient(id, now),
  ]
}

/** The names of members, which are ours, as paths in SQL. */
const identity = identityMembers.map((name) => verbatim(`'$.${name}'`))

const isOtherIdentity = (metadata: SQL): SQL =>
  identity.reduce(
    (others, path) =>
      sql`${others} OR ${clients.metadata} -> ${path} IS NOT ${metadata} -> ${path}`,
    sql`FALSE`,
  )

const forgettingOtherIdentity = prepared<Described>(
  (value) => sql`DELETE FROM ${resourceConsents}
    WHERE ${resourceConsents.clientId} = ${value.id} AND ${isAnsweredBy(value)}
      AND EXISTS (SELECT 1 FROM ${clients}
        WHERE ${clients.id} = ${value.id} AND ${isAsRead(value)}
          AND (${isOtherIdentity(value.metadata)}))`,
)

const isAsRead = ({ updatedAt }: Pick<Placeholders<Described>, 'updatedAt'>): SQL =>
  sql`${clients.origin} = 'cimd' AND ${clients.disabledAt} IS NULL
    AND ${clients.updatedAt} = ${updatedAt}`

const storing = prepared<Described>(
  (value) => sql`${insertInto(clients, {
    id: value.id,
    metadata: value.metadata,
    origin: sql`'cimd'`,
    documentDigest: value.documentDigest,
    keptUntil: value.keptUntil,
    createdAt: value.now,
    updatedAt: value.now,
  })}
  WHERE ${isAnsweredBy(value)}
  ON CONFLICT (id) DO UPDATE ${set(clients, {
    metadata: excluded(clients.metadata),
    documentDigest: excluded(clients.documentDigest),
    updatedAt: sql`MAX(${value.now}, ${clients.updatedAt} + 0.001)`,
  })}
  WHERE ${isAsRead(value)}`,
)
