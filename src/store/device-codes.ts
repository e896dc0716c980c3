// Requests of devices in D1: which answer of their user counts, and which poll becomes the grant, is
// decided here by one statement each. RFC 8628.
import type { SQL } from 'drizzle-orm'
import type {
  DeviceCodeStore,
  DeviceDecision,
  DevicePoll,
  DevicePollOutcome,
  NewDeviceRequest,
} from '../core/authorization/storage.ts'
import type { AuditEvent, Spending, SpentIdentifier } from '../core/server/storage.ts'
import { auditIfChanged, auditOfOpened } from './audit.ts'
import type { Database } from './database.ts'
import { decide, decideWithLook } from './decision.ts'
import { insertGrant, withResourceKeys } from './new-grants.ts'
import { deviceCodes, grants, resourceConsents, usedIdentifiers } from './schema/grants.ts'
import { users } from './schema/people.ts'
import { countingWhere, readTries, retryAtOf } from './sign-in-attempts.ts'
import {
  type Row,
  insertInto,
  number,
  optional,
  prepared,
  selectedAs,
  selection,
  set,
  sql,
  text,
} from './sql.ts'
import { isLiveSession, stillAuthorized } from './standing.ts'
import { spending } from './used-identifiers.ts'
import { wholeUser } from './user-rows.ts'

/** Opens the requests of devices. */
export const openDeviceCodes = (database: Database): DeviceCodeStore => ({
  async request(request, { most, window }, spends) {
    const since = request.createdAt - window
    // A request further ahead than clocks differ was made before the clock was set back.
    const until = request.createdAt + 2 * window
    const { address } = request
    const resource = JSON.stringify(request.resource)
    const [, [row] = []] = await decide(database, spends, [
      requesting({ ...request, resource, most, since, until }),
      recentRequests({ address, since, until, digest: request.digest }),
    ])
    if (row === undefined) throw new TypeError('an aggregate without a row')
    const recent = selectedRecent.read(row)
    if (isStored.read(row)) return { outcome: 'stored' }
    return recent.requests < most
      ? { outcome: 'taken' }
      : { outcome: 'throttled', retryAt: recent.oldest + window }
  },
  async find(digests, guess, now, limits) {
    const userCodes = JSON.stringify(digests)
    const [counted = [], tried = [], [row] = []] = await database.batch([
      countingWrong(guess, now, limits, { userCodes, at: now }),
      readTries(guess, now, limits),
      undecided({ userCodes, now }),
    ])
    if (counted.length === 1) return { outcome: 'unknown' }
    const retryAt = retryAtOf(tried, limits)
    // Neither counted nor found: the limit has refused the guess, whatever is left of its time.
    if (retryAt > now || row === undefined) return { outcome: 'throttled', retryAt }
    return { outcome: 'found', request: selectedRequest.read(row) }
  },
  decide: (decision, audit) => decideOnce(database, decision, audit),
  poll: (poll, audit, spends = []) => pollOnce(database, poll, audit, spends),
})

/** The requests of an address that count against its limit. */
const ofAddress = (address: SQL, since: SQL, until: SQL): SQL =>
  sql`FROM ${deviceCodes} WHERE ${deviceCodes.address} = ${address}
    AND ${deviceCodes.createdAt} > ${since} AND ${deviceCodes.createdAt} < ${until}`

const requesting = prepared<
  Omit<NewDeviceRequest, 'resource'> & {
    resource: string
    most: number
    since: number
    until: number
  }
>(
  ({ most, since, until, ...request }) => sql`${insertInto(deviceCodes, request)}
    WHERE (SELECT COUNT(*) < ${most} ${ofAddress(request.address, since, until)})
    ON CONFLICT (user_code_digest) DO NOTHING`,
)

const selectedRecent = selection({
  requests: number(sql`COUNT(*)`),
  oldest: number(sql`COALESCE(MIN(${deviceCodes.createdAt}), 0)`),
})

const isStored = selectedAs('stored', 'boolean')

const recentRequests = prepared<{ address: string; since: number; until: number; digest: string }>(
  ({ address, since, until, digest }) => sql`SELECT ${selectedRecent.columns},
    ${isStored.column(sql`COALESCE(MAX(${deviceCodes.digest} = ${digest}), 0)`)}
    ${ofAddress(address, since, until)}`,
)

/** Whether a request has one of these user codes (a JSON array of digests). */
const hasUserCode = (userCodes: SQL): SQL =>
  sql`${deviceCodes.userCodeDigest} IN (SELECT value FROM json_each(${userCodes}))`

const isUndecided = (userCodes: SQL, now: SQL): SQL =>
  sql`${hasUserCode(userCodes)} AND ${deviceCodes.decision} IS NULL
    AND ${deviceCodes.expiresAt} > ${now}`

const selectedRequest = selection({
  clientId: deviceCodes.clientId,
  scope: deviceCodes.scope,
  resource: deviceCodes.resource,
  authorizationDetails: deviceCodes.authorizationDetails,
  address: deviceCodes.address,
  userAgent: deviceCodes.userAgent,
  createdAt: deviceCodes.createdAt,
  expiresAt: deviceCodes.expiresAt,
})

const undecided = prepared<{ userCodes: string; now: number }>(
  ({ userCodes, now }) => sql`SELECT ${selectedRequest.columns} FROM ${deviceCodes}
    WHERE ${isUndecided(userCodes, now)}`,
)

/**
 * Counts a guess only if the code is wrong, by the limits of tries. The batch is one transaction, so
 * that of guesses made at once no more than the limit allows learn anything.
 */
const countingWrong = countingWhere<{ userCodes: string; at: number }>(
  ({ userCodes, at }) => sql`NOT EXISTS (SELECT 1 FROM ${deviceCodes}
    WHERE ${isUndecided(userCodes, at)})`,
)

type DecisionValues = Omit<DeviceDecision, 'userCodeDigests'> & {
  /** A JSON array. */
  userCodes: string
}

const deciding = prepared<DecisionValues>(
  ({ userCodes, clientId, now, decision, ...decided }) => sql`UPDATE ${deviceCodes}
    ${set(deviceCodes, {
      decision,
      decidedAt: now,
      userId: decided.userId,
      sessionId: decided.sessionId,
      authTime: decided.authTime,
      amr: decided.amr,
      acr: decided.acr,
      scope: decided.scope,
    })}
    WHERE ${isUndecided(userCodes, now)} AND ${deviceCodes.clientId} = ${clientId}
      AND ${isLiveSession(decided.sessionId, now)}`,
)

/**
 * Notes what was allowed, beside the consents: what the user withdraws there takes a device code that
 * is not redeemed yet with it. It adds nothing to what is remembered.
 */
const notingConsent = prepared<{ userCodes: string; sessionId: string; now: number }>(
  ({ userCodes, sessionId, now }) => sql`${insertInto(resourceConsents, {
    userId: deviceCodes.userId,
    clientId: deviceCodes.clientId,
    resource: sql`allowed.value`,
    scope: sql`''`,
    grantedAt: now,
  })}
  FROM ${deviceCodes}, json_each(CASE ${deviceCodes.resource} WHEN '[]' THEN '[""]'
    ELSE ${deviceCodes.resource} END) allowed
  WHERE ${hasUserCode(userCodes)} AND ${deviceCodes.decision} = 'allowed'
    AND ${deviceCodes.sessionId} = ${sessionId} AND ${deviceCodes.decidedAt} = ${now}
  ON CONFLICT (user_id, client_id, resource) DO NOTHING`,
)

const selectedDecision = selection({
  decision: deviceCodes.decision,
  userId: deviceCodes.userId,
})

const decisionOf = prepared<{ userCodes: string; clientId: string; now: number }>(
  ({ userCodes, clientId, now }) => sql`SELECT ${selectedDecision.columns} FROM ${deviceCodes}
    WHERE ${hasUserCode(userCodes)} AND ${deviceCodes.clientId} = ${clientId}
      AND ${deviceCodes.expiresAt} > ${now}`,
)

async function decideOnce(
  database: Database,
  { userCodeDigests, ...decision }: DeviceDecision,
  audit: AuditEvent,
): Promise<'allowed' | 'denied' | null> {
  const userCodes = JSON.stringify(userCodeDigests)
  const { clientId, sessionId, now } = decision
  const row = await decideWithLook(
    database,
    [],
    [
      deciding({ ...decision, userCodes }),
      auditIfChanged(audit),
      notingConsent({ userCodes, sessionId, now }),
    ],
    decisionOf({ userCodes, clientId, now }),
    (unclear) => selectedDecision.read(unclear).decision === null,
  )
  const decided = row === null ? null : selectedDecision.read(row)
  return decided?.userId === decision.userId ? decided.decision : null
}

/** Seconds that a poll may come before its time: clocks and networks of devices are not exact. */
const tolerance = 0.5

/** Seconds added to the interval of a device that polls too soon. RFC 8628 3.5, `slow_down`. */
const penalty = 5

/** From this interval on a device code is dead before it may be polled again: nothing more is noted. */
const longestInterval = 600

const isTooSoon = (now: SQL): SQL =>
  sql`(${deviceCodes.polledAt} IS NOT NULL
    AND ABS(${now} - ${deviceCodes.polledAt}) < ${deviceCodes.pollInterval} - ${tolerance})`

const noting = prepared<{ digest: string; now: number }>(
  ({ digest, now }) => sql`UPDATE ${deviceCodes} ${set(deviceCodes, {
    polledAt: now,
    polledTooSoon: isTooSoon(now),
    pollInterval: sql`${deviceCodes.pollInterval} + ${penalty} * ${isTooSoon(now)}`,
  })}
  WHERE ${deviceCodes.digest} = ${digest} AND ${deviceCodes.decision} IS NULL
    AND NOT (${isTooSoon(now)} AND ${deviceCodes.pollInterval} >= ${longestInterval})`,
)

type PollValues = Omit<DevicePoll, 'consentResources'> & {
  resourceKeys: string | null
  /** A JSON array. */
  consentResources: string
}

/**
 * Opens the grant. Its code digest is UNIQUE, which decides among parallel polls; the WHERE holds
 * everything that can have changed since the user allowed it.
 *
 * The grant belongs to no browser session: a device stays connected when the browser in which its user
 * allowed it signs out. Until the device has fetched its tokens, that session must live.
 */
const redeeming = prepared<PollValues>(
  ({ digest, consentResources, ...opening }) => sql`${insertGrant(
    {
      ...opening,
      sessionId: sql`NULL`,
      scope: sql`${deviceCodes.scope}`,
      authTime: sql`${deviceCodes.authTime}`,
      amr: sql`${deviceCodes.amr}`,
      acr: sql`${deviceCodes.acr}`,
      offline: sql`INSTR(' ' || ${deviceCodes.scope} || ' ', ' offline_access ') > 0`,
      claimsRequest: sql`NULL`,
      endsWith: sql`NULL`,
    },
    digest,
    sql`${deviceCodes.scope}`,
    sql`JOIN ${deviceCodes} ON ${deviceCodes.digest} = ${digest}`,
  )}
    AND ${users.id} = ${deviceCodes.userId}
    AND ${deviceCodes.decision} = 'allowed' AND ${deviceCodes.clientId} = ${opening.clientId}
    AND ${deviceCodes.expiresAt} > ${opening.createdAt}
    AND ${stillAuthorized(sql`${deviceCodes.decidedAt}`, consentResources)}
    AND ${isLiveSession(sql`${deviceCodes.sessionId}`, opening.createdAt)}
  ON CONFLICT (code_digest) DO NOTHING`,
)

/** Spends an identifier only if the poll can be the one that opens the grant. */
const spendingIfAllowed = prepared<SpentIdentifier & { code: string; now: number }>(
  ({ digest, expiresAt, code, now }) => sql`${insertInto(usedIdentifiers, { digest, expiresAt })}
    FROM ${deviceCodes} WHERE ${deviceCodes.digest} = ${code}
      AND ${deviceCodes.decision} = 'allowed' AND ${deviceCodes.decidedAt} <= ${now}
      AND NOT EXISTS (SELECT 1 FROM ${grants} WHERE ${grants.codeDigest} = ${code})`,
)

const selectedPoll = selection({
  decision: deviceCodes.decision,
  decidedAt: deviceCodes.decidedAt,
  tooSoon: deviceCodes.polledTooSoon,
  scope: deviceCodes.scope,
  authTime: deviceCodes.authTime,
  amr: deviceCodes.amr,
  acr: deviceCodes.acr,
  grantId: optional(text(sql`${grants.id}`)),
})

const polled = prepared<{ digest: string }>(
  ({ digest }) => sql`SELECT ${selectedPoll.columns}, ${wholeUser.columns} FROM ${deviceCodes}
    LEFT JOIN ${grants} ON ${grants.codeDigest} = ${deviceCodes.digest}
    LEFT JOIN ${users} ON ${users.id} = ${grants.userId}
    WHERE ${deviceCodes.digest} = ${digest}`,
)

async function pollOnce(
  database: Database,
  poll: DevicePoll,
  audit: AuditEvent,
  spends: readonly Spending[],
): Promise<DevicePollOutcome> {
  const { digest, createdAt: now } = poll
  const consentResources = JSON.stringify(poll.consentResources)
  const row = await decideWithLook(
    database,
    spends,
    [
      noting({ digest, now }),
      redeeming({ ...withResourceKeys(poll), consentResources }),
      auditOfOpened(audit, poll.id),
    ],
    polled({ digest }),
    (unclear) => selectedPoll.read(unclear).grantId !== poll.id,
    ({ digest: identifier, expiresAt, onlyIfGranted }) =>
      onlyIfGranted === true
        ? spendingIfAllowed({ digest: identifier, expiresAt, code: digest, now })
        : spending({ digest: identifier, expiresAt }),
  )
  return row === null ? { outcome: 'unknown' } : outcomeOf(row, poll.id)
}

function outcomeOf(row: Row, grantId: string): DevicePollOutcome {
  const { decision, decidedAt, tooSoon, scope, authTime, amr, acr, ...stored } =
    selectedPoll.read(row)
  if (decision === null) return { outcome: 'pending', tooSoon }
  if (decision === 'denied') return { outcome: 'denied' }
  if (stored.grantId === null || authTime === null || amr === null)
    return { outcome: 'refused', decidedAt }
  if (stored.grantId !== grantId) return { outcome: 'used' }
  return { outcome: 'redeemed', user: wholeUser.read(row), granted: { scope, authTime, amr, acr } }
}
