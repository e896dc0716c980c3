// Browser sessions. A session, the screen it answers, the lines that live by it and the
// notices that its end owes are written in one batch each.
import type {
  Answer,
  AuditEvent,
  ConsentedScope,
  ConsentQuery,
  NewSession,
  Proof,
  Session,
  SessionRenewal,
  SessionStanding,
} from '../core/records.ts'
import type { SessionStore } from '../core/store.ts'
import { auditIfChanged, auditStatement, auditWhere } from './audit.ts'
import { forgetConsents } from './consents.ts'
import {
  Conflict,
  numberOf,
  optionalTextOf,
  statement,
  textOf,
  type Database,
  type Row,
  type Statement,
} from './database.ts'
import { noticesTo } from './logout-notices.ts'
import { pageFrom } from './page.ts'
import {
  endingOfUser,
  linesOfReplaced,
  linesOfSession,
  revocationStatements,
} from './revocations.ts'
import { answeredBy, answering } from './used-identifiers.ts'
import { clearTries } from './sign-in-attempts.ts'
import { endingsOfSuspectLinks } from './suspect-links.ts'
import { asProved, userColumns, userOf } from './rows.ts'

const sessionColumns = `s.id AS s_id, s.face AS s_face, s.user_id AS s_user_id,
  COALESCE(s.stated_auth_time, s.auth_time) AS s_auth_time, s.amr AS s_amr, s.user_agent AS s_user_agent,
  s.created_at AS s_created_at, s.last_seen_at AS s_last_seen_at,
  s.idle_expires_at AS s_idle_expires_at, s.absolute_expires_at AS s_absolute_expires_at`

/** A session that counts at ?2. */
const alive = `s.ended_at IS NULL AND s.idle_expires_at > ?2 AND s.absolute_expires_at > ?2`

export function openSessions(database: Database): SessionStore {
  return {
    async begin(session, proof, audit) {
      const [begun] = await database.batch([
        insertion(session, proof, ''),
        auditIfChanged(audit),
        ...clearTries(proof),
      ])
      return begun?.length === 1 ? 'begun' : 'refused'
    },
    beginFor: (answer, session, replacedDigest, proof, audit, consentFor) =>
      beginFor(database, answer, session, replacedDigest, proof, audit, consentFor),
    async find(digest, now, consentFor) {
      const row = await database.first(standingStatement(digest, now, consentFor))
      return row === null ? null : standingOf(row)
    },
    async touch(digest, now, idleExpiresAt) {
      await database.all(
        statement(
          `UPDATE sessions SET last_seen_at = ?2, idle_expires_at = MIN(?3, absolute_expires_at)
           WHERE digest = ?1 AND ended_at IS NULL`,
          digest,
          now,
          idleExpiresAt,
        ),
      )
    },
    async listOfUser(userId, now, limit, cursor) {
      const rows = await database.all(
        statement(
          `SELECT ${sessionColumns} FROM sessions s WHERE s.user_id = ?1 AND ${alive}
           ORDER BY s.last_seen_at DESC, s.id LIMIT ?3 OFFSET ?4`,
          userId,
          now,
          limit + 1,
          cursor,
        ),
      )
      return pageFrom(rows.map(sessionOf), limit, cursor)
    },
    async end(sessionId, userId, audit) {
      await database.batch(endings(sessionId, userId, audit))
    },
    endOthers: (userId, renewal, audit) =>
      unlessRefused(database, [
        ...renewalStatements(userId, renewal),
        ...endingsOfOthers(userId, renewal.sessionId, audit),
      ]),
    changePassword: (proof, renewal, passwordHash, suspicion, audit) =>
      unlessRefused(database, [
        ...passwordStatements(proof, renewal, passwordHash, audit),
        ...endingsOfSuspectLinks(proof.user.id, suspicion, audit),
      ]),
  }
}

const endingsOfOthers = (userId: number, exceptId: string, audit: AuditEvent): Statement[] => [
  noticesTo('g.user_id = ?1', userId, audit.at),
  ...endingOfUser(userId, audit.at, audit.kind),
  statement(
    `UPDATE sessions SET ended_at = ?2
     WHERE user_id = ?1 AND ended_at IS NULL AND id IS NOT ?3`,
    userId,
    audit.at,
    exceptId,
  ),
  ...forgetConsents('user_id = ?1', userId),
  auditStatement(audit),
]

/** Gives the session its new secret; refuses the batch where it no longer has the presented one. */
const renewalStatements = (
  userId: number,
  { sessionId, digest, successorDigest }: SessionRenewal,
): Statement[] => [
  // An UPDATE that matches nothing would not stop the batch; this fails it (the id exists). Of two
  // who hold one secret and both ask for the next, the first gets it.
  statement(
    `INSERT INTO sessions SELECT * FROM sessions
     WHERE id = ?1 AND NOT (user_id = ?2 AND digest = ?3 AND ended_at IS NULL)`,
    sessionId,
    userId,
    digest,
  ),
  statement('UPDATE sessions SET digest = ?2 WHERE id = ?1', sessionId, successorDigest),
]

function passwordStatements(
  proof: Proof,
  renewal: SessionRenewal,
  passwordHash: string,
  audit: AuditEvent,
): Statement[] {
  const { user } = proof
  return [
    ...renewalStatements(user.id, renewal),
    // This fails the batch where the password is no longer the one that was proved.
    statement(
      `INSERT INTO users SELECT * FROM users AS u
       WHERE u.id = ?1 AND NOT (${asProved('?2', '?3')})`,
      user.id,
      user.passwordHash,
      user.updatedAt,
    ),
    statement(
      `UPDATE users SET password_hash = ?2, not_before = MAX(not_before, ?3),
         updated_at = MAX(?3, updated_at + 0.001) WHERE id = ?1`,
      user.id,
      passwordHash,
      audit.at,
    ),
    // The proof was one of this session, too: it goes on from here.
    statement(
      'UPDATE sessions SET auth_time = ?2, stated_auth_time = ?2 WHERE id = ?1 AND user_id = ?3',
      renewal.sessionId,
      audit.at,
      user.id,
    ),
    ...clearTries(proof),
    ...endingsOfOthers(user.id, renewal.sessionId, audit),
  ]
}

/** Whether the batch was done: false where one of its statements refused it. */
async function unlessRefused(
  database: Database,
  statements: readonly Statement[],
): Promise<boolean> {
  try {
    await database.batch(statements)
    return true
  } catch (failure) {
    if (failure instanceof Conflict) return false
    throw failure
  }
}

async function beginFor(
  database: Database,
  answer: Answer,
  session: NewSession,
  replacedDigest: string | null,
  proof: Proof,
  audit: AuditEvent,
  consentFor: ConsentQuery | undefined,
): Promise<SessionStanding | null> {
  const results = await database.batch([
    answering(answer),
    statement(
      `UPDATE sessions AS s SET digest = ?3, auth_time = ?2,
         stated_auth_time = MAX(?12, COALESCE(stated_auth_time, auth_time)), amr = ?5, last_seen_at = ?2,
         idle_expires_at = ?6, absolute_expires_at = ?7
       WHERE s.digest = ?1 AND s.user_id = ?4 AND s.ended_at IS NULL
         AND s.absolute_expires_at > ?2 AND ${answeredBy('?8', '?9')}
         AND EXISTS (SELECT 1 FROM users u WHERE u.id = ?4 AND ${asProved('?10', '?11')})`,
      replacedDigest,
      answer.now,
      session.digest,
      session.userId,
      session.amr,
      session.idleExpiresAt,
      session.absoluteExpiresAt,
      answer.digest,
      answer.operation,
      proof.user.passwordHash,
      proof.user.updatedAt,
      session.authTime,
    ),
    insertion(
      session,
      proof,
      `AND ${answeredBy('?14', '?15')} AND NOT EXISTS (SELECT 1 FROM sessions WHERE digest = ?2)`,
      answer.digest,
      answer.operation,
    ),
    // What still has the old digest is somebody else's, or over: it ends as at a sign-out.
    noticesTo(
      `(g.user_id, g.session_id) =
           (SELECT s.user_id, s.id FROM sessions s WHERE s.digest = ?4 AND s.ended_at IS NULL)
         AND g.user_id <> ?1 AND ${begun('?5')}`,
      session.userId,
      answer.now,
      replacedDigest,
      session.digest,
    ),
    ...revocationStatements(
      linesOfReplaced(replacedDigest, session.digest),
      answer.now,
      'replaced',
    ),
    statement(
      `UPDATE sessions SET ended_at = ?2 WHERE digest = ?1 AND ended_at IS NULL AND ${begun('?3')}`,
      replacedDigest,
      answer.now,
      session.digest,
    ),
    ...clearTries(proof),
    auditWhere(begun('?7'), audit, session.digest),
    standingStatement(session.digest, answer.now, consentFor),
  ])
  const [row] = results.at(-1) ?? []
  return row === undefined ? null : standingOf(row)
}

/** Whether the session with this digest, which only this operation knows, has begun. */
const begun = (digest: string): string =>
  `EXISTS (SELECT 1 FROM sessions n WHERE n.digest = ${digest})`

const standingStatement = (
  digest: string,
  now: number,
  consentFor: ConsentQuery | undefined,
): Statement =>
  statement(
    `SELECT ${sessionColumns}, ${userColumns},
       (SELECT json_group_array(json_object('resource', k.resource, 'scope', k.scope))
        FROM resource_consents k WHERE k.user_id = s.user_id AND k.client_id = ?3
          AND k.resource IN (SELECT value FROM json_each(?4))) AS consents
     FROM sessions s JOIN users u ON u.id = s.user_id
     WHERE s.digest = ?1 AND ${alive} AND u.disabled_at IS NULL
       AND s.auth_time >= u.not_before
       AND s.auth_time >= COALESCE((SELECT not_before FROM epoch WHERE id = 1), 0)`,
    digest,
    now,
    consentFor?.clientId ?? null,
    JSON.stringify(consentFor?.resources ?? []),
  )

const standingOf = (row: Row): SessionStanding => ({
  session: sessionOf(row),
  user: userOf(row),
  consents: consentsOf(textOf(row, 'consents')),
})

// Made by the statement itself.
const consentsOf = (text: string): ConsentedScope[] => JSON.parse(text)

function insertion(
  session: NewSession,
  proof: Proof,
  condition: string,
  ...values: string[]
): Statement {
  return statement(
    `INSERT INTO sessions (id, digest, face, user_id, auth_time, stated_auth_time, amr, user_agent,
       created_at, last_seen_at, idle_expires_at, absolute_expires_at)
     SELECT ?1, ?2, ?3, u.id, ?8, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM users u
     WHERE u.id = ?4 AND ${asProved('?12', '?13')} ${condition}
     RETURNING id`,
    session.id,
    session.digest,
    session.face,
    session.userId,
    session.authTime,
    session.amr,
    session.userAgent,
    session.createdAt,
    session.lastSeenAt,
    session.idleExpiresAt,
    session.absoluteExpiresAt,
    proof.user.passwordHash,
    proof.user.updatedAt,
    ...values,
  )
}

/** Ending one session: the notices first, while its lines can still be told from others. */
const endings = (sessionId: string, userId: number, audit: AuditEvent): Statement[] => [
  noticesTo('g.session_id = ?4 AND g.user_id = ?1', userId, audit.at, sessionId),
  ...revocationStatements(linesOfSession(sessionId, userId), audit.at, audit.kind),
  statement(
    'UPDATE sessions SET ended_at = ?2 WHERE id = ?1 AND user_id = ?3 AND ended_at IS NULL',
    sessionId,
    audit.at,
    userId,
  ),
  auditIfChanged(audit),
]

const sessionOf = (row: Row): Session => ({
  id: textOf(row, 's_id'),
  face: textOf(row, 's_face') === 'traffic-ops' ? 'traffic-ops' : 'browser',
  userId: numberOf(row, 's_user_id'),
  authTime: numberOf(row, 's_auth_time'),
  amr: textOf(row, 's_amr'),
  userAgent: optionalTextOf(row, 's_user_agent'),
  createdAt: numberOf(row, 's_created_at'),
  lastSeenAt: numberOf(row, 's_last_seen_at'),
  idleExpiresAt: numberOf(row, 's_idle_expires_at'),
  absoluteExpiresAt: numberOf(row, 's_absolute_expires_at'),
})
