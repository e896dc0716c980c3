// The catalogue of everything that Postern records: log events and audit kinds; refusals.ts goes on. The
// types allow no others, and `src/operator/events.md` is generated from the texts. The worker
// imports only the types, so the texts are not in the bundle.
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
  'refreshed without the database': {
    means:
      'D1 did not answer; a refresh got an access token of five minutes at most by what KV keeps.',
    fields: ['grant_id'],
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
