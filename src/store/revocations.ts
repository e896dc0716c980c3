// Revoking grants: their rows in D1 and, in the same batch, the outbox rows from which KV is told. The
// outbox comes first, because it is filled from the rows that are not revoked yet. A single grant or
// token has a KV key, and the presence of the key is the revocation. A user or a client has one key for
// all grants, because a client may have a million: its value is the instant before which nothing that
// was issued is accepted. KV is told of the newest row first: what is worth most goes in last.
import type { SQL } from 'drizzle-orm'
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core'
import type { RevocationReason } from '../core/server/events.ts'
import { longestOutageRecord } from '../core/server/outage-records.ts'
import { clients, grants, resources, revocationOutbox, revokedTokens } from './schema/grants.ts'
import { sessions, users } from './schema/people.ts'
import {
  excluded,
  insertInto,
  prepared,
  set,
  sql,
  statement,
  type Placeholders,
  type Statement,
  type Value,
} from './sql.ts'

/** When grants are revoked, and the `revoked_reason` of their rows. */
type Ending = { now: number; reason: RevocationReason }

/**
 * Builds the statements that revoke the grants of a condition over `grants`, and the grants that end
 * with them.
 */
function endingOf<Values extends Ending & Record<string, Value>>(
  which: (value: Placeholders<Values>) => SQL,
): (values: Values) => Statement[] {
  const all = (value: Placeholders<Values>): SQL => sql`((${which(value)})
    OR ${grants.endsWith} IN (SELECT ${grants.id} FROM ${grants} WHERE ${which(value)}))`
  const outbox = prepared<Values>((value) => outboxOf(all(value), value.now))
  const rows = prepared<Values>((value) => revoked(all(value), value))
  return (values) => [outbox(values), rows(values)]
}

/** Revokes one grant. */
export const endingOfGrant = endingOf<Ending & { grantId: string }>(
  ({ grantId }) => sql`${grants.id} = ${grantId}`,
)

/** Revokes one grant if it belongs to the client. */
export const endingOfGrantOfClient = endingOf<Ending & { grantId: string; clientId: string }>(
  ({ grantId, clientId }) => sql`${grants.id} = ${grantId} AND ${grants.clientId} = ${clientId}`,
)

/** Revokes one grant if it belongs to the user. */
export const endingOfGrantOfUser = endingOf<Ending & { grantId: string; userId: number }>(
  ({ grantId, userId }) => sql`${grants.id} = ${grantId} AND ${grants.userId} = ${userId}`,
)

/** Revokes every grant of a user at one client. */
export const endingOfUserAtClient = endingOf<Ending & { userId: number; clientId: string }>(
  ({ userId, clientId }) => sql`${grants.userId} = ${userId} AND ${grants.clientId} = ${clientId}`,
)

/** Revokes the grants of a user's browser session that do not outlive it (without `offline_access`). */
export const endingOfSession = endingOf<Ending & { sessionId: string; userId: number }>(
  ({ sessionId, userId }) => sql`${grants.sessionId} = ${sessionId} AND ${grants.userId} = ${userId}
    AND ${grants.offline} = 0`,
)

/** Revokes those of the session with `digest`, once the session with `successor` has replaced it. */
export const endingOfReplaced = endingOf<Ending & { digest: string | null; successor: string }>(
  ({ digest, successor }) => sql`(${grants.userId}, ${grants.sessionId}) = (
      SELECT ${sessions.userId}, ${sessions.id} FROM ${sessions}
      WHERE ${sessions.digest} = ${digest} AND ${sessions.endedAt} IS NULL)
    AND ${grants.offline} = 0
    AND EXISTS (SELECT 1 FROM ${sessions} WHERE ${sessions.digest} = ${successor})`,
)

/** Seconds for which another server's clock may still accept a token that has expired here. */
const skew = 60

/**
 * When a grant can no longer give access: after its access tokens and its refresh token. While D1 is away,
 * the refresh token is judged by the record of its grant and by these lists (core/exchange/outage.ts).
 */
const grantEnd = sql`MAX(${grants.accessExpiresAt},
  CASE WHEN ${grants.currentDigest} IS NULL THEN 0 ELSE ${grants.idleExpiresAt} END)`

/** Puts grants into the outbox that may still give access, until they no longer can. */
function outboxOf(which: SQL, now: SQL): SQL {
  const expiresAt = sql`${grantEnd} + ${skew}`
  const row = { key: sql`'rev:grant:' || ${grants.id}`, revokedAt: now, expiresAt }
  return sql`${insertInto(revocationOutbox, row)} FROM ${grants}
    WHERE ${which} AND ${grants.revokedAt} IS NULL AND ${expiresAt} > ${now}
    ON CONFLICT (key) DO NOTHING`
}

const revoked = (which: SQL, { now, reason }: { readonly now: SQL; readonly reason: SQL }): SQL =>
  sql`UPDATE ${grants} ${set(grants, { revokedAt: now, revokedReason: reason })}
    WHERE ${which} AND ${grants.revokedAt} IS NULL`

/** Keeps the later instant: it revokes everything that the earlier one does. */
const raised = sql`ON CONFLICT (key) DO UPDATE ${set(revocationOutbox, {
  revokedAt: sql`MAX(${revocationOutbox.revokedAt}, ${excluded(revocationOutbox.revokedAt)})`,
  expiresAt: sql`MAX(${revocationOutbox.expiresAt}, ${excluded(revocationOutbox.expiresAt)})`,
})}`

type EndingOfToken = { jti: string; expiresAt: number; now: number }

const outboxOfToken = prepared<EndingOfToken>(
  ({ jti, expiresAt, now }) =>
    sql`${insertInto(revocationOutbox, {
      key: sql`'rev:token:' || ${jti}`,
      revokedAt: now,
      expiresAt: sql`${expiresAt} + ${skew}`,
    })} WHERE TRUE ON CONFLICT (key) DO NOTHING`,
)

const revokedToken = prepared<EndingOfToken>(
  ({ jti, expiresAt, now }) => sql`${insertInto(revokedTokens, { jti, revokedAt: now, expiresAt })}
    WHERE TRUE ON CONFLICT (jti) DO NOTHING`,
)

/** Revokes a single access token; `expiresAt` is its expiry in seconds. */
export const endingOfToken = (values: EndingOfToken): Statement[] => [
  outboxOfToken(values),
  revokedToken(values),
]

type EndingOfUser = Ending & { userId: number }

/**
 * Puts a key of users into the outbox until none of their grants can give access. Those that were revoked
 * before count, too: the key is theirs as well, and a second put of it sets its lifetime anew.
 */
const outboxOfUsers = (prefix: SQL, which: SQL, revokedAt: SQL | SQLiteColumn, now: SQL): SQL =>
  sql`${insertInto(revocationOutbox, {
    key: sql`${prefix} || ${users.sub}`,
    revokedAt,
    expiresAt: sql`MAX(${grantEnd}) + ${skew}`,
  })}
  FROM ${users} JOIN ${grants} ON ${grants.userId} = ${users.id}
  WHERE ${which} AND ${grantEnd} + ${skew} > ${now}
  GROUP BY ${users.sub} ${raised}`

const outboxOfUser = prepared<EndingOfUser>(({ userId, now }) =>
  outboxOfUsers(sql`'rev:user:'`, sql`${users.id} = ${userId}`, now, now),
)

const outdatedUsers = prepared<{ ids: string; now: number }>(({ ids, now }) =>
  outboxOfUsers(
    sql`'rev:user-record:'`,
    sql`${users.id} IN (SELECT value FROM json_each(${ids}))`,
    users.updatedAt,
    now,
  ),
)

/**
 * Puts into the outbox that what KV keeps of users is older than their rows, which the operator has changed
 * in the same batch: a scope or a role that somebody has lost must not come back.
 */
export const outdatingUsers = (ids: readonly number[], now: number): Statement =>
  outdatedUsers({ ids: JSON.stringify(ids), now })

const outboxOfPairwise = prepared<EndingOfUser>(({ userId, now }) =>
  outboxOf(
    sql`${grants.userId} = ${userId} AND EXISTS (SELECT 1 FROM ${clients}
      WHERE ${clients.id} = ${grants.clientId}
        AND json_extract(${clients.metadata}, '$.subject_type') = 'pairwise')`,
    now,
  ),
)

const grantsOfUser = prepared<EndingOfUser>((value) =>
  revoked(sql`${grants.userId} = ${value.userId}`, value),
)

/**
 * Revokes every grant of a user. The tokens of a pairwise client have a `sub` of their own (OpenID
 * Connect Core 8.1), which does not lead to the user's key in KV: those grants get a key each.
 */
export const endingOfUser = (
  userId: number,
  now: number,
  reason: RevocationReason,
): Statement[] => {
  const values = { userId, now, reason }
  return [outboxOfPairwise(values), outboxOfUser(values), grantsOfUser(values)]
}

const recordsOfUser = prepared<{ userId: number; now: number }>(
  ({ userId, now }) => sql`${insertInto(revocationOutbox, {
    key: sql`'grant:' || ${grants.id}`,
    revokedAt: now,
    expiresAt: grantEnd,
  })} FROM ${grants}
    WHERE ${grants.userId} = ${userId} AND ${grants.currentDigest} IS NOT NULL AND ${grantEnd} > ${now}
    ON CONFLICT (key) DO NOTHING`,
)

/**
 * Puts into the outbox that the records of a user's grants in KV have to go: the user is deleted. It is no
 * revocation, and a row for each grant, which an account pays once.
 */
export const deletionOfRecords = (userId: number, now: number): Statement =>
  recordsOfUser({ userId, now })

/**
 * Seconds for which KV keeps a client's key at least: tokens without a user have no grant that knows.
 */
const clientLifetime = 86_400

const outboxOfClient = prepared<{ clientId: string; notBefore: number; now: number }>(
  ({ clientId, notBefore, now }) => sql`${insertInto(revocationOutbox, {
    key: sql`'rev:client:' || ${clients.id}`,
    revokedAt: notBefore,
    expiresAt: sql`${skew} + MAX(
      ${now} + MAX(${clientLifetime}, COALESCE(${clients.accessTokenLifetime}, 0)),
      COALESCE((SELECT MAX(${grantEnd}) FROM ${grants}
        WHERE ${grants.clientId} = ${clientId}), 0))`,
  })}
  FROM ${clients} WHERE ${clients.id} = ${clientId} ${raised}`,
)

/** Puts into the outbox that nothing issued to the client before `notBefore` (seconds) is accepted. */
export const revocationOfClient = (clientId: string, notBefore: number, now: number): Statement =>
  outboxOfClient({ clientId, notBefore, now })

const grantsOfClient = prepared<Ending & { clientId: string }>((value) =>
  revoked(sql`${grants.clientId} = ${value.clientId}`, value),
)

/** Revokes every grant of a client. */
export const endingOfClient = (
  clientId: string,
  now: number,
  reason: RevocationReason,
): Statement[] => [
  revocationOfClient(clientId, now, now),
  grantsOfClient({ clientId, now, reason }),
]

const outdatedClient = prepared<{ clientId: string; since: number; expiresAt: number }>(
  ({ clientId, since, expiresAt }) => sql`${insertInto(revocationOutbox, {
    key: sql`'rev:client-record:' || ${clients.id}`,
    revokedAt: clients.updatedAt,
    expiresAt,
  })}
  FROM ${clients} WHERE ${clients.id} = ${clientId} AND ${clients.updatedAt} > ${clients.createdAt}
    AND ${clients.updatedAt} >= ${since} ${raised}`,
)

/** Seconds after a change in which an isolate may still put what it remembers from before. */
const lateRecord = 60

/**
 * Puts into the outbox that the record of a client in KV is older than its row, if the row has changed since
 * an instant (seconds): a client that was disabled, or a secret that has ended, must not come back.
 */
export const outdatingClient = (clientId: string, since: number): Statement =>
  outdatedClient({ clientId, since, expiresAt: since + longestOutageRecord + lateRecord })

/** Puts into the outbox that a signing key is withdrawn: the record of the keys in KV may be older. */
export const withdrawalOfKey = (kid: string, now: number): Statement =>
  statement(
    sql`${insertInto(revocationOutbox, {
      key: `rev:key:${kid}`,
      revokedAt: now,
      expiresAt: now + longestOutageRecord,
    })} WHERE TRUE ON CONFLICT (key) DO NOTHING`,
  )

/** Seconds for which a grant may have a refresh token at most, whatever its client. */
const longestGrant = 31_536_000

const outdatingAll =
  (key: string) =>
  (now: number): Statement =>
    statement(
      sql`${insertInto(revocationOutbox, {
        key,
        revokedAt: now,
        expiresAt: now + longestGrant + skew,
      })} WHERE TRUE ${raised}`,
    )

/** Puts into the outbox that nothing counts that was issued before `now`. */
export const revocationOfEpoch = outdatingAll('rev:epoch')

/**
 * Puts into the outbox that a resource may be registered by now which KV keeps as one that nobody
 * registered: it may demand a proof, or be closed. Such a record may have any spelling of the resource.
 */
export const outdatingUnregistered = outdatingAll('rev:unregistered')

/**
 * Puts into the outbox, before a resource is changed or deleted at `now`, that what KV keeps of it may be
 * older: it may be closed by then, or demand a proof.
 */
export const outdatingResource = (id: string, now: number): Statement =>
  statement(
    sql`${insertInto(revocationOutbox, {
      key: sql`'rev:resource:' || (${resources.metadata} ->> 'resource')`,
      revokedAt: sql`${now}`,
      expiresAt: sql`${now + longestGrant + skew}`,
    })} FROM ${resources} WHERE ${resources.id} = ${id} ${raised}`,
  )
