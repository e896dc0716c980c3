// The catalogue of everything that Postern records: log events, audit kinds, reasons and codes. The
// types allow no others, and `src/operator/events.md` is generated from the texts. The worker
// imports only the types, so the texts are not in the bundle.
import type { OAuthErrorCode, Reason } from '../../protocol/error.ts'

type Event = { means: string; fields: readonly string[] }

/** Log lines. `fields` are in addition to the fields that every line of a request has. */
export const logEvents = {
  request: {
    means: 'A request was answered. This is the last line of each request.',
    fields: ['status', 'duration_ms'],
  },
  'request refused': {
    means: 'A request was refused. The response says why.',
    fields: ['code', 'description', 'reason', 'cause', 'page'],
  },
  'request failed': {
    means: 'A request failed in the server: storage, a key, or a bug.',
    fields: ['code', 'description', 'reason', 'cause', 'stack'],
  },
  'not configured': {
    means: 'Settings are missing or wrong; the worker answers 503 to everything.',
    fields: ['faults'],
  },
  'not ready': { means: 'A check of /health/ready failed.', fields: ['name', 'detail'] },
  'work after the response failed': {
    means: 'Work that ran after the response failed.',
    fields: ['cause'],
  },
  'admin token refused': { means: 'A request to /admin/v1 had a wrong token.', fields: [] },
  'signed in': {
    means: 'A user signed in. `face` is set if a dialect keeps the session.',
    fields: ['user_id', 'amr', 'face'],
  },
  'password refused': {
    means: 'A password was wrong, or the user is unknown (no user_id) or disabled.',
    fields: ['user_id'],
  },
  'passkey refused': {
    means: 'A passkey did not sign its user in, or was not added to an account.',
    fields: ['reason', 'user_id'],
  },
  'passkey counter went back': {
    means: 'A passkey signed in with a lower counter than before. Possibly its key was copied.',
    fields: ['user_id'],
  },
  'password not asked': {
    means: 'The endpoint of an import did not answer whether a password is right.',
    fields: ['cause', 'reason'],
  },
  'password tries throttled': {
    means: 'There were too many password attempts for the name or from the address.',
    fields: ['user_id'],
  },
  'human check failed': {
    means: 'Cloudflare did not say whether a visitor is a person: sign-up is closed until it does.',
    fields: ['cause'],
  },
  'second factor refused': {
    means: 'A code of an authenticator app, or a recovery code, was wrong or used before.',
    fields: ['user_id'],
  },
  'second factor tries throttled': {
    means: 'There were too many wrong codes for a user.',
    fields: ['user_id'],
  },
  'request pushed': { means: 'A client pushed an authorization request (RFC 9126).', fields: [] },
  'code issued': { means: 'An authorization code was issued.', fields: ['user_id'] },
  'device code issued': { means: 'A device code was issued.', fields: [] },
  'user codes throttled': {
    means: 'A user, or an address, entered too many wrong codes of devices.',
    fields: ['user_id'],
  },
  'token issued': {
    means: 'The token endpoint, or a dialect, issued tokens.',
    fields: ['grant_type', 'user_id'],
  },
  'refresh token reused': {
    means: 'A superseded refresh token was used again; its grant was revoked. Possible theft.',
    fields: ['grant_id'],
  },
  'refresh grace ended': {
    means: 'A public client retried refreshes in a pattern that also fits a thief.',
    fields: ['grant_id'],
  },
  'revocation of a foreign token': {
    means: "A client asked to revoke another client's token; nothing was revoked.",
    fields: [],
  },
  'revocation of the token of another user': {
    means: "A user asked to revoke another user's token; nothing was revoked.",
    fields: ['user_id'],
  },
  'provider sign-in refused': {
    means: 'A sign-in through a provider failed. `fault` is the exact cause.',
    fields: ['provider', 'reason', 'fault'],
  },
  'code exchange refused': {
    means: 'A login with a code from a provider failed. `fault` is the exact cause.',
    fields: ['outcome', 'fault', 'provider'],
  },
  'provider linked': {
    means: "A provider's account was linked to a user.",
    fields: ['user_id', 'issuer'],
  },
  'provider unlinked': {
    means: "A provider's account was unlinked from a user.",
    fields: ['user_id', 'issuer'],
  },
  'logout notice refused': {
    means: 'A client rejected a back-channel logout token. It will be sent again.',
    fields: ['status'],
  },
  'logout notice not delivered': {
    means: 'A client could not be reached for back-channel logout. The token will be sent again.',
    fields: ['cause'],
  },
  'logout notices not sent': {
    means: 'Storage failed, so back-channel logout tokens are still waiting.',
    fields: ['cause'],
  },
  'mail sent': { means: 'A mail was handed to the transport.', fields: ['kind'] },
  'mail not sent': {
    means: 'The transport did not take a mail. It will be sent again after 1, 5 and 30 minutes.',
    fields: ['kind', 'tries', 'cause'],
  },
  'mail throttled': {
    means: 'A mail was not sent: too many to its address, from one client address, or in all.',
    fields: [],
  },
  'unneeded clients removed': {
    means: 'Cron removed registered clients that were unused for long.',
    fields: ['count'],
  },
  'signing keys rotated': { means: 'The operator created the next signing keys.', fields: [] },
  'key withdrawn': { means: 'The operator withdrew a signing key.', fields: ['kid'] },
} as const satisfies Record<string, Event>

type LogEventName = keyof typeof logEvents
type LogValue = string | number | boolean | readonly string[] | undefined

/**
 * One structured log line. It never contains a secret, a token, a password or a URL with a query.
 */
export type LogEvent = {
  [Name in LogEventName]: { event: Name; client_id?: string | undefined } & {
    [Field in (typeof logEvents)[Name]['fields'][number]]?: LogValue
  }
}[LogEventName]

/** Audit rows, by their `kind`. */
export const auditKinds = {
  'user.created': 'The operator created a user.',
  'user.created-by-provider': 'A first sign-in through a provider created a user.',
  'user.signed-up': 'A person signed up.',
  'user.invited': 'The operator invited somebody to create an account.',
  'user.joined': 'A person who was invited created their account.',
  'user.terms-accepted': 'A user agreed to the terms of `version`.',
  'user.changed': 'The operator changed a user; `fields` names the members.',
  'user.deleted': 'A user was deleted, by the operator or because they asked for it.',
  'user.sessions-ended': "The operator ended a user's sessions and grants.",
  'user.signed-in': 'A user signed in.',
  'user.stepped-up': 'A user proved a second factor in a session that had none, or an old one.',
  'user.password-reset-started':
    "The operator ended a user's password, sessions and grants, and got a one-time link for a new one.",
  'user.password-reset': 'A user set a new password by a one-time link.',
  'user.second-factors-removed':
    'The operator removed the second factors of a user, and the recovery codes.',
  'user.totp-added': 'A user set up an authenticator app.',
  'user.totp-removed': 'A user removed the authenticator app, and with it the recovery codes.',
  'user.recovery-codes-created': 'A user got new recovery codes, which ended the old ones.',
  'user.recovery-code-used': 'A recovery code was used up instead of a code of the app.',
  'user.second-factor-refused':
    'A second factor was refused: `reason` is `code` or `throttled`. One row for an account, an address, a minute and a reason.',
  'user.email-verified': 'A user proved by a mail that the address is theirs.',
  'mail.given-up':
    'A mail was not delivered: `reason` is `tries` (the transport failed four times), `expired` (its link is dead), `address` or `refused` (a suppressed recipient).',
  'user.unlocked': 'The operator cleared the password tries of a user.',
  'session.ended': 'The operator ended a session and the grants that live by it.',
  'grant.revoked': 'The operator revoked a grant.',
  'user.passkey-added': 'A user added a passkey.',
  'user.passkey-removed': 'A user removed a passkey.',
  'user.passkey-counter-went-back':
    'A passkey signed in with a lower counter than before: its key may have been copied.',
  'user.passkey-refused':
    'A new passkey was refused. One row for an account, an address, a minute and a reason.',
  'user.sign-in-refused':
    'A sign-in was refused: `reason` is `password`, `temporary` (right, but to be changed first), `leaving` (right, but the account is about to be deleted), `second_factor` (the user has or must have one, which the interface cannot ask for), `throttled`, `passkey` or `provider`. One row for an account (or none), an address, a minute and a reason.',
  'user.profile-changed': 'A user changed their profile; `fields` names the members.',
  'user.email-changed': 'A user changed their e-mail address, and proved the new one.',
  'user.email-change-undone':
    'A link in a mail to the old address took back a change of address, and ended everything.',
  'user.data-copied': 'A user downloaded a copy of their data.',
  'user.deletion-requested':
    'A user asked to delete their account, which ended all sessions and grants.',
  'user.deletion-undone': 'A user took back the deletion of their account.',
  'user.signed-out': 'A user signed out, or a dialect ended the grant of a token.',
  'user.signed-out-elsewhere': 'A user ended all other sessions and their grants.',
  'user.password-changed': 'A user changed the password, which ended other sessions and grants.',
  'token.password-granted': 'A client got tokens for a username and password.',
  'consent.given': 'A user gave consent to a client.',
  'consent.withdrawn': "A user withdrew a client's access.",
  'code.redeemed': 'A client got tokens for an authorization code.',
  'assertion.redeemed': 'A client got tokens for an assertion about a user.',
  'code.replayed': 'An authorization code was used twice; its grant was revoked.',
  'device.allowed': 'A user allowed a device to use their account.',
  'device.denied': 'A user denied the request of a device.',
  'device.redeemed': 'A device got tokens for its device code.',
  'token.refreshed': 'A client refreshed a grant for the first time.',
  'token.refresh-reused': 'A superseded refresh token was used again; its grant was revoked.',
  'token.refresh-revoked': 'A client revoked a refresh token, which revoked its grant.',
  'token.access-revoked': 'A client revoked an access token.',
  'user.provider-linked': "A provider's account was linked to a user.",
  'user.provider-unlinked': "A provider's account was unlinked from a user.",
  'provider.created': 'The operator created a provider.',
  'provider.changed': 'The operator changed a provider; `fields` names the members.',
  'provider.deleted': 'The operator deleted a provider.',
  'import.started': 'The operator began an import of users.',
  'import.finished': 'The operator ended an import of users.',
  'import.undone': 'The operator undid an import: the users whom it made and who never signed in.',
  'resource.created': 'The operator registered a protected resource.',
  'resource.changed': 'The operator changed a protected resource; `fields` names the members.',
  'resource.deleted': 'The operator deleted a protected resource.',
  'details-type.created': 'The operator registered a type of authorization details.',
  'details-type.changed':
    'The operator changed a type of authorization details; `fields` names the members.',
  'details-type.deleted': 'The operator deleted a type of authorization details.',
  'client.created': 'The operator created a client.',
  'client.changed': 'The operator changed a client; `fields` names the members.',
  'client.deleted': 'The operator deleted a client.',
  'client.document-stored':
    "A user agreed to what a client's metadata document says, which is new or has changed.",
  'client.grants-revoked': 'The operator revoked everything that was issued to a client.',
  'client.secret-rotated':
    'The operator created a new client secret; the previous one still works.',
  'client.previous-secret-deleted': 'The operator deleted the previous client secret.',
  'client.registered': 'A client registered itself (RFC 7591).',
  'client.registration-changed': 'A client changed its registration; `fields` names the members.',
  'client.registration-deleted': 'A client deleted its registration (RFC 7592).',
  'client.registration-token-confirmed':
    'A client used its new registration access token, which ended the previous one.',
  'client.created-by-user': 'A user created a client, and owns it.',
  'client.deleted-by-user': 'The owner of a client, or an administrator, deleted it.',
  'client.secret-replaced':
    'The owner of a client, or an administrator, replaced its secret; the previous one ended.',
  'client.made-first-party': "A client became one of the operator's own.",
  'client.made-third-party':
    "A client is no longer one of the operator's own; everything issued to it was revoked.",
  'client.removed-as-unneeded': 'Cron removed a registered client that was unused for long.',
  'registration-token.created': 'The operator created an initial access token.',
  'registration-token.deleted': 'The operator deleted an initial access token.',
  'admin-token.created': 'An operator created an admin token.',
  'admin-token.deleted': 'An operator deleted an admin token.',
  'export.hashes':
    'The operator exported users with their password hashes; one row a run, counting its pages.',
  'epoch.raised': 'The operator revoked everything that was issued before.',
  'key.rotated': 'The operator created the next signing keys.',
  'key.withdrawn': 'The operator withdrew a signing key.',
  'key.resealed': 'Stored secrets were sealed again under the first key.',
} as const satisfies Record<string, string>

export type AuditKind = keyof typeof auditKinds

/** Why a grant was revoked, as stored in its row: the kind of the audit row, or one of these. */
export const otherRevocationReasons = {
  'revoked by the client': 'The client revoked the refresh token (RFC 7009).',
  replaced: 'Another user signed in with the same browser session.',
} as const satisfies Record<string, string>

export type RevocationReason = AuditKind | keyof typeof otherRevocationReasons

/** `reason` of the lines `request refused` and `request failed`. */
export const refusalReasons = {
  client_unknown: 'No client has this client_id.',
  client_missing: 'The request names no client.',
  document_unusable: 'The client metadata document cannot be used; the description says why.',
  client_different: 'The request object is that of another client.',
  secret_missing: 'The client did not authenticate.',
  secret_wrong: 'The client secret is wrong.',
  assertion_wrong: 'The assertion is not acceptable; the description names the claim.',
  assertion_used: 'The assertion was used before.',
  credentials_wrong: 'The password is wrong.',
  user_unknown: 'No enabled user has this name.',
  header_malformed: 'The Authorization header is malformed.',
  grant_type_unknown: 'The grant_type is not supported.',
  parameter_missing: 'A required parameter is missing; the description names it.',
  not_form_encoded: 'The body is not a form.',
  plain_http: 'The request used plain http.',
  refresh_unknown: 'The refresh token is unknown.',
  refresh_superseded: 'The refresh token was used before.',
  refresh_revoked: 'The grant of the refresh token has been revoked.',
  refresh_expired: 'The refresh token has expired.',
  refresh_foreign: 'The refresh token belongs to another client.',
  code_unknown: 'The authorization code is unknown.',
  code_used: 'The authorization code was used before.',
  code_foreign: 'The authorization code belongs to another client.',
  code_expired: 'The authorization code has expired.',
  verifier_wrong: 'The code_verifier does not match.',
  redirect_uri_missing: 'The redirect_uri is missing.',
  redirect_uri_different: 'The redirect_uri is not registered, or differs from that of the code.',
  device_code_unknown: 'The device code is unknown.',
  device_code_used: 'The device code was used before.',
  device_code_foreign: 'The device code belongs to another client.',
  device_code_refused:
    'The user allowed the device, but the user, the client or the session is no longer valid.',
  scope_wider: 'The scope is wider than the granted scope.',
  challenge_missing: 'The request lacks a required code_challenge.',
  challenge_unusable: 'The code_challenge or its method is not supported.',
  token_bound: 'The access token is bound to a key and was sent as a bearer token.',
} as const satisfies Record<Reason, string>

/**
 * `code` of the lines `request refused` and `request failed`: the error code that the client
 * receives.
 */
export const errorCodes = {
  invalid_request: 'A parameter is missing, repeated or malformed (RFC 6749 5.2).',
  invalid_client: 'The client is unknown or did not authenticate (RFC 6749 5.2).',
  invalid_grant: 'The code, refresh token or password is not valid (RFC 6749 5.2).',
  unauthorized_client: 'The client may not use this grant type (RFC 6749 5.2).',
  unsupported_grant_type: 'The grant type is not supported (RFC 6749 5.2).',
  unsupported_response_type: 'The response type is not supported (RFC 6749 4.1.2.1).',
  invalid_scope: 'The scope is unknown or wider than allowed (RFC 6749 5.2).',
  invalid_target: 'The resource is unknown or not allowed (RFC 8707 2).',
  access_denied: 'The user denied access (RFC 6749 4.1.2.1).',
  invalid_dpop_proof: 'The proof of possession is missing, bad or used before (RFC 9449 5).',
  use_dpop_nonce: 'The proof of possession needs a fresh nonce; clients retry (RFC 9449 8).',
  authorization_pending: 'The user has not answered the device request yet (RFC 8628 3.5).',
  slow_down: 'The device asks too often (RFC 8628 3.5).',
  expired_token: 'The device code has expired (RFC 8628 3.5).',
  invalid_authorization_details: 'The authorization_details are not valid (RFC 9396 5).',
  invalid_request_uri: 'The request_uri is unknown, expired or of another client (RFC 9101 7).',
  invalid_request_object: 'The request object is not valid (RFC 9101 6).',
  unmet_authentication_requirements:
    'The user cannot sign in as strongly as asked (OpenID Connect Unmet Authentication Requirements).',
  login_required: 'The user would have to sign in (OpenID Connect Core 3.1.2.6).',
  consent_required: 'The user would have to consent (OpenID Connect Core 3.1.2.6).',
  interaction_required: 'The user would have to take a further step (OpenID Connect Core 3.1.2.6).',
  request_not_supported: 'Request objects are not supported (OpenID Connect Core 3.1.2.6).',
  request_uri_not_supported: 'request_uri is not supported (OpenID Connect Core 3.1.2.6).',
  registration_not_supported: 'registration is not supported (OpenID Connect Core 3.1.2.6).',
  invalid_token: 'The access token is expired, revoked or malformed (RFC 6750 3.1).',
  insufficient_user_authentication: 'The sign-in is too old or too weak (RFC 9470 3).',
  insufficient_scope: 'The access token lacks a scope (RFC 6750 3.1).',
  invalid_redirect_uri: 'A redirect URI may not be registered (RFC 7591 3.2.2).',
  invalid_client_metadata: 'Client metadata are not valid (RFC 7591 3.2.2).',
  invalid_software_statement: 'The software statement is not valid (RFC 7591 3.2.2).',
  unapproved_software_statement: 'The issuer of the statement is not listed (RFC 7591 3.2.2).',
  too_many_requests: 'There were too many attempts. Retry-After says how long to wait.',
  request_too_large: 'The body is too large.',
  server_error: 'An unexpected error; `cause` and `stack` have the details.',
  not_found: 'Nothing exists at the address (RFC 9110 15.5.5).',
  method_not_allowed: 'The address does not support the method (RFC 9110 15.5.6).',
  conflict: 'A value is already in use (RFC 9110 15.5.10).',
  temporarily_unavailable: 'Storage or a key is unavailable. The request may be repeated.',
} as const satisfies Record<OAuthErrorCode, string>
