// What users allowed clients.
import type { SQL } from 'drizzle-orm'
import type { ConsentStore } from '../core/authorization/storage.ts'
import { auditWhere } from './audit.ts'
import type { Database } from './database.ts'
import { storingDescribed } from './described-clients.ts'
import { endingOfGrantOfClient, endingOfUserAtClient } from './revocations.ts'
import { consents, grants, resourceConsents } from './schema/grants.ts'
import {
  type Placeholders,
  type Statement,
  type Value,
  excluded,
  insertInto,
  prepared,
  selection,
  set,
  sql,
  statement,
} from './sql.ts'
import { answering, isAnsweredBy } from './used-identifiers.ts'

export const openConsents = (database: Database): ConsentStore => ({
  async grantFor(answer, userId, given, audit) {
    const { digest, operation } = answer
    const { clientId, grantedAt, described } = given
    const covered = JSON.stringify(given.covered)
    const [consumed] = await database.batch([
      answering(answer),
      ...(described === null ? [] : storingDescribed(answer, described, audit)),
      consenting({ digest, operation, userId, clientId, grantedAt, covered }),
      auditOfAnswer(audit, { digest, operation }),
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
    const ending = { now: audit.at, reason: audit.kind, clientId }
    await database.batch([
      // First, while there still is what ends: the client is named by the request alone.
      auditOfWithdrawal(audit, { ofUser: userId, ofClient: clientId }),
      ...forgetAtClient({ userId, clientId }),
      ...(grantId === null
        ? endingOfUserAtClient({ ...ending, userId })
        : endingOfGrantOfClient({ ...ending, grantId })),
    ])
  },
})

const selectedConsent = selection({
  resource: resourceConsents.resource,
  scope: resourceConsents.scope,
})

type ConsentValues = {
  digest: string
  operation: string
  userId: number
  clientId: string
  grantedAt: number
  /** A JSON array of `ConsentedScope`. */
  covered: string
}

const consenting = prepared<ConsentValues>(
  ({ userId, clientId, grantedAt, covered, ...answer }) => sql`${insertInto(resourceConsents, {
    userId,
    clientId,
    resource: sql`value ->> 'resource'`,
    scope: sql`value ->> 'scope'`,
    grantedAt,
  })}
  FROM json_each(${covered}) WHERE ${isAnsweredBy(answer)}
  ON CONFLICT (user_id, client_id, resource) DO UPDATE
  ${set(resourceConsents, { scope: withWordsOf(excluded(resourceConsents.scope)) })}`,
)

/**
 * The scope that is stored, with the words of another that it lacks. It is merged here and not by who
 * read it: of two answers at once neither takes away what the other allowed, and nothing comes back
 * that was withdrawn meanwhile. RFC 6749 3.3: no word has a quotation mark or a backslash.
 */
function withWordsOf(scope: SQL): SQL {
  const stored = resourceConsents.scope
  return sql`TRIM(${stored} || ' ' || COALESCE((SELECT group_concat(word.value, ' ')
    FROM json_each('["' || replace(${scope}, ' ', '","') || '"]') word
    WHERE instr(' ' || ${stored} || ' ', ' ' || word.value || ' ') = 0), ''))`
}

const auditOfAnswer = auditWhere<{ digest: string; operation: string }>(isAnsweredBy)

const auditOfWithdrawal = auditWhere<{ ofUser: number; ofClient: string }>(
  ({ ofUser, ofClient }) => sql`(
    EXISTS (SELECT 1 FROM ${resourceConsents}
      WHERE ${resourceConsents.userId} = ${ofUser} AND ${resourceConsents.clientId} = ${ofClient})
    OR EXISTS (SELECT 1 FROM ${grants}
      WHERE ${grants.userId} = ${ofUser} AND ${grants.clientId} = ${ofClient}
        AND ${grants.revokedAt} IS NULL))`,
)

/**
 * The statements that forget consents. The version before kept its own in `consents`: what is
 * forgotten must stay so if that version is put back.
 */
function forgetting<Values extends Record<string, Value>>(
  which: (consent: typeof resourceConsents | typeof consents, value: Placeholders<Values>) => SQL,
): (values: Values) => Statement[] {
  const deletions = [resourceConsents, consents].map((table) =>
    prepared<Values>((value) => sql`DELETE FROM ${table} WHERE ${which(table, value)}`),
  )
  return (values) => deletions.map((deletion) => deletion(values))
}

export const forgetOfUser = forgetting<{ userId: number }>(
  (consent, { userId }) => sql`${consent.userId} = ${userId}`,
)

export const forgetOfClient = forgetting<{ clientId: string }>(
  (consent, { clientId }) => sql`${consent.clientId} = ${clientId}`,
)

const forgetAtClient = forgetting<{ userId: number; clientId: string }>(
  (consent, { userId, clientId }) =>
    sql`${consent.userId} = ${userId} AND ${consent.clientId} = ${clientId}`,
)
