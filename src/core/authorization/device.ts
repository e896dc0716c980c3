// Device authorization: a device asks, and its user decides on a page of ours, signed in. RFC 8628.
import { base64url } from '../../crypto/encoding.ts'
import { digestOf, randomSecret } from '../../crypto/secret.ts'
import { newUserCode, readUserCode } from '../../crypto/user-code.ts'
import { temporarilyUnavailable, tooManyRequests } from '../../protocol/error.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { grantScope } from '../../protocol/scope.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { requireGrantType } from '../clients/authentication.ts'
import { scopeOfSignIn } from '../clients/first-party.ts'
import { deviceCodeGrantType } from '../clients/metadata.ts'
import { keepFor } from '../clients/registration-use.ts'
import { scopeOf } from '../clients/scope.ts'
import type { Client } from '../clients/storage.ts'
import { addressPrefix } from '../people/address.ts'
import type { Session, SessionStanding } from '../people/storage.ts'
import { auditOf } from '../server/audit.ts'
import { requireLater } from '../server/later.ts'
import { spendEvenIfRefused } from '../server/spending.ts'
import type { Spending } from '../server/storage.ts'
import { demandOfClient, statedAcr } from '../tokens/acr.ts'
import { keptDetails, readAuthorizationDetails, requireLocations } from '../tokens/details.ts'
import { remainingTargets, requestedTargets } from '../tokens/resource.ts'
import { type Target, grantScopeAt } from '../tokens/target.ts'
import { type DeviceCodeFacts, deviceCodes } from './device-code.ts'
import { checkLength } from './request.ts'
import type { DeviceRequest } from './storage.ts'

/** Seconds that a device code lives. RFC 8628 3.2, `expires_in`. */
const lifetime = 600

/** Seconds that a device waits between two polls at first. RFC 8628 3.2, `interval`. */
const firstInterval = 5

/** The most requests of one address in a minute: a public client proves nothing, and each is a row. */
const requestLimit = { most: 20, window: 60 }

/**
 * The most wrong user codes of one user and of one address in 15 minutes: "the server should rate-limit
 * user code attempts" (RFC 8628 5.1). Nobody else can use up the tries of a user who is signed in, so
 * none come back before their time.
 */
const wrongCodes = {
  perAccount: 10,
  perAccountEverywhere: 10,
  perAddress: 30,
  window: 900,
  pace: 900,
}

/** What a device is told. Instants and spans in seconds. RFC 8628 3.2. */
type DeviceAuthorization = {
  deviceCode: string
  userCode: string
  expiresIn: number
  interval: number
}

/**
 * Stores the request of a device, and returns its codes.
 * @throws unauthorized_client, invalid_scope, invalid_target, invalid_request (too long),
 *   too_many_requests, the refusal of a replayed identifier
 */
export const requestDevice = (
  as: AuthorizationServer,
  client: Client,
  parameters: Parameters,
  spends: readonly Spending[],
): Promise<DeviceAuthorization> =>
  spendEvenIfRefused(as, spends, async () => {
    requireGrantType(client, deviceCodeGrantType)
    checkLength(parameters)
    const targets = await requestedTargets(as, client, parameters)
    const asked = grantScopeAt(targets, parameters.get('scope'), scopeOf(client), null)
    const details = await readAuthorizationDetails(as, client, parameters)
    requireLocations(targets, details)
    const facts = {
      scope: scopeOfSignIn(as, client, asked),
      resource: targets.map(({ uri }) => uri),
      authorizationDetails: keptDetails(details),
    }
    const device = await storeRequest(as, client, facts, spends)
    // The removal of clients that nobody needs does not look at device codes.
    keepFor(as, client, lifetime)
    return device
  })

async function storeRequest(
  as: AuthorizationServer,
  client: Client,
  asked: Pick<DeviceCodeFacts, 'scope' | 'resource' | 'authorizationDetails'>,
  spends: readonly Spending[],
): Promise<DeviceAuthorization> {
  const facts = {
    ...asked,
    id: randomSecret(),
    clientId: client.id,
    expiresAt: as.now + lifetime,
  }
  const request = {
    digest: await digestOf(facts.id),
    clientId: client.id,
    scope: asked.scope.join(' '),
    resource: asked.resource,
    authorizationDetails: asked.authorizationDetails ?? null,
    address: addressPrefix(as.address),
    userAgent: as.userAgent,
    createdAt: as.now,
    expiresAt: facts.expiresAt,
    pollInterval: firstInterval,
  }
  let unspent = spends
  // Another device may have the same user code: one in 25 billion.
  for (let round = 0; round < 3; round++) {
    const userCode = newUserCode()
    const userCodeDigest = await userCodeDigestOf(as, userCode)
    const stored = await as.store.deviceCodes.request(
      { ...request, userCodeDigest },
      requestLimit,
      unspent,
    )
    if (stored.outcome === 'throttled') throw tooManyRequests(secondsUntil(as, stored.retryAt))
    if (stored.outcome === 'stored') {
      as.log({ event: 'device code issued', client_id: client.id })
      const deviceCode = await deviceCodes.seal(as, facts)
      return { deviceCode, userCode, expiresIn: lifetime, interval: firstInterval }
    }
    unspent = []
  }
  throw temporarilyUnavailable(new Error('no user code is free'))
}

const userCodeDigestOf = async (
  as: AuthorizationServer,
  userCode: string,
  keyId?: string,
): Promise<string> => base64url(await as.keys.mac('user code', userCode, keyId))

/** Returns the digests that the row of a user code may have: MASTER_KEY may have been rotated since. */
const userCodeDigests = (as: AuthorizationServer, userCode: string | null): Promise<string[]> =>
  Promise.all(
    userCode === null ? [] : as.keys.ids.map((keyId) => userCodeDigestOf(as, userCode, keyId)),
  )

const secondsUntil = ({ now }: AuthorizationServer, instant: number): number =>
  Math.max(1, Math.ceil(instant - now))

/** The request of a device as its user is asked about it: with the scope that they can grant. */
type AskedDevice = {
  client: Client
  userCode: string
  scope: readonly string[]
  targets: readonly Target[]
  request: DeviceRequest
}

/** What a typed user code leads to; `retryAfter` in seconds. */
export type FoundDevice =
  | ({ outcome: 'found' } & AskedDevice)
  | { outcome: 'unknown' }
  | { outcome: 'throttled'; retryAfter: number }

/**
 * Finds the device that waits with a user code, as typed by the user who is signed in. A wrong code
 * counts against the user and the address; beyond their limits a right one is not told apart.
 * @throws invalid_scope if the user may grant none of what the device asks for; invalid_target if the
 *   client may no longer name any of the resources
 */
export async function findDevice(
  as: AuthorizationServer,
  { user }: SessionStanding,
  typed: string,
): Promise<FoundDevice> {
  const userCode = readUserCode(typed)
  const guess = {
    nameDigest: await digestOf(JSON.stringify(['user code', user.id])),
    // Apart from tries of passwords, which count by the address alone.
    address: `device ${addressPrefix(as.address)}`,
  }
  const digests = await userCodeDigests(as, userCode)
  const found = await as.store.deviceCodes.find(digests, guess, as.now, wrongCodes)
  if (found.outcome === 'throttled') {
    as.log({ event: 'user codes throttled', user_id: user.id })
    return { outcome: 'throttled', retryAfter: secondsUntil(as, found.retryAt) }
  }
  if (found.outcome === 'unknown' || userCode === null) return { outcome: 'unknown' }
  const { request } = found
  const client = await as.clients.find(request.clientId, as.now)
  if (client === null || client.disabledAt !== null) return { outcome: 'unknown' }
  const targets = await remainingTargets(as, client, request.resource)
  const allowed = grantScopeAt(targets, request.scope, scopeOf(client), user.scope)
  const scope = scopeOfSignIn(as, client, allowed)
  return { outcome: 'found', client, userCode, request, targets, scope }
}

/** What a user was asked, as the page brings it back: the page's token proves that it was shown. */
export type ShownDevice = { userCode: string; clientId: string; scope: string }

/**
 * Records what the user decided about a device, if nobody has decided yet. Returns the decision of this
 * user that stands, or null: the request has expired, or somebody else has decided.
 *
 * D1 decides between answers given at once. No consent is remembered, because nobody else can tell
 * which device asks; what the user allowed is noted, so that withdrawing it ends the device code, too.
 * @throws invalid_scope if the user may no longer grant anything of what was shown;
 *   temporarily_unavailable if the answer would count for nothing yet (`requireLater`)
 */
export async function decideDevice(
  as: AuthorizationServer,
  { session, user }: SessionStanding,
  shown: ShownDevice,
  decision: 'allowed' | 'denied',
): Promise<'allowed' | 'denied' | null> {
  const client = await as.clients.find(shown.clientId, as.now)
  requireLater(as, Math.max(user.notBefore, client?.notBefore ?? 0))
  // What was shown is the most: the operator may have restricted the user since.
  const scope = grantScope(shown.scope, shown.scope, user.scope)
  const kind = decision === 'allowed' ? 'device.allowed' : 'device.denied'
  return as.store.deviceCodes.decide(
    {
      userCodeDigests: await userCodeDigests(as, readUserCode(shown.userCode)),
      clientId: shown.clientId,
      decision,
      userId: user.id,
      sessionId: session.id,
      authTime: session.authTime,
      amr: session.amr,
      acr: deviceAcr(as, session, client),
      scope: scope.join(' '),
      now: as.now,
    },
    auditOf(as, kind, { userId: user.id, clientId: shown.clientId }),
  )
}

/** Returns the class that the tokens of a device state. */
const deviceAcr = (as: AuthorizationServer, session: Session, client: Client | null): string =>
  statedAcr(demandOfClient(client ?? { metadata: {} }), session, as.now)
