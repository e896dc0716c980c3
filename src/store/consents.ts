// What users allowed clients.
import type { SQL } from 'drizzle-orm'
import type { ConsentStore } from '../core/store.ts'
import { auditWhere } from './audit.ts'
import type { Database } from './database.ts'
import { answering, isAnsweredBy } from './used-identifiers.ts'
import { lineOfClient, linesOfUserAtClient, revocationStatements } from './revocations.ts'
import { consents, grants, resourceConsents } from './schema/grants.ts'
import { excluded, insertInto, selection, set, sql, statement, type Statement } from './sql.ts'

export const openConsents = (database: Database): ConsentStore => ({
  async grantFor(answer, userId, given, audit) {
    const consent = {
      userId,
      clientId: given.clientId,
      resource: sql`value ->> 'resource'`,
      scope: sql`value ->> 'scope'`,
      grantedAt: given.grantedAt,
    }
    const [consumed] = await database.batch([
      answering(answer),
      statement(sql`${insertInto(resourceConsents, consent)}
        FROM json_each(${JSON.stringify(given.covered)}) WHERE ${isAnsweredBy(answer)}
        ON CONFLICT (user_id, client_id, resource) DO UPDATE
        ${set(resourceConsents, { scope: excluded(resourceConsents.scope) })}`),
      auditWhere(isAnsweredBy(answer), audit),
    ])
    return consumed?.length === 1
  },
  async listRemembered(userId, clientId) {
    const rows = await database.all(
      statement(sql`SELECT ${selectedConsent.columns} FROM ${resourceConsents}
        WHERE ${resourceConsents.userId} = ${userId} AND ${resourceConsents.clientId} = ${clientId}
          AND ${resourceConsents.scope} <> ''`),
    )
    return rows.map(selectedConsent.read)
  },
  async withdraw(userId, clientId, grantId, audit) {
    const lines =
      grantId === null ? linesOfUserAtClient(userId, clientId) : lineOfClient(grantId, clientId)
    const isOfBoth = (consent: AnyConsents): SQL =>
      sql`${consent.userId} = ${userId} AND ${consent.clientId} = ${clientId}`
    await database.batch([
      // First, while there still is what ends: the client is named by the request alone.
      auditWhere(
        sql`(EXISTS (SELECT 1 FROM ${resourceConsents} WHERE ${isOfBoth(resourceConsents)})
          OR EXISTS (SELECT 1 FROM ${grants}
            WHERE ${linesOfUserAtClient(userId, clientId)} AND ${grants.revokedAt} IS NULL))`,
        audit,
      ),
      ...forgetConsents(isOfBoth),
      ...revocationStatements(lines, audit.at, audit.kind),
    ])
  },
})

const selectedConsent = selection({
  resource: resourceConsents.resource,
  scope: resourceConsents.scope,
})

type AnyConsents = typeof resourceConsents | typeof consents

/**
 * The statements that forget consents. The version before kept its own in `consents`: what is
 * forgotten must stay so if that version is put back.
 */
export const forgetConsents = (which: (consent: AnyConsents) => SQL): Statement[] =>
  [resourceConsents, consents].map((table) =>
    statement(sql`DELETE FROM ${table} WHERE ${which(table)}`),
  )

export const consentsOfUser = (userId: number): Statement[] =>
  forgetConsents((consent) => sql`${consent.userId} = ${userId}`)
