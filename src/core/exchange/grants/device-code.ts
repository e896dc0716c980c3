// Polling with a device code: pending until its user has decided, then tokens, once. RFC 8628 3.4, 3.5.
import { digestOf } from '../../../crypto/secret.ts'
import {
  type DeviceReason,
  accessDenied,
  authorizationPending,
  expiredToken,
  invalidGrant,
  slowDown,
} from '../../../protocol/error.ts'
import { requireParameter } from '../../../protocol/parameters.ts'
import { storedScope } from '../../../protocol/scope.ts'
import type { AuthorizationServer } from '../../authorization-server.ts'
import { consentResources } from '../../authorization/consent.ts'
import { deviceCodes } from '../../authorization/device-code.ts'
import type { DevicePollOutcome } from '../../authorization/storage.ts'
import type { Client } from '../../clients/storage.ts'
import { auditOfClient } from '../../server/audit.ts'
import { requireLater } from '../../server/later.ts'
import { narrowedDetails, storedDetails } from '../../tokens/details.ts'
import { type Issued, issue, prepareUnownedGrant } from '../../tokens/issuance.ts'
import { keepGrant } from '../../tokens/kept-grant.ts'
import { narrowedTargets } from '../../tokens/resource.ts'
import { requireProofAt, requireScopeAt, scopeAt } from '../../tokens/target.ts'
import type { TokenRequest } from '../token-request.ts'

/**
 * Exchanges a device code once its user has allowed it. A poll by another client, or with garbage, does
 * not reach storage, so that it cannot slow the device down.
 * @throws authorization_pending, slow_down, access_denied, expired_token, invalid_request,
 *   invalid_target, invalid_scope, invalid_authorization_details, invalid_dpop_proof, invalid_grant
 *   (unknown, foreign, used, or no longer standing), temporarily_unavailable (`requireLater`), the refusal
 *   of a replayed identifier
 */
export async function exchange(
  as: AuthorizationServer,
  client: Client,
  { parameters, confirmation, spends }: TokenRequest,
): Promise<Issued> {
  const facts = await deviceCodes.open(as, requireParameter(parameters, 'device_code'))
  if (facts === null) throw refused('device_code_unknown')
  if (facts.clientId !== client.id) throw refused('device_code_foreign')
  if (facts.expiresAt <= as.now) throw expiredToken('the device code has expired')
  const targets = await narrowedTargets(as, client, facts.resource, parameters)
  requireProofAt(targets, confirmation)
  // Judged against what the device asked for; storage knows what the user granted of it.
  requireScopeAt(targets, facts.scope, client.metadata.scope)
  const asked = storedDetails(facts.authorizationDetails)
  const authorizationDetails = await narrowedDetails(as, client, asked, targets, parameters)

  const { grant, refreshToken } = await prepareUnownedGrant(as, client, {
    ...facts,
    // Storage puts those of the user's sign-in in their place.
    authTime: as.now,
    amr: [],
    confirmation,
    withRefreshToken: client.metadata.grant_types.includes('refresh_token'),
  })
  const poll = {
    ...grant,
    digest: await digestOf(facts.id),
    consentResources: consentResources(facts.resource),
  }
  const audit = auditOfClient(as, 'device.redeemed', {
    clientId: client.id,
    detail: { grant_id: grant.id },
  })
  const polled = await as.store.deviceCodes.poll(poll, audit, spends)
  // A decision from a clock that is ahead may be younger than what was ended ahead of this one.
  if (polled.outcome === 'refused') requireLater(as, polled.decidedAt ?? 0)
  if (polled.outcome !== 'redeemed') throw refusalOf(polled)

  const { user, granted } = polled
  const issued = await issue(as, {
    client,
    user,
    grantId: grant.id,
    scope: scopeAt(targets, storedScope(granted.scope), client.metadata.scope),
    targets,
    authorizationDetails,
    signedIn: granted,
    confirmation,
    latest: grant.accessExpiresAt,
    refreshToken,
    signIn: { ...grant, ...granted },
  })
  keepGrant(as, {
    client,
    user,
    grant: { ...grant, ...granted, userId: user.id },
    currentDigest: grant.refreshDigest,
    targets,
    isNarrowed: targets.length < facts.resource.length,
  })
  return issued
}

function refusalOf(polled: Exclude<DevicePollOutcome, { outcome: 'redeemed' }>): Error {
  switch (polled.outcome) {
    case 'pending':
      return polled.tooSoon
        ? slowDown('the device polls too often: wait 5 seconds longer from now on')
        : authorizationPending('the user has not decided yet')
    case 'denied':
      return accessDenied('the user denied the request')
    case 'used':
      return refused('device_code_used')
    case 'refused':
      return refused('device_code_refused')
    case 'unknown':
      return refused('device_code_unknown')
  }
}

const refused = (reason: DeviceReason) => invalidGrant('the device code is not valid', { reason })
