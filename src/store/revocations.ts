// Ending lines: the row in D1 and, in the same batch, the outbox row from which KV is told. The
// order inside a batch matters: the outbox is filled from the rows that are still alive. Single lines
// and tokens have a key each, and its presence says that they ended. All that a user or a client has
// ends by one key, whose value is the instant before which nothing issued counts: a client may have
// a million lines.
import type { SQL } from 'drizzle-orm'
import type { RevocationReason } from '../core/server/events.ts'
import { clients, grants, revocationOutbox, revokedTokens } from './schema/grants.ts'
import { sessions, users } from './schema/people.ts'
import {
  excluded,
  insertInto,
  prepared,
  set,
  sql,
  type Placeholders,
  type Statement,
  type Value,
} from './sql.ts'

/** When lines end, and why: the `revoked_reason` of their rows. */
type Ending = { now: number; reason: RevocationReason }

/**
 * The statements that end the lines of a condition over `grants`, and those that tokens of theirs
 * made: outbox first, then the rows.
 */
function endingOf<Values extends Ending & Record<string, Value>>(
  lines: (value: Placeholders<Values>) => SQL,
): (values: Values) => Statement[] {
  const all = (value: Placeholders<Values>): SQL => sql`((${lines(value)})
    OR ${grants.endsWith} IN (SELECT ${grants.id} FROM ${grants} WHERE ${lines(value)}))`
  const outbox = prepared<Values>((value) => outboxOf(all(value), value.now))
  const rows = prepared<Values>((value) => revoked(all(value), value))
  return (values) => [outbox(values), rows(values)]
}

export const endingOfLine = endingOf<Ending & { grantId: string }>(
  ({ grantId }) => sql`${grants.id} = ${grantId}`,
)

export const endingOfLineOfClient = endingOf<Ending & { grantId: string; clientId: string }>(
  ({ grantId, clientId }) => sql`${grants.id} = ${grantId} AND ${grants.clientId} = ${clientId}`,
)

export const endingOfUserAtClient = endingOf<Ending & { userId: number; clientId: string }>(
  ({ userId, clientId }) => sql`${grants.userId} = ${userId} AND ${grants.clientId} = ${clientId}`,
)

/** Of the lines of a user's browser session those that do not outlive it. */
export const endingOfSession = endingOf<Ending & { sessionId: string; userId: number }>(
  ({ sessionId, userId }) => sql`${grants.sessionId} = ${sessionId} AND ${grants.userId} = ${userId}
    AND ${grants.offline} = 0`,
)

/** The same of the session with `digest`, once the browser has the one with `successor`. */
export const endingOfReplaced = endingOf<Ending & { digest: string | null; successor: string }>(
  ({ digest, successor }) => sql`(${grants.userId}, ${grants.sessionId}) = (
      SELECT ${sessions.userId}, ${sessions.id} FROM ${sessions}
      WHERE ${sessions.digest} = ${digest} AND ${sessions.endedAt} IS NULL)
    AND ${grants.offline} = 0
    AND EXISTS (SELECT 1 FROM ${sessions} WHERE ${sessions.digest} = ${successor})`,
)

/** Seconds for which a token may still count somewhere after it has expired here. */
const skew = 60

/** KV is told of lines of which an access token may be alive, and forgets them when none can be. */
function outboxOf(lines: SQL, now: SQL): SQL {
  const expiresAt = sql`${grants.accessExpiresAt} + ${skew}`
  const row = { key: sql`'rev:grant:' || ${grants.id}`, revokedAt: now, expiresAt }
  return sql`${insertInto(revocationOutbox, row)} FROM ${grants}
    WHERE ${lines} AND ${grants.revokedAt} IS NULL AND ${expiresAt} > ${now}
    ON CONFLICT (key) DO NOTHING`
}

const revoked = (lines: SQL, { now, reason }: { readonly now: SQL; readonly reason: SQL }): SQL =>
  sql`UPDATE ${grants} ${set(grants, { revokedAt: now, revokedReason: reason })}
    WHERE ${lines} AND ${grants.revokedAt} IS NULL`

/** A later instant ends what an earlier one did, and more. */
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

/** The statements that end a single access token. */
export const endingOfToken = (values: EndingOfToken): Statement[] => [
  outboxOfToken(values),
  revokedToken(values),
]

type EndingOfUser = Ending & { userId: number }

const outboxOfUser = prepared<EndingOfUser>(
  ({ userId, now }) => sql`${insertInto(revocationOutbox, {
    key: sql`'rev:user:' || ${users.sub}`,
    revokedAt: now,
    expiresAt: sql`MAX(${grants.accessExpiresAt}) + ${skew}`,
  })}
  FROM ${users} JOIN ${grants} ON ${grants.userId} = ${users.id}
  WHERE ${users.id} = ${userId} AND ${grants.revokedAt} IS NULL
    AND ${grants.accessExpiresAt} + ${skew} > ${now}
  GROUP BY ${users.sub} ${raised}`,
)

const outboxOfPairwise = prepared<EndingOfUser>(({ userId, now }) =>
  outboxOf(
    sql`${grants.userId} = ${userId} AND EXISTS (SELECT 1 FROM ${clients}
      WHERE ${clients.id} = ${grants.clientId}
        AND json_extract(${clients.metadata}, '$.subject_type') = 'pairwise')`,
    now,
  ),
)

const linesOfUser = prepared<EndingOfUser>((value) =>
  revoked(sql`${grants.userId} = ${value.userId}`, value),
)

/**
 * The statements that end all lines of a user. A token of a pairwise client names the user as no
 * other does, so that no key for all of them could be found by it: those lines have a key each.
 */
export const endingOfUser = (
  userId: number,
  now: number,
  reason: RevocationReason,
): Statement[] => {
  const values = { userId, now, reason }
  return [outboxOfUser(values), outboxOfPairwise(values), linesOfUser(values)]
}

/** The least for which KV is told of a client: tokens without a user have no line that knows when. */
const clientLifetime = 86_400

const outboxOfClient = prepared<{ clientId: string; notBefore: number; now: number }>(
  ({ clientId, notBefore, now }) => sql`${insertInto(revocationOutbox, {
    key: sql`'rev:client:' || ${clients.id}`,
    revokedAt: notBefore,
    expiresAt: sql`${skew} + MAX(
      ${now} + MAX(${clientLifetime}, COALESCE(${clients.accessTokenLifetime}, 0)),
      COALESCE((SELECT MAX(${grants.accessExpiresAt}) FROM ${grants}
        WHERE ${grants.clientId} = ${clientId}), 0))`,
  })}
  FROM ${clients} WHERE ${clients.id} = ${clientId} ${raised}`,
)

/** The statement that tells KV that nothing issued to the client before an instant counts. */
export const revocationOfClient = (clientId: string, notBefore: number, now: number): Statement =>
  outboxOfClient({ clientId, notBefore, now })

const linesOfClient = prepared<Ending & { clientId: string }>((value) =>
  revoked(sql`${grants.clientId} = ${value.clientId}`, value),
)

/** The statements that end all lines of a client. */
export const endingOfClient = (
  clientId: string,
  now: number,
  reason: RevocationReason,
): Statement[] => [revocationOfClient(clientId, now, now), linesOfClient({ clientId, now, reason })]
