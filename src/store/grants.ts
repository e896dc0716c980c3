// Grants in D1: who wins a race over a code or a refresh token is decided here, by one statement
// each. After a failure with unknown outcome the row's `last_operation` tells whose write it was.
import type { SQL } from 'drizzle-orm'
import type { Proof, User } from '../core/people/storage.ts'
import type { AuditEvent } from '../core/server/storage.ts'
import type {
  CodeRedemption,
  GrantLine,
  GrantStore,
  NewGrant,
  RedemptionOutcome,
  Rotation,
  RotationOutcome,
} from '../core/tokens/storage.ts'
import { auditIfChanged } from './audit.ts'
import type { Database } from './database.ts'
import { endingOfLine, endingOfLineOfClient, endingOfToken } from './revocations.ts'
import { clients, grants, resourceConsents } from './schema/grants.ts'
import { sessions, users } from './schema/people.ts'
import { clearTries } from './sign-in-attempts.ts'
import {
  type Placeholders,
  type Row,
  type Statement,
  flag,
  insertInto,
  prepared,
  selectedAs,
  selection,
  set,
  sql,
} from './sql.ts'
import { asProved, barred, epochStart, standingLine } from './standing.ts'
import { standingOf } from './token-standing.ts'
import { wholeUser } from './user-rows.ts'

export function openGrants(database: Database): GrantStore {
  return {
    open: (grant, proof, audit) => open(database, grant, proof, audit),
    redeem: (redemption, audit) => redeem(database, redemption, audit),
    rotate: (rotation) => rotate(database, rotation),
    async raiseAccessExpiry(grantId, accessExpiresAt) {
      const rows = await database.all(raisedExpiry({ grantId, accessExpiresAt }))
      return rows.length === 1
    },
    async find(grantId, now) {
      const row = await database.first(line({ grantId, now }))
      return row === null ? null : lineOfRow(row)
    },
    standing: (token, now) => standingOf(database, token, now),
    async revoke(grantId, reason, audit) {
      const ending = endingOfLine({ grantId, now: audit.at, reason })
      await database.batch([...ending, auditIfChanged(audit)])
    },
    async revokeOfClient(grantId, clientId, reason, audit) {
      const ending = endingOfLineOfClient({ grantId, clientId, now: audit.at, reason })
      const results = await database.batch([
        ...ending,
        auditIfChanged(audit),
        owned({ grantId, clientId }),
      ])
      return results.at(-1)?.length === 1
    },
    async revokeToken(jti, expiresAt, audit) {
      await database.batch([
        ...endingOfToken({ jti, expiresAt, now: audit.at }),
        auditIfChanged(audit),
      ])
    },
  }
}

const owned = prepared<{ grantId: string; clientId: string }>(
  ({ grantId, clientId }) => sql`SELECT 1 FROM ${grants}
    WHERE ${grants.id} = ${grantId} AND ${grants.clientId} = ${clientId}`,
)

const raisedExpiry = prepared<{ grantId: string; accessExpiresAt: number }>(
  ({ grantId, accessExpiresAt }) => sql`UPDATE ${grants}
    ${set(grants, { accessExpiresAt: sql`MAX(${grants.accessExpiresAt}, ${accessExpiresAt})` })}
    WHERE ${grants.id} = ${grantId} AND ${grants.revokedAt} IS NULL
    RETURNING ${grants.id}`,
)

const selectedGrant = selection({
  id: grants.id,
  userId: grants.userId,
  clientId: grants.clientId,
  sessionId: grants.sessionId,
  scope: grants.scope,
  resource: grants.resource,
  keyThumbprint: grants.keyThumbprint,
  authTime: grants.authTime,
  amr: grants.amr,
  claimsRequest: grants.claimsRequest,
  endsWith: grants.endsWith,
  generation: grants.generation,
  offline: grants.offline,
  userAgent: grants.userAgent,
  createdAt: grants.createdAt,
  lastUsedAt: grants.lastUsedAt,
  idleExpiresAt: grants.idleExpiresAt,
  absoluteExpiresAt: grants.absoluteExpiresAt,
  accessExpiresAt: grants.accessExpiresAt,
  revokedAt: grants.revokedAt,
})

const selectedTurn = selection(
  {
    fromCode: flag(sql`${grants.codeDigest} IS NOT NULL`),
    currentDigest: grants.currentDigest,
    previousDigest: grants.previousDigest,
    rotatedAt: grants.rotatedAt,
    retryRounds: grants.retryRounds,
    lastOperation: grants.lastOperation,
  },
  'turn.',
)

const barredFlag = selectedAs('barred', 'boolean')

/** A line with its user and whether it is barred. */
const line = prepared<{ grantId: string; now: number }>(
  ({ grantId, now }) => sql`
    SELECT ${selectedGrant.columns}, ${selectedTurn.columns}, ${wholeUser.columns},
      ${barredFlag.column(barred(now))}
    FROM ${grants} JOIN ${users} ON ${users.id} = ${grants.userId}
      LEFT JOIN ${clients} ON ${clients.id} = ${grants.clientId}
    WHERE ${grants.id} = ${grantId}`,
)

function lineOfRow(row: Row): GrantLine {
  const { lastOperation: _, ...turn } = selectedTurn.read(row)
  return {
    grant: selectedGrant.read(row),
    ...turn,
    user: wholeUser.read(row),
    barred: barredFlag.read(row),
  }
}

/** Inserts a line of a user and a client who are both still there and enabled. */
const insertLine = (grant: Placeholders<NewGrant>, codeDigest: SQL | null): SQL =>
  sql`${insertInto(grants, {
    id: grant.id,
    userId: users.id,
    clientId: clients.id,
    sessionId: grant.sessionId,
    scope: grant.scope,
    resource: grant.resource,
    keyThumbprint: grant.keyThumbprint,
    authTime: grant.authTime,
    amr: grant.amr,
    claimsRequest: grant.claimsRequest,
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
  FROM ${users} JOIN ${clients} ON ${clients.id} = ${grant.clientId}
  WHERE ${users.id} = ${grant.userId}
    AND ${users.disabledAt} IS NULL AND ${clients.disabledAt} IS NULL`

const opening = prepared<NewGrant & Pick<User, 'passwordHash' | 'updatedAt'>>(
  (value) => sql`${insertLine(value, null)} AND ${asProved(value)} RETURNING ${grants.id}`,
)

async function open(
  database: Database,
  grant: NewGrant,
  proof: Proof,
  audit: AuditEvent,
): Promise<'opened' | 'refused'> {
  const { passwordHash, updatedAt } = proof.user
  const insert = opening({ ...grant, passwordHash, updatedAt })
  const [inserted] = await database.batch([insert, auditIfChanged(audit), ...clearTries(proof)])
  return inserted?.length === 1 ? 'opened' : 'refused'
}

/**
 * The UNIQUE code digest decides among parallel redemptions; the WHERE holds everything that can
 * have changed since the code was issued.
 */
const redeeming = prepared<
  NewGrant & {
    codeDigest: string
    codeIssuedAt: number
    /** A JSON array. */
    consentResources: string
    sessionRequired: boolean
  }
>(
  (value) => sql`${insertLine(value, value.codeDigest)}
      AND ${users.notBefore} < ${value.codeIssuedAt} AND ${clients.notBefore} < ${value.codeIssuedAt}
      AND ${clients.codesNotBefore} < ${value.codeIssuedAt}
      AND ${clients.createdAt} <= ${value.codeIssuedAt} AND ${epochStart} < ${value.codeIssuedAt}
      AND NOT EXISTS (SELECT 1 FROM json_each(${value.consentResources}) needed WHERE NOT EXISTS (
        SELECT 1 FROM ${resourceConsents}
        WHERE ${resourceConsents.userId} = ${value.userId}
          AND ${resourceConsents.clientId} = ${value.clientId}
          AND ${resourceConsents.resource} = needed.value
          AND ${resourceConsents.grantedAt} <= ${value.codeIssuedAt}))
      AND (${value.sessionRequired} = 0 OR EXISTS (SELECT 1 FROM ${sessions}
        WHERE ${sessions.id} = ${value.sessionId} AND ${sessions.endedAt} IS NULL
          AND ${sessions.absoluteExpiresAt} > ${value.createdAt}))
      AND (${value.endsWith} IS NULL OR ${standingLine(value.endsWith, value.createdAt)})
    ON CONFLICT (code_digest) DO NOTHING`,
)

const selectedId = selection({ grantId: grants.id })

const lineOfCode = prepared<{ codeDigest: string }>(
  ({ codeDigest }) => sql`SELECT ${selectedId.columns}, ${wholeUser.columns}
    FROM ${grants} JOIN ${users} ON ${users.id} = ${grants.userId}
    WHERE ${grants.codeDigest} = ${codeDigest}`,
)

/** Whose line the code made: another's tells of a replay, none of a refusal. */
async function redeem(
  database: Database,
  redemption: CodeRedemption,
  audit: AuditEvent,
): Promise<RedemptionOutcome> {
  const consentResources = JSON.stringify(redemption.consentResources)
  const look = lineOfCode({ codeDigest: redemption.codeDigest })
  const statements = [redeeming({ ...redemption, consentResources }), auditIfChanged(audit), look]
  const row = await ownOutcome(database, statements, look)
  if (row === null) return { outcome: 'refused' }
  const { grantId } = selectedId.read(row)
  return grantId === redemption.id
    ? { outcome: 'redeemed', user: wholeUser.read(row) }
    : { outcome: 'replayed', grantId }
}

type RotationValues = Omit<Rotation, 'retryable'> & {
  retryableFrom: number
  retryableUntil: number
}

/** Of all requests with one digest, one finds it current. */
const rotating = prepared<RotationValues>(
  (value) => sql`UPDATE ${grants} ${set(grants, {
    generation: sql`${grants.generation} + 1`,
    previousDigest: grants.currentDigest,
    currentDigest: value.successorDigest,
    lastOperation: value.operation,
    rotatedAt: value.now,
    lastUsedAt: value.now,
    idleExpiresAt: sql`MIN(${value.idleExpiresAt}, ${grants.absoluteExpiresAt})`,
    accessExpiresAt: sql`MAX(${grants.accessExpiresAt}, ${value.accessExpiresAt})`,
  })}
  WHERE ${grants.id} = ${value.grantId} AND ${grants.currentDigest} = ${value.presentedDigest}
    AND ${grants.clientId} = ${value.clientId} AND ${grants.revokedAt} IS NULL
    AND ${grants.idleExpiresAt} > ${value.now} AND ${grants.absoluteExpiresAt} > ${value.now}
    AND EXISTS (SELECT 1 FROM ${users} JOIN ${clients} ON ${clients.id} = ${grants.clientId}
      WHERE ${users.id} = ${grants.userId} AND NOT ${barred(value.now)})`,
)

/**
 * Counts the round where the digest is the one before: no retry is answered uncounted, and it counts
 * once a generation, however many ask at once.
 */
const countingRetry = prepared<RotationValues>(
  (value) => sql`UPDATE ${grants} ${set(grants, {
    retriedGeneration: grants.generation,
    retryRounds: sql`CASE
      WHEN ${grants.retryRounds} >= 2 OR ${grants.retriedGeneration} = ${grants.generation} - 1
      THEN ${grants.retryRounds} + 1 ELSE 1 END`,
  })}
  WHERE ${grants.id} = ${value.grantId} AND ${grants.previousDigest} = ${value.presentedDigest}
    AND ${grants.clientId} = ${value.clientId} AND ${grants.lastOperation} <> ${value.operation}
    AND ${grants.revokedAt} IS NULL
    AND ${grants.rotatedAt} BETWEEN ${value.retryableFrom} AND ${value.retryableUntil}
    AND ${grants.retriedGeneration} IS NOT ${grants.generation}`,
)

async function rotate(database: Database, rotation: Rotation): Promise<RotationOutcome> {
  const { retryable, ...facts } = rotation
  const values = { ...facts, retryableFrom: retryable.from, retryableUntil: retryable.until }
  const look = line({ grantId: rotation.grantId, now: rotation.now })
  const row = await ownOutcome(
    database,
    [rotating(values), look],
    look,
    (found) => selectedTurn.read(found).currentDigest === rotation.presentedDigest,
  )
  if (row === null) return { rotated: false, line: null }
  if (selectedTurn.read(row).lastOperation === rotation.operation) {
    return { rotated: true, line: lineOfRow(row) }
  }
  if (lineOfRow(row).previousDigest !== rotation.presentedDigest) {
    return { rotated: false, line: lineOfRow(row) }
  }
  // A second batch, so that only a retry pays for being counted; the row is what it is after that.
  const [counted] = (await database.batch([countingRetry(values), look])).at(-1) ?? []
  return { rotated: false, line: counted === undefined ? null : lineOfRow(counted) }
}

/**
 * Runs a deciding batch, whose last statement is `look`, and gives the row that tells of the outcome.
 * "Network connection lost" leaves the outcome of a write unknown: then the row is looked at once
 * more, and no row, or one that still stands as before, is a failure, safe to retry.
 */
async function ownOutcome(
  database: Database,
  statements: readonly Statement[],
  look: Statement,
  isUnchanged: (row: Row) => boolean = () => false,
): Promise<Row | null> {
  try {
    const [row] = (await database.batch(statements)).at(-1) ?? []
    return row ?? null
  } catch (failure) {
    const row = await database.first(look)
    if (row === null || isUnchanged(row)) throw failure
    return row
  }
}
