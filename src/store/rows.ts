// Rows as records. The column lists stand beside their readers, so that a column is named once.
import * as z from 'zod/mini'
import type { Client, Grant, GrantLine, TokenLine, User } from '../core/records.ts'
import type { RegisteredMetadata } from '../core/clients/metadata.ts'
import { once } from '../protocol/once.ts'
import { flagOf, numberOf, optionalNumberOf, optionalTextOf, textOf, type Row } from './database.ts'

const userNames = [
  ...['id', 'sub', 'pairwise_salt', 'username', 'email', 'email_verified', 'name', 'role', 'scope'],
  ...['claims', 'password_hash', 'disabled_at', 'not_before', 'created_at', 'updated_at'],
]

export const userColumns = userNames.map((name) => `u.${name} AS u_${name}`).join(', ')

/** The user `u` as one JSON value, for where a statement has room for no more. */
export const userObject = `json_object(${userNames.map((name) => `'u_${name}', u.${name}`).join(', ')})`

export const userOfObject = (text: string): User => userOf(JSON.parse(text))

export function userOf(row: Row): User {
  return {
    id: numberOf(row, 'u_id'),
    sub: textOf(row, 'u_sub'),
    pairwiseSalt: textOf(row, 'u_pairwise_salt'),
    username: textOf(row, 'u_username'),
    email: optionalTextOf(row, 'u_email'),
    emailVerified: flagOf(row, 'u_email_verified'),
    name: optionalTextOf(row, 'u_name'),
    role: optionalTextOf(row, 'u_role'),
    scope: optionalTextOf(row, 'u_scope'),
    claims: claimsOf(textOf(row, 'u_claims')),
    passwordHash: optionalTextOf(row, 'u_password_hash'),
    disabledAt: optionalNumberOf(row, 'u_disabled_at'),
    notBefore: numberOf(row, 'u_not_before'),
    createdAt: numberOf(row, 'u_created_at'),
    updatedAt: numberOf(row, 'u_updated_at'),
  }
}

const claimsSchema = once(() => z.record(z.string(), z.unknown()))

const claimsOf = (text: string): Record<string, unknown> =>
  text === '{}' ? {} : claimsSchema().parse(JSON.parse(text))

export const clientColumns = `id, secret_digest, previous_secret_digest, metadata, disabled_at,
  not_before, created_at, updated_at`

export function clientOf(row: Row): Client {
  // Written by us alone and checked then; parsed again it would cost more than the read.
  const metadata: RegisteredMetadata = JSON.parse(textOf(row, 'metadata'))
  return {
    id: textOf(row, 'id'),
    secretDigest: optionalTextOf(row, 'secret_digest'),
    previousSecretDigest: optionalTextOf(row, 'previous_secret_digest'),
    metadata,
    disabledAt: optionalNumberOf(row, 'disabled_at'),
    notBefore: numberOf(row, 'not_before'),
    createdAt: numberOf(row, 'created_at'),
    updatedAt: numberOf(row, 'updated_at'),
  }
}

export const grantColumns = `g.id, g.user_id, g.client_id, g.session_id, g.scope, g.resource,
  g.key_thumbprint, g.auth_time, g.amr, g.claims_request, g.ends_with, g.generation, g.offline, g.user_agent,
  g.created_at, g.last_used_at, g.idle_expires_at, g.absolute_expires_at, g.access_expires_at,
  g.revoked_at`

export function grantOf(row: Row): Grant {
  return {
    id: textOf(row, 'id'),
    userId: numberOf(row, 'user_id'),
    clientId: textOf(row, 'client_id'),
    sessionId: optionalTextOf(row, 'session_id'),
    scope: textOf(row, 'scope'),
    resource: optionalTextOf(row, 'resource'),
    keyThumbprint: optionalTextOf(row, 'key_thumbprint'),
    authTime: numberOf(row, 'auth_time'),
    amr: textOf(row, 'amr'),
    claimsRequest: optionalTextOf(row, 'claims_request'),
    endsWith: optionalTextOf(row, 'ends_with'),
    generation: numberOf(row, 'generation'),
    offline: flagOf(row, 'offline'),
    userAgent: optionalTextOf(row, 'user_agent'),
    createdAt: numberOf(row, 'created_at'),
    lastUsedAt: numberOf(row, 'last_used_at'),
    idleExpiresAt: numberOf(row, 'idle_expires_at'),
    absoluteExpiresAt: numberOf(row, 'absolute_expires_at'),
    accessExpiresAt: numberOf(row, 'access_expires_at'),
    revokedAt: optionalNumberOf(row, 'revoked_at'),
  }
}

/**
 * Whether a line `g` counts for nothing although it is not revoked: its user or client is gone or
 * disabled, it is older than what may count, the browser session it lives by has ended, or the line
 * that it ends with. `now` names the parameter that holds the instant.
 */
export const barred = (now: string): string =>
  `(${barredByItself('g', 'c', now)}
    OR (g.ends_with IS NOT NULL AND NOT ${standingLine('g.ends_with', now)}))`

const barredByItself = (g: string, c: string, now: string): string => `(
  u.disabled_at IS NOT NULL OR ${c}.id IS NULL OR ${c}.disabled_at IS NOT NULL
  OR ${g}.created_at < u.not_before OR ${g}.created_at < ${c}.not_before
  OR ${g}.created_at < ${c}.created_at
  OR ${g}.created_at < COALESCE((SELECT not_before FROM epoch WHERE id = 1), 0)
  OR (${g}.offline = 0 AND ${g}.session_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM sessions s
    WHERE s.id = ${g}.session_id AND s.ended_at IS NULL AND s.absolute_expires_at > ${now})))`

/** Whether a line of the user `u` still gives or refreshes tokens. */
export const standingLine = (id: string, now: string): string => `EXISTS (
  SELECT 1 FROM grants p LEFT JOIN clients pc ON pc.id = p.client_id
  WHERE p.id = ${id} AND p.user_id = u.id AND p.revoked_at IS NULL
    AND MAX(p.idle_expires_at, p.access_expires_at) > ${now}
    AND NOT ${barredByItself('p', 'pc', now)})`

/**
 * Whether the user `u` can still be taken for the one who was proved: the password is that one
 * (`hash`), or the row has only been given a better hash of it (`updated_at` is as read). Somebody
 * may have changed the password while the old one was being verified.
 */
export const asProved = (hash: string, updatedAt: string): string =>
  `u.disabled_at IS NULL AND (u.password_hash IS ${hash} OR u.updated_at = ${updatedAt})`

/** A line with its user and whether it is barred; ?1 = grant id, ?2 = now. */
export const lineSql = `SELECT ${grantColumns}, g.code_digest, g.current_digest, g.previous_digest,
  g.rotated_at, g.retry_rounds, g.last_operation, ${userColumns}, ${barred('?2')} AS barred
  FROM grants g JOIN users u ON u.id = g.user_id LEFT JOIN clients c ON c.id = g.client_id
  WHERE g.id = ?1`

export function lineOfRow(row: Row): GrantLine {
  return {
    grant: grantOf(row),
    fromCode: row.code_digest !== null,
    currentDigest: optionalTextOf(row, 'current_digest'),
    previousDigest: optionalTextOf(row, 'previous_digest'),
    rotatedAt: optionalNumberOf(row, 'rotated_at'),
    retryRounds: numberOf(row, 'retry_rounds'),
    user: userOf(row),
    barred: flagOf(row, 'barred'),
  }
}

/** Of a line `g` with its user what a token's bearer is told of: read at every login-state question. */
export const tokenLineColumns = `g.id, g.auth_time, g.amr, g.claims_request, g.key_thumbprint,
  g.ends_with, ${userColumns}`

export const tokenLineOf = (row: Row): TokenLine => ({
  grant: {
    id: textOf(row, 'id'),
    authTime: numberOf(row, 'auth_time'),
    amr: textOf(row, 'amr'),
    claimsRequest: optionalTextOf(row, 'claims_request'),
    keyThumbprint: optionalTextOf(row, 'key_thumbprint'),
    endsWith: optionalTextOf(row, 'ends_with'),
  },
  user: userOf(row),
})
