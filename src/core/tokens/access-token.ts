// Access tokens that clients present: verified offline, then looked up in D1 and KV at once.
import { type Claims, type Verifier, kidOf, verifyJwt } from '../../crypto/jwt.ts'
import { instantOfId } from '../../crypto/secret.ts'
import { resourceKey } from '../../protocol/resource-key.ts'
import { storedScope } from '../../protocol/scope.ts'
import { isJsonObject } from '../../protocol/strict-json.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Client } from '../clients/storage.ts'
import { spend } from '../server/spending.ts'
import type { Spending } from '../server/storage.ts'
import type { Confirmation, UserGrant } from './storage.ts'
import { type Target, targetsOf } from './target.ts'

/** What a verified access token says. */
export type AccessToken = {
  /** The key that signed it. */
  kid: string
  issuer: string
  subject: string
  audience: readonly string[]
  clientId: string
  scope: readonly string[]
  jti: string
  grantId: string | null
  /** Whose grant it is, or whose own token it was exchanged for: of most tokens the client itself. */
  grantClientId: string
  /** The key or certificate that the token is bound to; null = whoever has it may use it. */
  confirmation: Confirmation | null
  /** Whole seconds. */
  issuedAt: number
  expiresAt: number
  /** All that it says. */
  claims: Claims
}

/** A valid access token; `userGrant` is null for one without a user. */
export type LiveToken = { token: AccessToken; userGrant: UserGrant | null }

/** Reads an access token. Returns null unless this server signed it and it has not expired. */
export async function readAccessToken(
  as: AuthorizationServer,
  text: string,
): Promise<AccessToken | null> {
  const kid = kidOf(text)
  if (kid === null) return null
  const verifier = await as.signingKeys.verifier(kid, as.now)
  if (verifier === null) return null
  const claims =
    (await verifyJwt(text, verifier, 'at+jwt')) ?? (await verifyPlainlyTyped(as, text, verifier))
  if (claims === null) return null
  const { iss, sub, client_id, scope = '', jti, grant_id, cnf, iat, exp } = claims
  const { grant_client_id = client_id } = claims
  if (typeof iss !== 'string' || !as.ownIssuers.includes(iss)) return null
  if (typeof sub !== 'string' || typeof client_id !== 'string' || typeof jti !== 'string')
    return null
  if (typeof grant_client_id !== 'string') return null
  if (typeof iat !== 'number' || typeof exp !== 'number' || typeof scope !== 'string') return null
  const audience = audienceOf(claims)
  if (exp <= as.now) return null
  const confirmation = readConfirmation(cnf)
  if (confirmation === undefined) return null
  const grantId = typeof grant_id === 'string' ? grant_id : null
  return {
    kid,
    issuer: iss,
    subject: sub,
    audience,
    clientId: client_id,
    scope: storedScope(scope),
    jti,
    grantId,
    grantClientId: grant_client_id,
    confirmation,
    issuedAt: iat,
    expiresAt: exp,
    claims,
  }
}

/**
 * Returns the claims of an access token with the type `JWT`, as a resource may ask for. ID tokens have
 * that type, too, and theirs are signed by the same keys: so every audience must be a registered
 * resource that asks for it.
 */
async function verifyPlainlyTyped(
  as: AuthorizationServer,
  text: string,
  verifier: Verifier,
): Promise<Claims | null> {
  const claims = await verifyJwt(text, verifier, 'JWT')
  const audience = claims === null ? [] : audienceOf(claims)
  if (audience.length === 0 || !audience.every((name) => URL.canParse(name))) return null
  const targets = await targetsOf(as, audience)
  const isOfKind = ({ metadata }: Target): boolean => metadata?.access_token_typ === 'JWT'
  return targets.every(isOfKind) ? claims : null
}

const audienceOf = ({ aud }: Claims): string[] =>
  typeof aud === 'string' ? [aud] : Array.isArray(aud) ? aud.filter(isText) : []

/**
 * Returns the `cnf` of a token: null without one, undefined for a binding that nobody here can judge.
 */
function readConfirmation(cnf: unknown): Confirmation | null | undefined {
  if (cnf === undefined) return null
  if (!isJsonObject(cnf)) return undefined
  const { jkt, 'x5t#S256': certificate } = cnf
  if (typeof jkt === 'string') return { jkt }
  return typeof certificate === 'string' ? { 'x5t#S256': certificate } : undefined
}

const isText = (value: unknown): value is string => typeof value === 'string'

/**
 * Returns whether the token is meant for our own endpoints and for nobody else: whoever else it is
 * meant for could replay it here.
 */
export const isForUs = (as: AuthorizationServer, token: AccessToken): boolean =>
  token.audience.length > 0 && token.audience.every((name) => as.ownIssuers.includes(name))

/** Returns whether the token's audience names the client or one of the client's resources. */
export function isMeantFor({ id, metadata }: Client, { audience }: AccessToken): boolean {
  const keys = (metadata.resources ?? []).map(resourceKey)
  const isOwn = (name: string): boolean =>
    name === id || (URL.canParse(name) && keys.includes(resourceKey(name)))
  return audience.some(isOwn)
}

/** Returns whether the token's client knows the user under a name that no other client knows. */
export const isPairwise = ({ token, userGrant }: LiveToken): boolean =>
  userGrant !== null && token.subject !== userGrant.user.sub

/** Verifies an access token and loads its grant. Returns null if it is expired, revoked or unknown. */
export async function findLiveToken(
  as: AuthorizationServer,
  text: string,
): Promise<LiveToken | null> {
  const token = await readAccessToken(as, text)
  if (token === null) return null
  as.nameClient(token.clientId)
  return liveToken(as, token)
}

/**
 * Loads the grant of a verified token. Returns null if the token was revoked. `spends` is recorded at
 * the same time, because a replayed proof is worth no more than a revoked token.
 * @throws the refusal of an identifier that was spent before
 */
export async function liveToken(
  as: AuthorizationServer,
  token: AccessToken,
  spends: readonly Spending[] = [],
): Promise<LiveToken | null> {
  const facts = { ...token, issuedAt: instantOfId(token.jti) ?? token.issuedAt }
  // D1 decides; KV beside it can only say "revoked", and that is final (a restored database has
  // forgotten revocations that KV still knows).
  const [standing, revoked] = await Promise.all([
    as.store.grants.standing(facts, as.now),
    as.store.revocationLists.isRevoked(facts),
    spend(as, spends),
  ])
  return standing.ended || revoked ? null : { token, userGrant: standing.userGrant }
}
