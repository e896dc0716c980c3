// The one error of the protocol: a code that an RFC names, its status, and a constant sentence for
// the client. What tells more goes into `cause`, for the log. Rendered once a face.

/** Codes of RFC 6749 4.1.2.1 and 5.2, 6750 3.1, 7009 2.2.1, 7591 3.2.2, 8707 2, OpenID Core 3.1.2.6. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'unsupported_token_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'access_denied'
  | 'login_required'
  | 'consent_required'
  | 'interaction_required'
  | 'account_selection_required'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'registration_not_supported'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'invalid_redirect_uri'
  | 'invalid_client_metadata'
  | 'too_many_requests'
  | 'request_too_large'
  | 'server_error'
  | 'temporarily_unavailable'

const statusOf: Partial<Record<OAuthErrorCode, number>> = {
  invalid_client: 401,
  invalid_token: 401,
  insufficient_scope: 403,
  request_too_large: 413,
  too_many_requests: 429,
  server_error: 500,
  temporarily_unavailable: 503,
}

// What HTTP has a status of its own for (RFC 9110 15.5.16).
const statusOfReason: Partial<Record<Reason, number>> = { not_form_encoded: 415 }

type Detail = {
  cause?: unknown
  /** Seconds until a retry makes sense, for 429 and 503. */
  retryAfter?: number
  /** What was tried, where a face words refusals of one code differently. */
  reason?: Reason
}

/** Why a request was refused, where a dialect has its own words for it; never shown as it is. */
export type Reason =
  | 'client_unknown'
  | 'client_missing'
  | 'secret_missing'
  | 'secret_wrong'
  | 'client_not_trusted'
  | 'credentials_wrong'
  | 'user_unknown'
  | 'header_malformed'
  | 'grant_type_missing'
  | 'grant_type_unknown'
  | 'parameter_missing'
  | 'not_form_encoded'
  | 'plain_http'
  | 'refresh_unknown'
  | 'refresh_superseded'
  | 'refresh_revoked'
  | 'refresh_expired'
  | 'refresh_foreign'
  | 'code_unknown'
  | 'code_used'
  | 'code_foreign'
  | 'verifier_wrong'
  | 'code_expired'
  | 'redirect_uri_missing'
  | 'redirect_uri_different'
  | 'challenge_missing'
  | 'challenge_unusable'
  | 'scope_unknown'
  | 'scope_wider'
  | 'token_expired'

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
    const ofReason = detail.reason === undefined ? undefined : statusOfReason[detail.reason]
    this.status = ofReason ?? statusOf[code] ?? 400
    this.retryAfter = detail.retryAfter
    this.reason = detail.reason
  }
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
export const requestTooLarge = named('request_too_large')

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
