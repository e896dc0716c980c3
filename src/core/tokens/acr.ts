// Authentication context classes: how well somebody has proved who they are. OpenID Connect Core 2
// (`acr`), 3.1.2.1 (`acr_values`), 5.5.1.1; RFC 9470.
import { OAuthError, unauthorizedClient } from '../../protocol/error.ts'
import { type AcrValue, formerAcr, levelOfAcr } from '../../protocol/acr.ts'
import type { ClientMetadata } from '../clients/metadata.ts'
import type { Client } from '../clients/storage.ts'
import type { Session } from '../people/storage.ts'
import type { ClaimsRequest } from './claims-request.ts'
import type { Grant } from './storage.ts'

/** The class of a password, or of a sign-in that a provider vouches for. */
export const acrOfOneFactor = 'urn:postern:acr:1' satisfies AcrValue
/** The class of a password with a second factor, or of a passkey. */
export const acrOfTwoFactors = 'urn:postern:acr:2' satisfies AcrValue
/** The class of a second factor, or a passkey, that was proved just now. */
const acrOfFreshFactor = 'urn:postern:acr:fresh' satisfies AcrValue

/** Seconds for which the proof of a second factor is fresh. */
const freshness = 300

/** Which class a request asks for. A level is that of `levelOfAcr`. */
export type AcrDemand = {
  /** The classes that it names, the preferred one first. */
  named: readonly AcrValue[]
  /** Whether the answer must be one of those. */
  isEssential: boolean
  /** Without this level there is no answer. */
  required: number
  /** The level that whoever can reach it is asked for. */
  wanted: number
}

/** Returns what is asked for where there is no request to say so. */
export function demandOfClient({
  metadata,
}: {
  metadata: Pick<ClientMetadata, 'require_acr'>
}): AcrDemand {
  const required = metadata.require_acr === undefined ? 1 : levelOfAcr(metadata.require_acr)
  return { named: [], isEssential: false, required, wanted: required }
}

/**
 * Reads what a request asks for, by `claims`, else by `acr_values`, else as the client is registered.
 * `require_acr` of the client is the least, whatever the request says. Unknown classes are ignored.
 * @throws unmet_authentication_requirements if the request needs a class and knows none of ours
 */
export function readAcrDemand(
  client: Client,
  acrValues: string | undefined,
  { acr: claim }: Pick<ClaimsRequest, 'acr'>,
): AcrDemand {
  const isEssential = claim?.isEssential === true
  const asked = isEssential ? claim.values : (acrValues?.split(' ') ?? claim?.values)
  const named = (asked ?? client.metadata.default_acr_values ?? []).filter(isAcrValue)
  const levels = named.map((acr) => levelOfAcr(acr))
  // "If this is an Essential Claim and the requirement cannot be met, then the Authorization Server
  // MUST treat that outcome as a failed authentication attempt." OpenID Connect Core 5.5.1.1
  if (isEssential && levels.length === 0) throw unmetRequirements()
  const { required: least } = demandOfClient(client)
  const required = isEssential ? Math.max(least, Math.min(...levels)) : least
  return { named, isEssential, required, wanted: Math.max(required, levels[0] ?? 1) }
}

const isAcrValue = (name: unknown): name is AcrValue => levelOfAcr(name) !== undefined

/**
 * Refuses a client that needs more than one factor where nobody can be asked for another.
 * @throws unauthorized_client
 */
export function requireOneFactor(client: Client): void {
  if (demandOfClient(client).required === 1) return
  throw unauthorizedClient('the client needs a second factor, which this grant does not have')
}

/**
 * Refuses a request that needs more than the grant behind it has reached.
 * @throws unmet_authentication_requirements
 */
export function requireReached(demand: AcrDemand, grant: Pick<Grant, 'acr'>): void {
  if (!isReached(demand, grant)) throw unmetRequirements()
}

/** Returns whether a grant has reached what is needed. */
export const isReached = ({ required }: AcrDemand, { acr }: Pick<Grant, 'acr'>): boolean =>
  (levelOfAcr(acr) ?? levelOfAcr(formerAcr)) >= required

/** Creates the refusal of a sign-in that cannot be as the client needs it. */
export const unmetRequirements = (): OAuthError =>
  new OAuthError(
    'unmet_authentication_requirements',
    'the required authentication context cannot be reached',
  )

/** Returns the highest class that a session has reached; `now` in seconds. */
export function acrOf({ secondFactorAt }: Pick<Session, 'secondFactorAt'>, now: number): AcrValue {
  if (secondFactorAt === null) return acrOfOneFactor
  return secondFactorAt >= now - freshness ? acrOfFreshFactor : acrOfTwoFactors
}

/** Returns the level that a session has reached; `now` in seconds. */
export const levelOf = (session: Pick<Session, 'secondFactorAt'>, now: number): number =>
  levelOfAcr(acrOf(session, now))

/**
 * Returns the class that a token of this session states: of those that the request names the first one
 * that is reached, by the name that the request uses; else that of the session. A class above two
 * factors is stated only where it was asked for, because a token grows old.
 */
export function statedAcr(
  { named, isEssential, required }: AcrDemand,
  session: Pick<Session, 'secondFactorAt'>,
  now: number,
): string {
  const reached = levelOf(session, now)
  const least = isEssential ? 1 : required
  const answer = named.find((acr) => levelOfAcr(acr) <= reached && levelOfAcr(acr) >= least)
  if (answer !== undefined) return answer
  if (reached === 1) return acrOfOneFactor
  return Math.min(reached, required) === levelOfAcr(acrOfFreshFactor)
    ? acrOfFreshFactor
    : acrOfTwoFactors
}

/** How and when a user signed in, as their grant says. */
export type SignInFacts = Pick<Grant, 'authTime' | 'amr' | 'acr'>

/**
 * Returns what tokens and introspection tell of a sign-in: that of the grant, so that no refresh raises
 * or lowers it. OpenID Connect Core 2, RFC 9470 6.
 */
export const signInClaims = ({ authTime, amr, acr }: SignInFacts) => ({
  auth_time: Math.floor(authTime),
  acr: acr ?? formerAcr,
  amr: amr.split(' '),
})
