// Ending lines: the row in D1 and, in the same batch, the outbox row from which KV is told. The
// order inside a batch matters: the outbox is filled from the rows that are still alive. Single lines
// and tokens have a key each, and its presence says that they ended. All that a user or a client has
// ends by one key, whose value is the instant before which nothing issued counts: a client may have
// a million lines.
import type { SQL } from 'drizzle-orm'
import { clients, grants, revocationOutbox, revokedTokens } from './schema/grants.ts'
import { sessions, users } from './schema/people.ts'
import { excluded, insertInto, set, sql, statement, type Statement } from './sql.ts'

// Which lines end, as a condition over `grants`.

export const lineOf = (grantId: string): SQL => sql`${grants.id} = ${grantId}`

export const lineOfClient = (grantId: string, clientId: string): SQL =>
  sql`${grants.id} = ${grantId} AND ${grants.clientId} = ${clientId}`

export const linesOfUserAtClient = (userId: number, clientId: string): SQL =>
  sql`${grants.userId} = ${userId} AND ${grants.clientId} = ${clientId}`

/** The lines of a user's browser session that do not outlive it. */
export const linesOfSession = (sessionId: string, userId: number): SQL =>
  sql`${grants.sessionId} = ${sessionId} AND ${grants.userId} = ${userId} AND ${grants.offline} = 0`

/** The same of the session with this digest, once the browser has the one with `successor`. */
export const linesOfReplaced = (digest: string | null, successor: string): SQL =>
  sql`(${grants.userId}, ${grants.sessionId}) = (
      SELECT ${sessions.userId}, ${sessions.id} FROM ${sessions}
      WHERE ${sessions.digest} = ${digest} AND ${sessions.endedAt} IS NULL)
    AND ${grants.offline} = 0
    AND EXISTS (SELECT 1 FROM ${sessions} WHERE ${sessions.digest} = ${successor})`

/**
 * The statements that end lines: outbox first, then the rows. KV is told of lines of which an access
 * token may be alive, and forgets them when none can be; 60 s is the least that KV takes.
 */
export function revocationStatements(lines: SQL, now: number, reason: string): Statement[] {
  // What a token of a line made ends with it.
  const made = sql`${grants.endsWith} IN (SELECT ${grants.id} FROM ${grants} WHERE ${lines})`
  const all = sql`((${lines}) OR ${made})`
  return [outboxOf(all, now), ending(all, now, reason)]
}

const outboxOf = (lines: SQL, now: number): Statement => {
  const expiresAt = sql`${grants.accessExpiresAt} + ${skew}`
  const row = { key: sql`'rev:grant:' || ${grants.id}`, revokedAt: now, expiresAt }
  return statement(sql`${insertInto(revocationOutbox, row)} FROM ${grants}
    WHERE ${lines} AND ${grants.revokedAt} IS NULL AND ${expiresAt} > ${now}
    ON CONFLICT (key) DO NOTHING`)
}

const ending = (lines: SQL, now: number, reason: string): Statement =>
  statement(sql`UPDATE ${grants} ${set(grants, { revokedAt: now, revokedReason: reason })}
    WHERE ${lines} AND ${grants.revokedAt} IS NULL`)

/** Seconds for which a token may still count somewhere after it has expired here. */
const skew = 60

/** A later instant ends what an earlier one did, and more. */
const raised = sql`ON CONFLICT (key) DO UPDATE ${set(revocationOutbox, {
  revokedAt: sql`MAX(${revocationOutbox.revokedAt}, ${excluded(revocationOutbox.revokedAt)})`,
  expiresAt: sql`MAX(${revocationOutbox.expiresAt}, ${excluded(revocationOutbox.expiresAt)})`,
})}`

/** The statements that end a single access token. */
export const endingOfToken = (jti: string, expiresAt: number, now: number): Statement[] => [
  statement(
    sql`${insertInto(revocationOutbox, {
      key: `rev:token:${jti}`,
      revokedAt: now,
      expiresAt: expiresAt + skew,
    })} WHERE TRUE ON CONFLICT (key) DO NOTHING`,
  ),
  statement(sql`${insertInto(revokedTokens, { jti, revokedAt: now, expiresAt })}
    WHERE TRUE ON CONFLICT (jti) DO NOTHING`),
]

/**
 * The statements that end all lines of a user. A token of a pairwise client names the user as no
 * other does, so that no key for all of them could be found by it: those lines have a key each.
 */
export function endingOfUser(userId: number, now: number, reason: string): Statement[] {
  const lines = sql`${grants.userId} = ${userId}`
  const key = {
    key: sql`'rev:user:' || ${users.sub}`,
    revokedAt: now,
    expiresAt: sql`MAX(${grants.accessExpiresAt}) + ${skew}`,
  }
  return [
    statement(sql`${insertInto(revocationOutbox, key)}
      FROM ${users} JOIN ${grants} ON ${grants.userId} = ${users.id}
      WHERE ${users.id} = ${userId} AND ${grants.revokedAt} IS NULL
        AND ${grants.accessExpiresAt} + ${skew} > ${now}
      GROUP BY ${users.sub} ${raised}`),
    outboxOf(
      sql`${lines} AND EXISTS (SELECT 1 FROM ${clients} WHERE ${clients.id} = ${grants.clientId}
        AND json_extract(${clients.metadata}, '$.subject_type') = 'pairwise')`,
      now,
    ),
    ending(lines, now, reason),
  ]
}

/** The least for which KV is told of a client: tokens without a user have no line that knows when. */
const clientLifetime = 86_400

/** The statement that tells KV that nothing issued to the client before an instant counts. */
export function revocationOfClient(clientId: string, notBefore: number, now: number): Statement {
  const longest = sql`MAX(${clientLifetime}, COALESCE(${clients.accessTokenLifetime}, 0))`
  const lastOfLines = sql`COALESCE((SELECT MAX(${grants.accessExpiresAt}) FROM ${grants}
    WHERE ${grants.clientId} = ${clientId}), 0)`
  const row = {
    key: sql`'rev:client:' || ${clients.id}`,
    revokedAt: notBefore,
    expiresAt: sql`${skew} + MAX(${now} + ${longest}, ${lastOfLines})`,
  }
  return statement(sql`${insertInto(revocationOutbox, row)} FROM ${clients}
    WHERE ${clients.id} = ${clientId} ${raised}`)
}

/** The statements that end all lines of a client. */
export const endingOfClient = (clientId: string, now: number, reason: string): Statement[] => [
  revocationOfClient(clientId, now, now),
  ending(sql`${grants.clientId} = ${clientId}`, now, reason),
]
