// A grant as it is inserted: the columns of its row, and who must still be there.
import type { SQL } from 'drizzle-orm'
import type { NewGrant } from '../core/tokens/storage.ts'
import { resourceKey } from '../protocol/resource-key.ts'
import { storedScope } from '../protocol/scope.ts'
import { clients, grants } from './schema/grants.ts'
import { users } from './schema/people.ts'
import { type Placeholders, insertInto, sql } from './sql.ts'
import { epochStart } from './standing.ts'

/** A new grant with what storage adds to it. */
export type StoredGrant = NewGrant & {
  /** The keys of its resources, by which a refresh that names some is compared. */
  resourceKeys: string | null
}

export const withResourceKeys = <Facts extends Pick<NewGrant, 'resource'>>(
  grant: Facts,
): Facts & { resourceKeys: string | null } => ({
  ...grant,
  resourceKeys:
    grant.resource === null ? null : storedScope(grant.resource).map(resourceKey).join(' '),
})

/**
 * Inserts a grant of a client and a user who are both still there and enabled, unless it would count for
 * nothing: all that is so old was ended, by a clock that is ahead. Which user that is, the statement goes
 * on to say. `join` is a further table that its values come from.
 */
export const insertGrant = (
  grant: Placeholders<Omit<StoredGrant, 'userId'>>,
  codeDigest: SQL | null,
  scope: SQL = grant.scope,
  join: SQL = sql``,
): SQL =>
  sql`${insertInto(grants, {
    id: grant.id,
    userId: users.id,
    clientId: clients.id,
    sessionId: grant.sessionId,
    scope,
    resource: grant.resource,
    resourceKeys: grant.resourceKeys,
    keyThumbprint: grant.keyThumbprint,
    authTime: grant.authTime,
    amr: grant.amr,
    acr: grant.acr,
    claimsRequest: grant.claimsRequest,
    authorizationDetails: grant.authorizationDetails,
    endsWith: grant.endsWith,
    codeDigest,
    currentDigest: grant.refreshDigest,
    lastOperation: grant.operation,
    offline: grant.offline,
    userAgent: grant.userAgent,
    createdAt: grant.createdAt,
    lastUsedAt: grant.createdAt,
    idleExpiresAt: grant.idleExpiresAt,
    absoluteExpiresAt: grant.absoluteExpiresAt,
    accessExpiresAt: grant.accessExpiresAt,
  })}
  FROM ${users} JOIN ${clients} ON ${clients.id} = ${grant.clientId} ${join}
  WHERE ${users.disabledAt} IS NULL AND ${clients.disabledAt} IS NULL
    AND MAX(${users.notBefore}, ${clients.notBefore}, ${epochStart}) <= ${grant.createdAt}`

/** Whether the row of `users` is the user of the grant. */
export const isUserOf = ({ userId }: { readonly userId: SQL }): SQL => sql`${users.id} = ${userId}`
