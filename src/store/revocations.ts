// Ending lines: the row in D1 and, in the same batch, the outbox row from which KV is told. The
// order inside a batch matters: the outbox is filled from the rows that are still alive. Single lines
// and tokens have a key each, and its presence says that they ended. All that a user or a client has
// ends by one key, whose value is the instant before which nothing issued counts: a client may have
// a million lines.
import { statement, type Statement, type Value } from './database.ts'

/** Which lines end, as a condition over `grants`; values start at ?3. */
type Lines = { where: string; values: readonly Value[] }

export const lineOf = (grantId: string): Lines => ({ where: 'id = ?3', values: [grantId] })
export const lineOfClient = (grantId: string, clientId: string): Lines => ({
  where: 'id = ?3 AND client_id = ?4',
  values: [grantId, clientId],
})
export const linesOfUserAtClient = (userId: number, clientId: string): Lines => ({
  where: 'user_id = ?3 AND client_id = ?4',
  values: [userId, clientId],
})
/** The lines of a user's browser session that do not outlive it. */
export const linesOfSession = (sessionId: string, userId: number): Lines => ({
  where: 'session_id = ?3 AND user_id = ?4 AND offline = 0',
  values: [sessionId, userId],
})

/** The same of the session with this digest, once the browser has the one with `successor`. */
export const linesOfReplaced = (digest: string | null, successor: string): Lines => ({
  where: `(user_id, session_id) =
      (SELECT user_id, id FROM sessions WHERE digest = ?3 AND ended_at IS NULL)
    AND offline = 0 AND EXISTS (SELECT 1 FROM sessions WHERE digest = ?4)`,
  values: [digest, successor],
})

/**
 * The statements that end lines: outbox first, then the rows. KV is told of lines of which an access
 * token may be alive, and forgets them when none can be; 60 s is the least that KV takes.
 */
export function revocationStatements(lines: Lines, now: number, reason: string): Statement[] {
  // What a token of a line made ends with it.
  const made = `ends_with IN (SELECT id FROM grants WHERE ${lines.where})`
  const all = { ...lines, where: `((${lines.where}) OR ${made})` }
  return [outboxOf(all.where, now, ...all.values), ending(all, now, reason)]
}

const outboxOf = (where: string, now: number, ...values: Value[]): Statement =>
  statement(
    `INSERT INTO revocation_outbox (key, revoked_at, expires_at)
     SELECT 'rev:grant:' || id, ?1, access_expires_at + ?2 FROM grants
     WHERE ${where} AND revoked_at IS NULL AND access_expires_at + ?2 > ?1
     ON CONFLICT (key) DO NOTHING`,
    now,
    skew,
    ...values,
  )

const ending = ({ where, values }: Lines, now: number, reason: string): Statement =>
  statement(
    `UPDATE grants SET revoked_at = ?1, revoked_reason = ?2
     WHERE ${where} AND revoked_at IS NULL`,
    now,
    reason,
    ...values,
  )

/** Seconds for which a token may still count somewhere after it has expired here. */
const skew = 60

/** A later instant ends what an earlier one did, and more. */
const raised = `ON CONFLICT (key) DO UPDATE SET revoked_at = MAX(revoked_at, excluded.revoked_at),
  expires_at = MAX(expires_at, excluded.expires_at)`

/**
 * The statements that end all lines of a user. A token of a pairwise client names the user as no
 * other does, so that no key for all of them could be found by it: those lines have a key each.
 */
export const endingOfUser = (userId: number, now: number, reason: string): Statement[] => [
  statement(
    `INSERT INTO revocation_outbox (key, revoked_at, expires_at)
     SELECT 'rev:user:' || u.sub, ?1, MAX(g.access_expires_at) + ?2
     FROM users u JOIN grants g ON g.user_id = u.id
     WHERE u.id = ?3 AND g.revoked_at IS NULL AND g.access_expires_at + ?2 > ?1
     GROUP BY u.sub ${raised}`,
    now,
    skew,
    userId,
  ),
  outboxOf(
    `user_id = ?3 AND EXISTS (SELECT 1 FROM clients c WHERE c.id = client_id
       AND json_extract(c.metadata, '$.subject_type') = 'pairwise')`,
    now,
    userId,
  ),
  ending({ where: 'user_id = ?3', values: [userId] }, now, reason),
]

/** The least for which KV is told of a client: tokens without a user have no line that knows when. */
const clientLifetime = 86_400

/** The statement that tells KV that nothing issued to the client before an instant counts. */
export const revocationOfClient = (clientId: string, notBefore: number, now: number): Statement =>
  statement(
    `INSERT INTO revocation_outbox (key, revoked_at, expires_at)
     SELECT 'rev:client:' || c.id, ?2, ?4 + MAX(?3 + MAX(?5, COALESCE(c.access_token_lifetime, 0)),
       COALESCE((SELECT MAX(access_expires_at) FROM grants WHERE client_id = ?1), 0))
     FROM clients c WHERE c.id = ?1 ${raised}`,
    clientId,
    notBefore,
    now,
    skew,
    clientLifetime,
  )

/** The statements that end all lines of a client. */
export const endingOfClient = (clientId: string, now: number, reason: string): Statement[] => [
  revocationOfClient(clientId, now, now),
  ending({ where: 'client_id = ?3', values: [clientId] }, now, reason),
]
