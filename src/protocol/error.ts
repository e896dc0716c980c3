// The one error of the protocol: a code that an RFC names, its status, and a constant sentence for
// the client. What tells more goes into `cause`, for the log. Rendered once a face.

/** What the token endpoint says, and whatever else authenticates clients: RFC 6749 5.2, RFC 8707 2. */
export type TokenErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'

/** What is said of a proof of possession: RFC 9449 5, 7.1, 8 and 9. */
type ProofErrorCode = 'invalid_dpop_proof' | 'use_dpop_nonce'

/** What a device that polls the token endpoint is told: RFC 8628 3.5. */
type DeviceErrorCode = 'authorization_pending' | 'slow_down' | 'expired_token'

/**
 * What the authorization endpoint says: RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6, RFC 8707 2,
 * RFC 9101 6 and 7, RFC 9396 5, OpenID Connect Unmet Authentication Requirements 1.0.
 */
export type AuthorizationErrorCode =
  | 'invalid_request'
  | 'unauthorized_client'
  | 'access_denied'
  | 'unsupported_response_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'login_required'
  | 'consent_required'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'registration_not_supported'
  | 'invalid_request_uri'
  | 'invalid_request_object'
  | 'invalid_authorization_details'
  | 'unmet_authentication_requirements'

/** What a protected resource says: RFC 6750 3.1, RFC 9470 3. */
type ResourceErrorCode =
  'invalid_request' | 'invalid_token' | 'insufficient_scope' | 'insufficient_user_authentication'

/** What client registration says: RFC 7591 3.2.2. */
export type RegistrationErrorCode =
  | 'invalid_redirect_uri'
  | 'invalid_client_metadata'
  | 'invalid_software_statement'
  | 'unapproved_software_statement'

/** What no RFC has a code for and HTTP a status: the operator's interface tells by that alone. */
type ProblemCode = 'not_found' | 'method_not_allowed' | 'conflict'

/** What any endpoint may say. */
export type CommonErrorCode =
  'too_many_requests' | 'request_too_large' | 'server_error' | 'temporarily_unavailable'

export type OAuthErrorCode =
  | TokenErrorCode
  | ProofErrorCode
  | DeviceErrorCode
  | AuthorizationErrorCode
  | ResourceErrorCode
  | RegistrationErrorCode
  | ProblemCode
  | CommonErrorCode

/** Every code that is not 400. */
const statusOf: Partial<Record<OAuthErrorCode, number>> = {
  invalid_client: 401,
  invalid_token: 401,
  insufficient_user_authentication: 401,
  insufficient_scope: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  request_too_large: 413,
  too_many_requests: 429,
  server_error: 500,
  temporarily_unavailable: 503,
}

/** Why a request proves no client. */
export type ClientReason =
  'client_missing' | 'client_unknown' | 'secret_missing' | 'secret_wrong' | 'header_malformed'

/** Why a client assertion proves no client. */
export type AssertionReason = 'assertion_wrong' | 'assertion_used'

/** Why an authorization request proves no address for its answer. */
export type TargetReason =
  'client_missing' | 'client_unknown' | 'redirect_uri_missing' | 'redirect_uri_different'

/** What a code challenge lacks. */
export type ChallengeReason = 'challenge_missing' | 'challenge_unusable'

/** Why a name and a password sign nobody in. */
export type SignInReason = 'credentials_wrong' | 'user_unknown'

/** Why an authorization code is not redeemed. */
export type CodeReason =
  | 'code_unknown'
  | 'code_used'
  | 'code_foreign'
  | 'code_expired'
  | 'verifier_wrong'
  | 'redirect_uri_missing'
  | 'redirect_uri_different'

/** Why a refresh token is not rotated. */
export type RefreshReason =
  | 'refresh_unknown'
  | 'refresh_superseded'
  | 'refresh_revoked'
  | 'refresh_expired'
  | 'refresh_foreign'

/** What is wrong with a request in itself. */
type RequestReason =
  | 'grant_type_unknown'
  | 'parameter_missing'
  | 'scope_wider'
  | 'not_form_encoded'
  | 'plain_http'
  | 'token_bound'

/**
 * Why a request was refused, where a face has words of its own for it; never shown as it is. A face
 * that words one reason of a kind words all of them.
 */
export type Reason =
  | ClientReason
  | AssertionReason
  | TargetReason
  | ChallengeReason
  | SignInReason
  | CodeReason
  | RefreshReason
  | RequestReason

type Detail = {
  cause?: unknown
  /** Seconds until a retry makes sense, for 429 and 503. */
  retryAfter?: number
  reason?: Reason
  /** The HTTP status, where it tells more than the code's. */
  status?: number
}

/** A refusal in the words of the protocol. `description` is constant ASCII, never made from input. */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode
  readonly description: string
  readonly status: number
  readonly retryAfter: number | undefined
  readonly reason: Reason | undefined

  constructor(code: OAuthErrorCode, description: string, detail: Detail = {}) {
    super(`${code}: ${description}`, { cause: detail.cause })
    this.name = 'OAuthError'
    this.code = code
    this.description = description
    this.status = detail.status ?? statusOf[code] ?? 400
    this.retryAfter = detail.retryAfter
    this.reason = detail.reason
  }
}

/** The words of a face for refusals: by reason where that tells more, by code, and for the rest. */
export type Vocabulary<Words> = {
  reasons?: Partial<Record<Reason, Words>>
  codes: Partial<Record<OAuthErrorCode, Words>>
  /** For every other refusal. */
  rest: Words
}

/** The words for a refusal. */
export function wordsFor<Words>(
  { reasons = {}, codes, rest }: Vocabulary<Words>,
  { reason, code }: OAuthError,
): Words {
  const byReason = reason === undefined ? undefined : reasons[reason]
  return byReason ?? codes[code] ?? rest
}

const named =
  (code: OAuthErrorCode) =>
  (description: string, detail?: Detail): OAuthError =>
    new OAuthError(code, description, detail)

export const invalidRequest = named('invalid_request')
export const invalidClient = named('invalid_client')
export const invalidGrant = named('invalid_grant')
export const unauthorizedClient = named('unauthorized_client')
export const unsupportedGrantType = named('unsupported_grant_type')
export const invalidScope = named('invalid_scope')
export const invalidTarget = named('invalid_target')
export const accessDenied = named('access_denied')
export const invalidToken = named('invalid_token')
export const insufficientScope = named('insufficient_scope')
export const invalidRedirectUri = named('invalid_redirect_uri')
export const invalidClientMetadata = named('invalid_client_metadata')
export const invalidSoftwareStatement = named('invalid_software_statement')
export const unapprovedSoftwareStatement = named('unapproved_software_statement')
export const requestTooLarge = named('request_too_large')
export const invalidDpopProof = named('invalid_dpop_proof')
export const useDpopNonce = named('use_dpop_nonce')

/** A throttled attempt. `retryAfter` in seconds. */
export const tooManyRequests = (retryAfter: number): OAuthError =>
  new OAuthError('too_many_requests', 'too many attempts, try again later', { retryAfter })

/**
 * Storage did not answer, or MASTER_KEY lacks a key that is needed: the request may be repeated as it
 * is. Never an answer about credentials.
 */
export const temporarilyUnavailable = (cause: unknown): OAuthError =>
  new OAuthError('temporarily_unavailable', 'the server cannot answer now, try again', {
    cause,
    retryAfter: 2,
  })

/** The one conversion of anything unforeseen. */
export const asOAuthError = (thrown: unknown): OAuthError =>
  thrown instanceof OAuthError
    ? thrown
    : new OAuthError('server_error', 'the server met an unexpected condition', { cause: thrown })
