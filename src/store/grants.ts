// Grants in D1: who wins a race over a code is decided here, by one statement; rotation.ts decides
// about refresh tokens.
import type { Proof, User } from '../core/people/storage.ts'
import type { AuditEvent, Spending } from '../core/server/storage.ts'
import type {
  CodeRedemption,
  GrantStore,
  NewGrant,
  RedemptionOutcome,
} from '../core/tokens/storage.ts'
import { openAsserted } from './asserted-grants.ts'
import { auditIfChanged } from './audit.ts'
import type { Database } from './database.ts'
import { decide, decideWithLook } from './decision.ts'
import { expiryOfSession, grantById, grantOfRow } from './grant-rows.ts'
import { noteOfSignIn } from './last-sign-in.ts'
import { type StoredGrant, insertGrant, isUserOf, withResourceKeys } from './new-grants.ts'
import { endingOfGrant, endingOfGrantOfClient, endingOfToken } from './revocations.ts'
import { rotate } from './rotation.ts'
import { clients, grants } from './schema/grants.ts'
import { users } from './schema/people.ts'
import { clearTries } from './sign-in-attempts.ts'
import { prepared, selection, set, sql } from './sql.ts'
import { asProved, isLiveSession, standingGrant, stillAuthorized } from './standing.ts'
import { standingOf } from './token-standing.ts'
import { wholeUser } from './user-rows.ts'

export function openGrants(database: Database): GrantStore {
  return {
    open: (grant, proof, audit, spends = []) => open(database, grant, proof, audit, spends),
    openAsserted: (grant, basis, audit, spends = []) =>
      openAsserted(database, grant, basis, audit, spends),
    redeem: (redemption, audit, spends = []) => redeem(database, redemption, audit, spends),
    rotate: (rotation, spends = []) => rotate(database, rotation, spends),
    async raiseAccessExpiry(grantId, accessExpiresAt) {
      const rows = await database.all(raisedExpiry({ grantId, accessExpiresAt }))
      return rows.length === 1
    },
    async find(grantId, now) {
      const row = await database.first(grantById({ grantId, now }))
      return row === null ? null : grantOfRow(row)
    },
    standing: (token, now) => standingOf(database, token, now),
    async revoke(grantId, reason, audit) {
      const ending = endingOfGrant({ grantId, now: audit.at, reason })
      await database.batch([...ending, auditIfChanged(audit)])
    },
    async revokeOfClient(grantId, clientId, reason, audit, spends = []) {
      const ending = endingOfGrantOfClient({ grantId, clientId, now: audit.at, reason })
      const results = await decide(database, spends, [
        ...ending,
        auditIfChanged(audit),
        owned({ grantId, clientId }),
      ])
      return results.at(-1)?.length === 1
    },
    async revokeToken(jti, expiresAt, audit, spends = []) {
      await decide(database, spends, [
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

/**
 * Whether the client may have the passwords of users. Isolates may remember for ten seconds that it
 * could.
 */
const isTrusted = sql`json_extract(${clients.metadata}, '$.trusted')`

const opening = prepared<StoredGrant & Pick<User, 'passwordHash' | 'updatedAt'>>(
  (value) =>
    sql`${insertGrant(value, null)} AND ${isUserOf(value)} AND ${asProved(value)}
      AND ${isTrusted} RETURNING ${grants.id}`,
)

async function open(
  database: Database,
  grant: NewGrant,
  proof: Proof,
  audit: AuditEvent,
  spends: readonly Spending[],
): Promise<'opened' | 'refused'> {
  const { passwordHash, updatedAt } = proof.user
  const insert = opening({ ...withResourceKeys(grant), passwordHash, updatedAt })
  const statements = [
    insert,
    auditIfChanged(audit),
    ...noteOfSignIn(proof.user, grant.createdAt),
    ...clearTries(proof),
  ]
  const [inserted] = await decide(database, spends, statements)
  return inserted?.length === 1 ? 'opened' : 'refused'
}

/**
 * The UNIQUE code digest decides among parallel redemptions; the WHERE holds everything that can
 * have changed since the code was issued.
 */
const redeeming = prepared<
  StoredGrant & {
    codeDigest: string
    codeIssuedAt: number
    documentDigest: string | null
    /** A JSON array. */
    consentResources: string
    sessionRequired: boolean
  }
>(
  (value) => sql`${insertGrant(value, value.codeDigest)} AND ${isUserOf(value)}
      AND ${stillAuthorized(value.codeIssuedAt, value.consentResources)}
      AND ${clients.documentDigest} IS ${value.documentDigest}
      AND (${value.sessionRequired} = 0 OR ${isLiveSession(value.sessionId, value.createdAt)})
      AND (${value.endsWith} IS NULL OR ${standingGrant(value.endsWith, value.createdAt)})
    ON CONFLICT (code_digest) DO NOTHING`,
)

const selectedId = selection({ grantId: grants.id, sessionExpiresAt: expiryOfSession })

const grantOfCode = prepared<{ codeDigest: string }>(
  ({ codeDigest }) => sql`SELECT ${selectedId.columns}, ${wholeUser.columns}
    FROM ${grants} JOIN ${users} ON ${users.id} = ${grants.userId}
    WHERE ${grants.codeDigest} = ${codeDigest}`,
)

/** Whose grant the code made: another's tells of a replay, none of a refusal. */
async function redeem(
  database: Database,
  redemption: CodeRedemption,
  audit: AuditEvent,
  spends: readonly Spending[],
): Promise<RedemptionOutcome> {
  const consentResources = JSON.stringify(redemption.consentResources)
  const look = grantOfCode({ codeDigest: redemption.codeDigest })
  const redeem = redeeming({ ...withResourceKeys(redemption), consentResources })
  const row = await decideWithLook(database, spends, [redeem, auditIfChanged(audit)], look)
  if (row === null) return { outcome: 'refused' }
  const { grantId, sessionExpiresAt } = selectedId.read(row)
  return grantId === redemption.id
    ? { outcome: 'redeemed', user: wholeUser.read(row), sessionExpiresAt }
    : { outcome: 'replayed', grantId }
}
