// Whether something still counts, as conditions: each is about the tables that its docstring names,
// which the statement around it has joined.
import type { SQL } from 'drizzle-orm'
import { alias, type SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { User } from '../core/people/storage.ts'
import { resetPassword } from '../crypto/stored-password.ts'
import { clients, grants, resourceConsents } from './schema/grants.ts'
import { sessions, users } from './schema/people.ts'
import { epoch } from './schema/server.ts'
import { sql } from './sql.ts'

/** The instant before which nothing that was issued counts. */
export const epochStart = sql`COALESCE((SELECT ${epoch.notBefore} FROM ${epoch} WHERE ${epoch.id} = 1), 0)`

/**
 * Whether a grant (`grants` with its `users` and LEFT JOIN `clients`) counts for nothing although it
 * is not revoked: its user or client is gone or disabled, it is older than what may count, the
 * browser session it lives by has ended, or the grant that it ends with.
 */
export const barred = (now: SQL): SQL =>
  sql`(${barredByItself(grants, clients, now)}
    OR (${grants.endsWith} IS NOT NULL AND NOT ${standingGrant(grants.endsWith, now)}))`

const parents = alias(grants, 'parents')
const parentClients = alias(clients, 'parent_clients')

/** Whether a grant of `users` still gives or refreshes tokens. */
export const standingGrant = (id: SQL | SQLiteColumn, now: SQL): SQL => sql`EXISTS (
  SELECT 1 FROM ${grants} ${parents} LEFT JOIN ${clients} ${parentClients}
    ON ${parentClients.id} = ${parents.clientId}
  WHERE ${parents.id} = ${id} AND ${parents.userId} = ${users.id} AND ${parents.revokedAt} IS NULL
    AND MAX(${parents.idleExpiresAt}, ${parents.accessExpiresAt}) > ${now}
    AND NOT ${barredByItself(parents, parentClients, now)})`

const barredByItself = (
  grant: typeof grants | typeof parents,
  client: typeof clients | typeof parentClients,
  now: SQL,
): SQL => sql`(
  ${users.disabledAt} IS NOT NULL OR ${client.id} IS NULL OR ${client.disabledAt} IS NOT NULL
  OR ${grant.createdAt} < ${users.notBefore} OR ${grant.createdAt} < ${client.notBefore}
  OR ${grant.createdAt} < ${client.createdAt} OR ${grant.createdAt} < ${epochStart}
  OR (${grant.offline} = 0 AND ${grant.sessionId} IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM ${sessions} WHERE ${sessions.id} = ${grant.sessionId}
      AND ${sessions.endedAt} IS NULL AND ${sessions.absoluteExpiresAt} > ${now})))`

/**
 * Whether what the user in `users` authorized the client in `clients` to at an instant still stands:
 * nothing older than that was ended meanwhile, and a consent for each of the resources (a JSON array)
 * is as old.
 */
export const stillAuthorized = (authorizedAt: SQL, consentResources: SQL): SQL =>
  sql`${users.notBefore} < ${authorizedAt} AND ${clients.notBefore} < ${authorizedAt}
    AND ${clients.codesNotBefore} < ${authorizedAt}
    AND ${clients.createdAt} <= ${authorizedAt} AND ${epochStart} < ${authorizedAt}
    AND NOT EXISTS (SELECT 1 FROM json_each(${consentResources}) needed WHERE NOT EXISTS (
      SELECT 1 FROM ${resourceConsents}
      WHERE ${resourceConsents.userId} = ${users.id}
        AND ${resourceConsents.clientId} = ${clients.id}
        AND ${resourceConsents.resource} = needed.value
        AND ${resourceConsents.grantedAt} <= ${authorizedAt}))`

/** Whether the session with an id has neither ended nor reached its absolute expiry. */
export const isLiveSession = (id: SQL, now: SQL): SQL => sql`EXISTS (SELECT 1 FROM ${sessions}
  WHERE ${sessions.id} = ${id} AND ${sessions.endedAt} IS NULL
    AND ${sessions.absoluteExpiresAt} > ${now})`

/**
 * Whether the user in `users` can still be taken for the one who was proved: the password is that
 * one, or the row has only been given a better hash of it (`updated_at` is as read). Somebody may
 * have changed the password while the old one was being verified, or asked for the account's deletion. A
 * text that stands for no password is the same before and after a reset, and tells nothing.
 */
export const asProved = ({ passwordHash, updatedAt }: Proved): SQL =>
  sql`${users.disabledAt} IS NULL
    AND (${users.updatedAt} = ${updatedAt}
      OR ${users.deleteAt} IS NULL
        AND ${users.passwordHash} IS ${passwordHash} AND ${users.passwordHash} IS NOT ${resetPassword})`

type Proved =
  Pick<User, 'passwordHash' | 'updatedAt'> | { readonly passwordHash: SQL; readonly updatedAt: SQL }
