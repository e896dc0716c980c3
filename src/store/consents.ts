// What users allowed clients.
import type { ConsentStore } from '../core/store.ts'
import { auditWhere } from './audit.ts'
import { statement, textOf, type Database, type Statement, type Value } from './database.ts'
import { answeredBy, answering } from './used-identifiers.ts'
import { lineOfClient, linesOfUserAtClient, revocationStatements } from './revocations.ts'

export function openConsents(database: Database): ConsentStore {
  return {
    async grantFor(answer, userId, given, audit) {
      const [consumed] = await database.batch([
        answering(answer),
        statement(
          `INSERT INTO resource_consents (user_id, client_id, resource, scope, granted_at)
           SELECT ?1, ?2, json_extract(value, '$.resource'), json_extract(value, '$.scope'), ?4
           FROM json_each(?3)
           WHERE ${answeredBy('?5', '?6')}
           ON CONFLICT (user_id, client_id, resource) DO UPDATE SET scope = excluded.scope`,
          userId,
          given.clientId,
          JSON.stringify(given.covered),
          given.grantedAt,
          answer.digest,
          answer.operation,
        ),
        auditWhere(answeredBy('?7', '?8'), audit, answer.digest, answer.operation),
      ])
      return consumed?.length === 1
    },
    async listRemembered(userId, clientId) {
      const rows = await database.all(
        statement(
          `SELECT resource, scope FROM resource_consents
           WHERE user_id = ?1 AND client_id = ?2 AND scope <> ''`,
          userId,
          clientId,
        ),
      )
      return rows.map((row) => ({ resource: textOf(row, 'resource'), scope: textOf(row, 'scope') }))
    },
    async withdraw(userId, clientId, grantId, audit) {
      const lines =
        grantId === null ? linesOfUserAtClient(userId, clientId) : lineOfClient(grantId, clientId)
      await database.batch([
        // First, while there still is what ends: the client is named by the request alone.
        auditWhere(
          `(EXISTS (SELECT 1 FROM resource_consents WHERE user_id = ?3 AND client_id = ?7)
            OR EXISTS (SELECT 1 FROM grants
              WHERE user_id = ?3 AND client_id = ?7 AND revoked_at IS NULL))`,
          audit,
          clientId,
        ),
        ...forgetConsents('user_id = ?1 AND client_id = ?2', userId, clientId),
        ...revocationStatements(lines, audit.at, audit.kind),
      ])
    },
  }
}

/**
 * The statements that forget consents; `where` names ?1 and on. The version before kept its own in
 * `consents`: what is forgotten must stay so if that version is put back.
 */
export const forgetConsents = (where: string, ...values: Value[]): Statement[] =>
  ['resource_consents', 'consents'].map((table) =>
    statement(`DELETE FROM ${table} WHERE ${where}`, ...values),
  )
