// Whether a refresh may still get a token for what its grant was given: the operator may have deleted
// or closed a resource since. Part of the statement that decides about the refresh, so that a refusal
// leaves the refresh token as it is.
import type { SQL } from 'drizzle-orm'
import { grants, resourceKeys, resources } from './schema/grants.ts'
import { sql } from './sql.ts'

type Values = {
  /** Null = the request names no resource, which asks for all. */
  resource: SQL
  provesKey: SQL
  /** Whether a resource that is not registered may be named. */
  unregistered: SQL
  /** A JSON array of keys; null = the client's registration limits none. */
  listed: SQL
}

/** The keys of a grant's resources as a JSON array; a key may hold `"` and a backslash. */
const grantedKeys = sql`'["' || replace(replace(replace(${grants.resourceKeys},
  '\\', '\\\\'), '"', '\\"'), ' ', '","') || '"]'`

/** The resources of a grant, with the rows of those that are registered. */
const granted = sql`json_each(${grantedKeys}) granted
  LEFT JOIN ${resourceKeys} ON ${resourceKeys.key} = granted.value
  LEFT JOIN ${resources} ON ${resources.id} = ${resourceKeys.resourceId}`

/** Whether the client lists the resource, under any of its spellings. */
const isListed = ({ listed }: Values): SQL => sql`EXISTS (SELECT 1 FROM json_each(${listed}) own
  WHERE own.value = granted.value OR ${resources.id} IN (
    SELECT ${resourceKeys.resourceId} FROM ${resourceKeys} WHERE ${resourceKeys.key} = own.value))`

const isOpen = (value: Values): SQL => sql`CASE
  WHEN ${value.listed} IS NOT NULL AND NOT ${isListed(value)} THEN 0
  WHEN ${resources.id} IS NULL THEN ${value.unregistered}
  ELSE ${resources.metadata} ->> 'open_to' = 'all' OR ${value.listed} IS NOT NULL END`

/** As `isOpen` for a client whose registration limits no resource. */
const isOpenToAll = ({ unregistered }: Values): SQL => sql`CASE
  WHEN ${resources.id} IS NULL THEN ${unregistered}
  ELSE ${resources.metadata} ->> 'open_to' = 'all' END`

const demandsProof = sql`COALESCE(${resources.metadata} ->> 'dpop_required', 0)`

/**
 * Whether one of the grant's resources is open to the client, and none demands a proof that the request
 * lacks. True at once for a grant without resources. Those that a request names were judged before, by
 * what the isolate remembers. `isLimited` says that the client's registration limits resources.
 */
export const isStillGiven = (value: Values, isLimited: boolean): SQL => sql`(
  ${grants.resourceKeys} IS NULL
  OR (SELECT MAX(${isLimited ? isOpen(value) : isOpenToAll(value)}) AND (
      ${value.resource} IS NOT NULL OR ${value.provesKey}
      OR NOT MAX(${demandsProof}))
    FROM ${granted}))`
