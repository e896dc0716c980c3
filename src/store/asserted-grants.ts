// Grants for a user whom an assertion names: one batch spends the assertion, finds the user and makes
// the grant. Everything that may have ended since the assertion was signed stands in the WHERE: the
// user, the link to the provider's subject, the provider itself.
import type { SQL } from 'drizzle-orm'
import type { AuditEvent, Spending } from '../core/server/storage.ts'
import type { AssertedGrant, AssertedOutcome, AssertedSubject } from '../core/tokens/storage.ts'
import { storedScope } from '../protocol/scope.ts'
import { auditOfOpened } from './audit.ts'
import { demanding } from './changes.ts'
import type { Database } from './database.ts'
import { decideWithLook } from './decision.ts'
import { type StoredGrant, insertGrant, withResourceKeys } from './new-grants.ts'
import { clients, grants } from './schema/grants.ts'
import { loginNames, providerLinks, providers, users } from './schema/people.ts'
import { type Placeholders, type Statement, prepared, selection, sql } from './sql.ts'
import { epochStart } from './standing.ts'
import { wholeUser } from './user-rows.ts'

type Values = Omit<StoredGrant, 'userId'> & {
  /** The scope as a JSON array. */
  names: string
}

/** The part of the grant's scope that the user in `users` may have, with spaces between. */
const scopeOfUser = ({ scope, names }: Placeholders<Values>): SQL => sql`
  CASE WHEN ${users.scope} IS NULL THEN ${scope} ELSE COALESCE((
    SELECT group_concat(asked.value, ' ') FROM json_each(${names}) asked
    WHERE instr(' ' || ${users.scope} || ' ', ' ' || asked.value || ' ') > 0), '') END`

const inserting = (value: Placeholders<Values>, isSubject: SQL): SQL => sql`
  ${insertGrant(value, null, scopeOfUser(value))} AND ${isSubject} AND ${scopeOfUser(value)} <> ''`

const isStanding = (isSubject: SQL): SQL =>
  sql`${users.disabledAt} IS NULL AND ${users.deleteAt} IS NULL AND ${isSubject}`

/** The instant (seconds) before which nothing new of the user in `users` counts at the client. */
const earliest = (clientId: SQL): SQL => sql`MAX(${users.notBefore}, ${epochStart},
  COALESCE((SELECT ${clients.notBefore} FROM ${clients} WHERE ${clients.id} = ${clientId}), 0))`

// A clock that is behind: the request is 503 and comes again, so that it must spend nothing.
const demandingLater = (value: Placeholders<Values>, isSubject: SQL): SQL =>
  demanding(sql`NOT EXISTS (SELECT 1 FROM ${users}
    WHERE ${isStanding(isSubject)} AND ${earliest(value.clientId)} > ${value.createdAt})`)

const selectedGrant = selection({ scope: grants.scope, notBefore: users.notBefore }, 'grant.')

type Looked = { id: string; clientId: string }

// No grant although there is the user: nothing of the scope is left to that user.
const look = ({ id, clientId }: Placeholders<Looked>, isSubject: SQL): SQL => sql`
  SELECT ${wholeUser.columns}, COALESCE(${grants.scope}, '') AS "grant.scope",
    ${earliest(clientId)} AS "grant.notBefore"
  FROM ${users} LEFT JOIN ${grants} ON ${grants.id} = ${id}
  WHERE ${isStanding(isSubject)}`

type Linked = { issuer: string; subject: string; providerId: string }

const isLinked = ({ issuer, subject, providerId }: Placeholders<Linked>): SQL => sql`
  ${users.id} = (SELECT ${providerLinks.userId} FROM ${providerLinks}
    WHERE ${providerLinks.issuer} = ${issuer} AND ${providerLinks.subject} = ${subject})
  AND EXISTS (SELECT 1 FROM ${providers}
    WHERE ${providers.id} = ${providerId} AND ${providers.issuer} = ${issuer}
      AND ${providers.disabledAt} IS NULL
      AND json_extract(${providers.configuration}, '$.assertions') = 1)`

type Named = { subject: string; foldedName: string }

const isNamed = ({ subject, foldedName }: Placeholders<Named>): SQL => sql`
  (${users.sub} = ${subject} OR (${users.username} = ${subject} AND ${users.id} = (
    SELECT ${loginNames.userId} FROM ${loginNames}
    WHERE ${loginNames.foldedName} = ${foldedName})))`

const insertLinked = prepared<Values & Linked>((value) => inserting(value, isLinked(value)))
const laterLinked = prepared<Values & Linked>((value) => demandingLater(value, isLinked(value)))
const lookLinked = prepared<Linked & Looked>((value) => look(value, isLinked(value)))
const insertNamed = prepared<Values & Named>((value) => inserting(value, isNamed(value)))
const laterNamed = prepared<Values & Named>((value) => demandingLater(value, isNamed(value)))
const lookNamed = prepared<Named & Looked>((value) => look(value, isNamed(value)))

/** Makes the grant, and reads whose it is: see `GrantStore.openAsserted`. */
export async function openAsserted(
  database: Database,
  grant: AssertedGrant,
  subject: AssertedSubject,
  audit: AuditEvent,
  spends: readonly Spending[],
): Promise<AssertedOutcome> {
  const names = JSON.stringify(storedScope(grant.scope))
  const [later, insert, looking] = statementsOf({ ...withResourceKeys(grant), names }, subject)
  const row = await decideWithLook(
    database,
    spends,
    [later, insert, auditOfOpened(audit, grant.id)],
    looking,
    // After a failure, a user without a grant says nothing about the scope.
    (unclear) => {
      const { scope, notBefore } = selectedGrant.read(unclear)
      return scope === '' && notBefore <= grant.createdAt
    },
  )
  if (row === null) return { outcome: 'refused' }
  const { scope, notBefore } = selectedGrant.read(row)
  if (scope !== '') {
    return { outcome: 'opened', scope: storedScope(scope), user: wholeUser.read(row) }
  }
  return notBefore > grant.createdAt ? { outcome: 'too early', notBefore } : { outcome: 'no scope' }
}

function statementsOf(
  values: Values,
  subject: AssertedSubject,
): [later: Statement, insert: Statement, look: Statement] {
  const { id, clientId } = values
  if ('providerId' in subject) {
    const linked = { ...values, ...subject }
    const looked = lookLinked({ ...subject, id, clientId })
    return [laterLinked(linked), insertLinked(linked), looked]
  }
  const named = { ...values, ...subject }
  return [laterNamed(named), insertNamed(named), lookNamed({ ...subject, id, clientId })]
}
