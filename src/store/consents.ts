// What users allowed clients.
import type { SQL } from 'drizzle-orm'
import type { ConsentStore } from '../core/store.ts'
import { auditWhere } from './audit.ts'
import { statement, textOf, type Database } from './database.ts'
import { consumption } from './interactions.ts'
import { lineOfClient, linesOfUserAtClient, revocationStatements } from './revocations.ts'
import { consents, grants, interactions, resourceConsents } from './schema/grants.ts'
import { sql, statement as sqlStatement, type Statement } from './sql.ts'

export function openConsents(database: Database): ConsentStore {
  return {
    async grantFor(answer, userId, given, audit) {
      const [consumed] = await database.batch([
        consumption(answer),
        statement(
          `INSERT INTO resource_consents (user_id, client_id, resource, scope, granted_at)
           SELECT ?1, ?2, json_extract(value, '$.resource'), json_extract(value, '$.scope'), ?4
           FROM json_each(?3)
           WHERE EXISTS (SELECT 1 FROM interactions WHERE digest = ?5 AND operation = ?6)
           ON CONFLICT (user_id, client_id, resource) DO UPDATE SET scope = excluded.scope`,
          userId,
          given.clientId,
          JSON.stringify(given.covered),
          given.grantedAt,
          answer.digest,
          answer.operation,
        ),
        auditWhere(
          sql`EXISTS (SELECT 1 FROM ${interactions} WHERE ${interactions.digest} = ${answer.digest}
            AND ${interactions.operation} = ${answer.operation})`,
          audit,
        ),
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
          sql`(EXISTS (SELECT 1 FROM ${resourceConsents}
              WHERE ${resourceConsents.userId} = ${userId}
                AND ${resourceConsents.clientId} = ${clientId})
            OR EXISTS (SELECT 1 FROM ${grants}
              WHERE ${linesOfUserAtClient(userId, clientId)} AND ${grants.revokedAt} IS NULL))`,
          audit,
        ),
        ...forgetConsents(
          (consent) => sql`${consent.userId} = ${userId} AND ${consent.clientId} = ${clientId}`,
        ),
        ...revocationStatements(lines, audit.at, audit.kind),
      ])
    },
  }
}

/**
 * The statements that forget consents. The version before kept its own in `consents`: what is
 * forgotten must stay so if that version is put back.
 */
export const forgetConsents = (
  which: (consent: typeof resourceConsents | typeof consents) => SQL,
): Statement[] =>
  [resourceConsents, consents].map((table) =>
    sqlStatement(sql`DELETE FROM ${table} WHERE ${which(table)}`),
  )

export const consentsOfUser = (userId: number): Statement[] =>
  forgetConsents((consent) => sql`${consent.userId} = ${userId}`)
