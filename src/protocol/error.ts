// The one error class of the protocol: an RFC's code, a status, and a constant sentence for the
// client. Details for the log go into `cause`. Each face renders the error once.

/**
 * Error codes of the token endpoint and of every endpoint that authenticates clients (RFC 6749 5.2,
 * RFC 8707 2).
 */
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
  | 'interaction_required'
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

/** Error codes of client registration: RFC 7591 3.2.2. */
type RegistrationErrorCode =
  | 'invalid_redirect_uri'
  | 'invalid_client_metadata'
  | 'invalid_software_statement'
  | 'unapproved_software_statement'

/**
 * Codes of the admin interface for conditions that have an HTTP status but no OAuth code. Never on
 * the wire.
 */
type ProblemCode = 'not_found' | 'method_not_allowed' | 'conflict'

/** Error codes of any endpoint. */
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

/** The status of every code whose status is not 400. */
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

/** Why client authentication failed. */
export type ClientReason =
  'client_missing' | 'client_unknown' | 'secret_missing' | 'secret_wrong' | 'header_malformed'

/** Why an assertion proves no client, or no user. */
type AssertionReason = 'assertion_wrong' | 'assertion_used'

/** Why an authorization request has no redirect URI that an answer may be sent to. */
export type TargetReason =
  | 'client_missing'
  | 'client_unknown'
  | 'document_unusable'
  | 'client_different'
  | 'redirect_uri_missing'
  | 'redirect_uri_different'

/** What is wrong with a code challenge. */
export type ChallengeReason = 'challenge_missing' | 'challenge_unusable'

/** Why a username and password were rejected. */
export type SignInReason = 'credentials_wrong' | 'user_unknown'

/** Why an authorization code was rejected. */
export type CodeReason =
  | 'code_unknown'
  | 'code_used'
  | 'code_foreign'
  | 'code_expired'
  | 'verifier_wrong'
  | 'redirect_uri_missing'
  | 'redirect_uri_different'

/** Why a refresh token was rejected. */
export type RefreshReason =
  | 'refresh_unknown'
  | 'refresh_superseded'
  | 'refresh_revoked'
  | 'refresh_expired'
  | 'refresh_foreign'

/** Why a device code was rejected. */
export type DeviceReason =
  'device_code_unknown' | 'device_code_used' | 'device_code_foreign' | 'device_code_refused'

/** What is wrong with the request itself. */
type RequestReason =
  | 'grant_type_unknown'
  | 'parameter_missing'
  | 'scope_wider'
  | 'not_form_encoded'
  | 'plain_http'
  | 'rate_limit'
  | 'token_bound'

/**
 * Why a request was refused, for faces that word a reason more precisely than its code. A reason
 * itself is never sent to a client. A face that words one reason of a type words all of them.
 */
export type Reason =
  | ClientReason
  | AssertionReason
  | TargetReason
  | ChallengeReason
  | SignInReason
  | CodeReason
  | RefreshReason
  | DeviceReason
  | RequestReason

type Detail = {
  cause?: unknown
  /** Seconds until a retry makes sense, for 429 and 503. */
  retryAfter?: number
  reason?: Reason
  /** The HTTP status, if it differs from the status of the code. */
  status?: number
  /** Whether D1 failed, or did not answer. */
  isOfDatabase?: true
}

/**
 * A refusal with an OAuth error code. `description` is constant ASCII text and never contains
 * input.
 */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode
  readonly description: string
  readonly status: number
  readonly retryAfter: number | undefined
  readonly reason: Reason | undefined
  readonly isOfDatabase: boolean

  constructor(code: OAuthErrorCode, description: string, detail: Detail = {}) {
    super(`${code}: ${description}`, { cause: detail.cause })
    this.name = 'OAuthError'
    this.code = code
    this.description = description
    this.status = detail.status ?? statusOf[code] ?? 400
    this.retryAfter = detail.retryAfter
    this.reason = detail.reason
    this.isOfDatabase = detail.isOfDatabase === true
  }
}

/** A face's words for refusals. A reason's words win over the words of its code. */
export type Vocabulary<Words> = {
  reasons?: Partial<Record<Reason, Words>>
  codes: Partial<Record<OAuthErrorCode, Words>>
  /** Words for every other refusal. */
  rest: Words
}

/** Returns the words for a refusal. */
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

/** Creates `invalid_request` (RFC 6749 5.2, 4.1.2.1). */
export const invalidRequest = named('invalid_request')
/** Creates `invalid_client` (RFC 6749 5.2). */
export const invalidClient = named('invalid_client')
/** Creates `invalid_grant` (RFC 6749 5.2). */
export const invalidGrant = named('invalid_grant')
/** Creates `unauthorized_client` (RFC 6749 5.2, 4.1.2.1). */
export const unauthorizedClient = named('unauthorized_client')
/** Creates `unsupported_grant_type` (RFC 6749 5.2). */
export const unsupportedGrantType = named('unsupported_grant_type')
/** Creates `invalid_scope` (RFC 6749 5.2, 4.1.2.1). */
export const invalidScope = named('invalid_scope')
/** Creates `invalid_target` (RFC 8707 2). */
export const invalidTarget = named('invalid_target')
/** Creates `invalid_authorization_details` (RFC 9396 5). */
export const invalidAuthorizationDetails = named('invalid_authorization_details')
/** Creates `invalid_request_uri` (RFC 9101 6.3, RFC 9126 4). */
export const invalidRequestUri = named('invalid_request_uri')
/** Creates `invalid_request_object` (RFC 9101 7). */
export const invalidRequestObject = named('invalid_request_object')
/** Creates `access_denied` (RFC 6749 4.1.2.1). */
export const accessDenied = named('access_denied')
/** Creates `invalid_token` (RFC 6750 3.1). */
export const invalidToken = named('invalid_token')
/** Creates `insufficient_scope` (RFC 6750 3.1). */
export const insufficientScope = named('insufficient_scope')
/** Creates `invalid_redirect_uri` (RFC 7591 3.2.2). */
export const invalidRedirectUri = named('invalid_redirect_uri')
/** Creates `invalid_client_metadata` (RFC 7591 3.2.2). */
export const invalidClientMetadata = named('invalid_client_metadata')
/** Creates `invalid_software_statement` (RFC 7591 3.2.2). */
export const invalidSoftwareStatement = named('invalid_software_statement')
/** Creates `unapproved_software_statement` (RFC 7591 3.2.2). */
export const unapprovedSoftwareStatement = named('unapproved_software_statement')

/** Creates `request_too_large` (413, RFC 9110 15.5.14). */
export const requestTooLarge = named('request_too_large')
/** Creates `invalid_dpop_proof` (RFC 9449 5). */
export const invalidDpopProof = named('invalid_dpop_proof')
/** Creates `use_dpop_nonce` (RFC 9449 8). */
export const useDpopNonce = named('use_dpop_nonce')
/** Creates `authorization_pending` (RFC 8628 3.5). */
export const authorizationPending = named('authorization_pending')
/** Creates `slow_down` (RFC 8628 3.5). */
export const slowDown = named('slow_down')
/** Creates `expired_token` (RFC 8628 3.5). */
export const expiredToken = named('expired_token')

/** Creates the error for a throttled attempt. `retryAfter` is in seconds. */
export const tooManyRequests = (retryAfter: number): OAuthError =>
  new OAuthError('too_many_requests', 'too many attempts, try again later', { retryAfter })

/** Creates the error for a request above a limit of RATE_LIMITS. `retryAfter` is in seconds. */
export const rateLimited = (retryAfter: number): OAuthError =>
  new OAuthError('too_many_requests', 'too many requests, try again later', {
    retryAfter,
    reason: 'rate_limit',
  })

/**
 * Creates the error for unavailable storage or for a key that MASTER_KEY does not list. The client
 * may repeat the request unchanged, after `retryAfter` seconds. This error says nothing about the
 * credentials in the request.
 */
export const temporarilyUnavailable = (
  cause: unknown,
  detail: Pick<Detail, 'isOfDatabase' | 'retryAfter'> = {},
): OAuthError =>
  new OAuthError('temporarily_unavailable', 'the server cannot answer now, try again', {
    retryAfter: 2,
    ...detail,
    cause,
  })

/** Creates the `temporarily_unavailable` of a failure of D1. */
export const databaseUnavailable = (cause: unknown): OAuthError =>
  temporarilyUnavailable(cause, { isOfDatabase: true })

/** Returns `thrown` if it is an OAuthError, or a `server_error` with `thrown` as its cause. */
export const asOAuthError = (thrown: unknown): OAuthError =>
  thrown instanceof OAuthError
    ? thrown
    : new OAuthError('server_error', 'the server met an unexpected condition', { cause: thrown })
