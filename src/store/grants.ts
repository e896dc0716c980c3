// Grants in D1: who wins a race over a code or a refresh token is decided here, by one statement
// each. After a failure with unknown outcome the row's `last_operation` tells whose write it was.
import type {
  AuditEvent,
  CodeRedemption,
  NewGrant,
  Proof,
  RedemptionOutcome,
  Rotation,
  RotationOutcome,
  TokenFacts,
  TokenStanding,
} from '../core/records.ts'
import type { GrantStore } from '../core/store.ts'
import { auditIfChanged } from './audit.ts'
import { flagOf, statement, textOf, type Database, type Row, type Statement } from './database.ts'
import { lineOf, lineOfClient, revocationStatements } from './revocations.ts'
import { clearTries } from './sign-in-attempts.ts'
import {
  asProved,
  barred,
  lineOfRow,
  lineSql,
  standingLine,
  tokenLineColumns,
  tokenLineOf,
  userObject,
  userOfObject,
} from './rows.ts'

const insertColumns = `id, user_id, client_id, session_id, scope, resource, key_thumbprint,
  auth_time, amr, claims_request, ends_with, code_digest, current_digest, last_operation, offline,
  user_agent, created_at, last_used_at, idle_expires_at, absolute_expires_at, access_expires_at`

const insertValues = `?1, u.id, c.id, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
  ?17, ?18, ?19, ?20`

/** ?1 to ?20 of an insertion. */
const valuesOf = (grant: NewGrant, codeDigest: string | null) =>
  [
    grant.id,
    grant.userId,
    grant.clientId,
    grant.sessionId,
    grant.scope,
    grant.resource,
    grant.keyThumbprint,
    grant.authTime,
    grant.amr,
    grant.claimsRequest,
    grant.endsWith,
    codeDigest,
    grant.refreshDigest,
    grant.operation,
    grant.offline ? 1 : 0,
    grant.userAgent,
    grant.createdAt,
    grant.idleExpiresAt,
    grant.absoluteExpiresAt,
    grant.accessExpiresAt,
  ] as const

export function openGrants(database: Database): GrantStore {
  return {
    open: (grant, proof, audit) => open(database, grant, proof, audit),
    redeem: (redemption, audit) => redeem(database, redemption, audit),
    rotate: (rotation) => rotate(database, rotation),
    async raiseAccessExpiry(grantId, accessExpiresAt) {
      const rows = await database.all(
        statement(
          `UPDATE grants SET access_expires_at = MAX(access_expires_at, ?2)
           WHERE id = ?1 AND revoked_at IS NULL RETURNING id`,
          grantId,
          accessExpiresAt,
        ),
      )
      return rows.length === 1
    },
    async find(grantId, now) {
      const row = await database.first(statement(lineSql, grantId, now))
      return row === null ? null : lineOfRow(row)
    },
    standing: (token, now) => standing(database, token, now),
    async revoke(grantId, reason, audit) {
      const ending = revocationStatements(lineOf(grantId), audit.at, reason)
      await database.batch([...ending, auditIfChanged(audit)])
    },
    async revokeOfClient(grantId, clientId, reason, audit) {
      const ending = revocationStatements(lineOfClient(grantId, clientId), audit.at, reason)
      const owner = statement('SELECT client_id FROM grants WHERE id = ?1', grantId)
      const results = await database.batch([...ending, auditIfChanged(audit), owner])
      const [row] = results.at(-1) ?? []
      return row?.client_id === clientId
    },
    async revokeToken(jti, expiresAt, audit) {
      await database.batch([
        statement(
          `INSERT INTO revocation_outbox (key, revoked_at, expires_at)
           VALUES ('rev:token:' || ?1, ?2, ?3) ON CONFLICT (key) DO NOTHING`,
          jti,
          audit.at,
          expiresAt + 60,
        ),
        statement(
          `INSERT INTO revoked_tokens (jti, revoked_at, expires_at) VALUES (?1, ?2, ?3)
           ON CONFLICT (jti) DO NOTHING`,
          jti,
          audit.at,
          expiresAt,
        ),
        auditIfChanged(audit),
      ])
    },
  }
}

async function open(
  database: Database,
  grant: NewGrant,
  proof: Proof,
  audit: AuditEvent,
): Promise<'opened' | 'refused'> {
  const insert = statement(
    `INSERT INTO grants (${insertColumns}) SELECT ${insertValues}
     FROM users u JOIN clients c ON c.id = ?3
     WHERE u.id = ?2 AND ${asProved('?21', '?22')} AND c.disabled_at IS NULL
     RETURNING id`,
    ...valuesOf(grant, null),
    proof.user.passwordHash,
    proof.user.updatedAt,
  )
  const [inserted] = await database.batch([insert, auditIfChanged(audit), ...clearTries(proof)])
  return inserted?.length === 1 ? 'opened' : 'refused'
}

/**
 * The UNIQUE code digest decides among parallel redemptions; the WHERE holds everything that can
 * have changed since the code was issued. Who made no row looks whose there is: a row of another's
 * tells of a replay, none of a refusal.
 */
async function redeem(
  database: Database,
  redemption: CodeRedemption,
  audit: AuditEvent,
): Promise<RedemptionOutcome> {
  const insert = statement(
    `INSERT INTO grants (${insertColumns}) SELECT ${insertValues}
     FROM users u JOIN clients c ON c.id = ?3
     WHERE u.id = ?2 AND u.disabled_at IS NULL AND c.disabled_at IS NULL
       AND u.not_before < ?21 AND c.not_before < ?21 AND c.created_at <= ?21
       AND COALESCE((SELECT not_before FROM epoch WHERE id = 1), 0) < ?21
       AND NOT EXISTS (SELECT 1 FROM json_each(?22) r WHERE NOT EXISTS (
         SELECT 1 FROM resource_consents k WHERE k.user_id = ?2 AND k.client_id = ?3
           AND k.resource = r.value AND k.granted_at <= ?21))
       AND (?23 = 0 OR EXISTS (SELECT 1 FROM sessions s WHERE s.id = ?4 AND s.ended_at IS NULL
         AND s.absolute_expires_at > ?17))
       AND (?11 IS NULL OR ${standingLine('?11', '?17')})
     ON CONFLICT (code_digest) DO NOTHING
     RETURNING id, (SELECT ${userObject} FROM users u WHERE u.id = user_id) AS user`,
    ...valuesOf(redemption, redemption.codeDigest),
    redemption.codeIssuedAt,
    JSON.stringify(redemption.consentResources),
    redemption.sessionRequired ? 1 : 0,
  )
  const look = statement(
    `SELECT g.id, ${userObject} AS user
     FROM grants g JOIN users u ON u.id = g.user_id WHERE g.code_digest = ?1`,
    redemption.codeDigest,
  )
  const statements = [insert, auditIfChanged(audit)]
  const row = (await ownOutcome(database, statements, look)) ?? (await database.first(look))
  if (row === null) return { outcome: 'refused' }
  const grantId = textOf(row, 'id')
  return grantId === redemption.id
    ? { outcome: 'redeemed', user: userOfObject(textOf(row, 'user')) }
    : { outcome: 'replayed', grantId }
}

/**
 * The first UPDATE decides: of all requests with one digest, one finds it current. The second counts
 * the round where the digest is the one before; in one transaction with it, so that no retry is
 * answered uncounted, and once a generation, however many ask at once.
 */
async function rotate(database: Database, rotation: Rotation): Promise<RotationOutcome> {
  const update = statement(
    `UPDATE grants AS g SET generation = generation + 1, previous_digest = current_digest,
       current_digest = ?4, last_operation = ?5, rotated_at = ?2, last_used_at = ?2,
       idle_expires_at = MIN(?6, absolute_expires_at),
       access_expires_at = MAX(access_expires_at, ?7)
     WHERE id = ?1 AND current_digest = ?3 AND client_id = ?8 AND revoked_at IS NULL
       AND idle_expires_at > ?2 AND absolute_expires_at > ?2
       AND EXISTS (SELECT 1 FROM users u JOIN clients c ON c.id = g.client_id
         WHERE u.id = g.user_id AND NOT ${barred('?2')})`,
    rotation.grantId,
    rotation.now,
    rotation.presentedDigest,
    rotation.successorDigest,
    rotation.operation,
    rotation.idleExpiresAt,
    rotation.accessExpiresAt,
    rotation.clientId,
  )
  const countRetry = statement(
    `UPDATE grants SET retried_generation = generation, retry_rounds = CASE
       WHEN retry_rounds >= 2 OR retried_generation = generation - 1 THEN retry_rounds + 1
       ELSE 1 END
     WHERE id = ?1 AND previous_digest = ?2 AND client_id = ?3 AND last_operation <> ?4
       AND revoked_at IS NULL AND rotated_at BETWEEN ?5 AND ?6
       AND retried_generation IS NOT generation`,
    rotation.grantId,
    rotation.presentedDigest,
    rotation.clientId,
    rotation.operation,
    rotation.retryable.from,
    rotation.retryable.until,
  )
  const look = statement(lineSql, rotation.grantId, rotation.now)
  const statements = [update, countRetry, look]
  const row = await ownOutcome(database, statements, look, rotation.presentedDigest)
  if (row === null) return { rotated: false, line: null }
  return {
    rotated: textOf(row, 'last_operation') === rotation.operation,
    line: lineOfRow(row),
  }
}

/**
 * Runs a deciding batch and gives the row that tells of it. "Network connection lost" leaves the
 * outcome of a write unknown: then the row is looked at once more, and a row that still stands as
 * before (`unchangedDigest` is current, or there is none) is a failure, safe to retry.
 */
async function ownOutcome(
  database: Database,
  statements: readonly Statement[],
  look: Statement,
  unchangedDigest?: string,
): Promise<Row | null> {
  try {
    const [row] = (await database.batch(statements)).flat()
    return row ?? null
  } catch (failure) {
    const row = await database.first(look)
    const isUnchanged = unchangedDigest !== undefined && row?.current_digest === unchangedDigest
    if (row === null || isUnchanged) throw failure
    return row
  }
}

async function standing(
  database: Database,
  token: TokenFacts,
  now: number,
): Promise<TokenStanding> {
  if (token.grantId === null) return standingOfClient(database, token)
  const row = await database.first(
    statement(
      `SELECT ${tokenLineColumns}, (g.revoked_at IS NOT NULL OR g.client_id <> ?4
         OR ${barred('?2')} OR EXISTS (SELECT 1 FROM revoked_tokens WHERE jti = ?3)
         OR ${signedByWithdrawn('?5')}) AS ended
       FROM grants g JOIN users u ON u.id = g.user_id LEFT JOIN clients c ON c.id = g.client_id
       WHERE g.id = ?1`,
      token.grantId,
      now,
      token.jti,
      token.clientId,
      token.kid,
    ),
  )
  if (row === null) return { line: null, ended: true }
  return { line: tokenLineOf(row), ended: flagOf(row, 'ended') }
}

/** Isolates go on with the keys they have read for a minute; a withdrawn one must not count so long. */
const signedByWithdrawn = (kid: string): string =>
  `EXISTS (SELECT 1 FROM signing_keys WHERE kid = ${kid} AND withdrawn_at IS NOT NULL)`

async function standingOfClient(database: Database, token: TokenFacts): Promise<TokenStanding> {
  const row = await database.first(
    statement(
      `SELECT 1 AS stands FROM clients c WHERE c.id = ?1 AND c.disabled_at IS NULL
         AND c.not_before <= ?2 AND c.created_at <= ?2
         AND COALESCE((SELECT not_before FROM epoch WHERE id = 1), 0) <= ?2
         AND NOT EXISTS (SELECT 1 FROM revoked_tokens WHERE jti = ?3)
         AND NOT ${signedByWithdrawn('?4')}`,
      token.clientId,
      token.issuedAt,
      token.jti,
      token.kid,
    ),
  )
  return { line: null, ended: row === null }
}
