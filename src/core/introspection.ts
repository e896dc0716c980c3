// Introspection: what a token is worth now, told to whom it concerns. RFC 7662.
import { digestOf } from '../crypto/secret.ts'
import { findLiveToken } from './access-token.ts'
import type { AuthorizationServer } from './authorization-server.ts'
import { isConfidential } from './client-authentication.ts'
import { readPresentedRefreshToken } from './presented-refresh-token.ts'
import type { Client } from './records.ts'
import { subjectFor } from './subject.ts'

/** RFC 7662 2.2; members that do not apply are absent. */
export type Introspection =
  | { active: false }
  | {
      active: true
      scope: string
      client_id: string
      username?: string
      token_type: 'Bearer'
      exp: number
      iat: number
      sub: string
      aud: string | readonly string[]
      iss: string
      jti?: string
      auth_time?: number
    }

const inactive = { active: false } as const

/**
 * What `token` is worth to `caller`: any confidential client may ask about any token unless it is
 * registered with `introspection: own`; a public client only about its own.
 */
export async function introspect(
  as: AuthorizationServer,
  caller: Client,
  token: string,
): Promise<Introspection> {
  const answer = token.startsWith('rt_')
    ? await introspectRefreshToken(as, token)
    : await introspectAccessToken(as, token)
  return answer.active && mayAsk(caller, answer.client_id, answer.aud) ? answer : inactive
}

function mayAsk(caller: Client, clientId: string, aud: string | readonly string[]): boolean {
  if (clientId === caller.id) return true
  if (!isConfidential(caller)) return false
  if (caller.metadata.introspection === 'any') return true
  const audience = typeof aud === 'string' ? [aud] : aud
  const own = [caller.id, ...(caller.metadata.resources ?? [])]
  return audience.some((name) => own.includes(name))
}

async function introspectAccessToken(
  as: AuthorizationServer,
  text: string,
): Promise<Introspection> {
  const live = await findLiveToken(as, text)
  if (live === null) return inactive
  const { token, line } = live
  const [single = token.issuer] = token.audience
  return {
    active: true,
    scope: token.scope.join(' '),
    client_id: token.clientId,
    ...(line === null ? {} : { username: line.user.username }),
    token_type: 'Bearer',
    exp: token.expiresAt,
    iat: token.issuedAt,
    sub: token.subject,
    aud: token.audience.length > 1 ? token.audience : single,
    iss: token.issuer,
    jti: token.jti,
    ...(line === null ? {} : { auth_time: Math.floor(line.grant.authTime) }),
  }
}

async function introspectRefreshToken(
  as: AuthorizationServer,
  text: string,
): Promise<Introspection> {
  const token = await readPresentedRefreshToken(as, text)
  if (token === null) return inactive
  const line = await as.store.grants.find(token.grantId, as.now)
  if (line === null || line.currentDigest !== (await digestOf(text))) return inactive
  const { grant, user } = line
  const expiresAt = Math.min(grant.idleExpiresAt, grant.absoluteExpiresAt)
  if (line.barred || grant.revokedAt !== null || expiresAt <= as.now) return inactive
  const client = await as.clients.find(grant.clientId, as.now)
  return {
    active: true,
    scope: grant.scope,
    client_id: grant.clientId,
    username: user.username,
    token_type: 'Bearer',
    exp: Math.floor(expiresAt),
    iat: Math.floor(line.rotatedAt ?? grant.createdAt),
    sub: client === null ? user.sub : await subjectFor(client, user),
    aud: grant.resource === null ? as.issuer : grant.resource.split(' '),
    iss: as.issuer,
    auth_time: Math.floor(grant.authTime),
  }
}
