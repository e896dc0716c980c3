// What users allowed clients.
import type { Consent } from '../core/records.ts'
import type { ConsentStore } from '../core/store.ts'
import { auditWhere } from './audit.ts'
import { flagOf, numberOf, statement, textOf, type Database, type Row } from './database.ts'
import { consumption } from './interactions.ts'
import { lineOfClient, linesOfUserAtClient, revocationStatements } from './revocations.ts'

export function openConsents(database: Database): ConsentStore {
  return {
    async grantFor(answer, userId, consent, audit) {
      const [consumed] = await database.batch([
        consumption(answer),
        statement(
          `INSERT INTO consents (user_id, client_id, redirect_uri, scope, remembered, granted_at)
           SELECT ?1, ?2, ?3, ?4, ?5, ?6
           WHERE EXISTS (SELECT 1 FROM interactions WHERE digest = ?7 AND operation = ?8)
           ON CONFLICT (user_id, client_id, redirect_uri) DO UPDATE SET
             scope = excluded.scope, remembered = excluded.remembered`,
          userId,
          consent.clientId,
          consent.redirectUri,
          consent.scope,
          consent.remembered ? 1 : 0,
          consent.grantedAt,
          answer.digest,
          answer.operation,
        ),
        auditWhere(
          'EXISTS (SELECT 1 FROM interactions WHERE digest = ?7 AND operation = ?8)',
          audit,
          answer.digest,
          answer.operation,
        ),
      ])
      return consumed?.length === 1
    },
    async listRemembered(userId) {
      const rows = await database.all(
        statement(
          `SELECT client_id, redirect_uri, scope, remembered, granted_at FROM consents
           WHERE user_id = ?1 AND remembered = 1 ORDER BY granted_at DESC LIMIT 200`,
          userId,
        ),
      )
      return rows.map(consentOf)
    },
    async withdraw(userId, clientId, grantId, audit) {
      const lines =
        grantId === null ? linesOfUserAtClient(userId, clientId) : lineOfClient(grantId, clientId)
      await database.batch([
        // First, while there still is what ends: the client is named by the request alone.
        auditWhere(
          `(EXISTS (SELECT 1 FROM consents WHERE user_id = ?3 AND client_id = ?7)
            OR EXISTS (SELECT 1 FROM grants
              WHERE user_id = ?3 AND client_id = ?7 AND revoked_at IS NULL))`,
          audit,
          clientId,
        ),
        statement('DELETE FROM consents WHERE user_id = ?1 AND client_id = ?2', userId, clientId),
        ...revocationStatements(lines, audit.at, audit.kind),
      ])
    },
  }
}

export const consentOf = (row: Row): Consent => ({
  clientId: textOf(row, 'client_id'),
  redirectUri: textOf(row, 'redirect_uri'),
  scope: textOf(row, 'scope'),
  remembered: flagOf(row, 'remembered'),
  grantedAt: numberOf(row, 'granted_at'),
})
