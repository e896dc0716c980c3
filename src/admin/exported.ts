// What an export has for each kind. The members of a user are those of an import, so that another
// Postern reads what this one wrote: a member without a value is absent, and nothing has a number that
// only this database knows.
import * as z from 'zod/mini'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { ExportedConsent, ExportedGrant, ExportedUser } from '../core/authorization/storage.ts'
import type { ProviderLink } from '../core/providers/storage.ts'
import { utf8Text } from '../crypto/encoding.ts'
import { openedPassword } from '../crypto/opened-password.ts'
import { once } from '../protocol/once.ts'
import { storedScope } from '../protocol/scope.ts'

/** A user of an export: with secrets if the operator asked for them. */
export type LeavingUser = ExportedUser & { withSecrets: boolean }

const linkMembers = once(() => z.object({ issuer: z.string(), subject: z.string() }))
const storedLinks = once(() => z.array(linkMembers()))

/** A user in an export. */
export const exportedUserAnswer = once(() =>
  z.object({
    sub: z.string(),
    external_id: z
      .optional(z.string())
      .check(z.describe('who the user was in the system that they were imported from')),
    username: z.string(),
    email: z.optional(z.string()),
    email_verified: z.optional(z.literal(true)),
    name: z.optional(z.string()),
    disabled: z.optional(z.literal(true)),
    created_at: z.int(),
    claims: z.optional(z.record(z.string(), z.unknown())),
    roles: z.optional(z.array(z.string())),
    scope: z.optional(z.string()),
    password: z
      .optional(
        z.union([
          z.object({ hash: z.string(), temporary: z.optional(z.literal(true)) }),
          z.object({ reset: z.literal(true) }),
        ]),
      )
      .check(z.describe('reset = a new one must be set, or the export has no hashes')),
    totp: z.optional(z.string()).check(z.describe('a TOTP secret in base32, beside hashes')),
    links: z.optional(storedLinks()),
    credentials: z
      .array(z.string())
      .check(z.describe('how the user signs in: password (with its algorithm), totp, provider')),
  }),
)

/** Returns a user as an export has them. */
export async function exportedUser(
  leaving: LeavingUser,
  as: AuthorizationServer,
): Promise<z.infer<ReturnType<typeof exportedUserAnswer>>> {
  const { user, sealedTotp } = leaving
  const { sub, externalId, email, name, role, scope, claims, passwordHash } = user
  const links = storedLinks().parse(JSON.parse(leaving.links))
  return {
    sub,
    // An import that keeps the sub has no other id of the user.
    ...(externalId === null || externalId === sub ? {} : { external_id: externalId }),
    username: user.username,
    ...(email === null ? {} : { email }),
    ...(user.emailVerified ? { email_verified: true } : {}),
    ...(name === null ? {} : { name }),
    ...(user.disabledAt === null ? {} : { disabled: true }),
    created_at: Math.floor(user.createdAt),
    ...(Object.keys(claims).length === 0 ? {} : { claims }),
    ...(role === null ? {} : { roles: [role] }),
    ...(scope === null ? {} : { scope }),
    ...(await exportedSecrets(leaving, as)),
    ...(links.length === 0 ? {} : { links }),
    credentials: [
      ...(passwordHash === null ? [] : [`password:${algorithmOf(passwordHash)}`]),
      ...(sealedTotp === null ? [] : ['totp']),
      ...(links.length === 0 ? [] : ['provider']),
    ],
  }
}

type Secrets = Pick<z.infer<ReturnType<typeof exportedUserAnswer>>, 'password' | 'totp'>

async function exportedSecrets(
  { user, sealedTotp, withSecrets }: LeavingUser,
  { keys }: AuthorizationServer,
): Promise<Secrets> {
  const { sub, passwordHash, passwordState } = user
  const hash =
    withSecrets && passwordHash !== null ? await openedPassword(keys, passwordHash) : null
  const totp =
    withSecrets && sealedTotp !== null
      ? utf8Text(await keys.openStored('totp secret', sealedTotp, sub))
      : null
  const temporary = passwordState === 'temporary' ? { temporary: true as const } : {}
  const password = hash === null ? { reset: true as const } : { hash, ...temporary }
  return {
    ...(passwordHash === null ? {} : { password }),
    ...(totp === null ? {} : { totp }),
  }
}

/** Stored hashes begin with `$` and the name of their algorithm. */
const algorithmOf = (passwordHash: string): string => passwordHash.split('$')[1] ?? 'unknown'

/** A link in an export. */
export const exportedLinkAnswer = once(() =>
  z.extend(linkMembers(), {
    sub: z.string(),
    linked_as: z.optional(z.string()),
    created_at: z.int(),
  }),
)

/** Returns a link as an export has it. */
export const exportedLink = ({
  sub,
  issuer,
  subject,
  email,
  createdAt,
}: Omit<ProviderLink, 'userId'> & { sub: string }): z.infer<
  ReturnType<typeof exportedLinkAnswer>
> => ({
  sub,
  issuer,
  subject,
  ...(email === null ? {} : { linked_as: email }),
  created_at: Math.floor(createdAt),
})

/** A consent in an export. */
export const exportedConsentAnswer = once(() =>
  z.object({
    sub: z.string(),
    client_id: z.string(),
    resource: z.optional(z.string()).check(z.describe('absent = this server itself')),
    scope: z.string().check(z.describe('empty = the user is asked each time')),
    granted_at: z.int(),
  }),
)

/** Returns a consent as an export has it. */
export const exportedConsent = (
  consent: ExportedConsent,
): z.infer<ReturnType<typeof exportedConsentAnswer>> => ({
  sub: consent.sub,
  client_id: consent.clientId,
  ...(consent.resource === '' ? {} : { resource: consent.resource }),
  scope: consent.scope,
  granted_at: Math.floor(consent.grantedAt),
})

/** A live grant in an export: what it is, and nothing that continues it. */
export const exportedGrantAnswer = once(() =>
  z.object({
    id: z.string(),
    sub: z.string(),
    client_id: z.string(),
    session_id: z.optional(z.string()),
    scope: z.string(),
    resource: z.array(z.string()),
    offline: z.boolean(),
    amr: z.array(z.string()),
    auth_time: z.int(),
    created_at: z.int(),
    last_used_at: z.int(),
    expires_at: z.int(),
  }),
)

/** Returns a grant as an export has it. */
export const exportedGrant = (
  grant: ExportedGrant,
): z.infer<ReturnType<typeof exportedGrantAnswer>> => ({
  id: grant.id,
  sub: grant.sub,
  client_id: grant.clientId,
  ...(grant.sessionId === null ? {} : { session_id: grant.sessionId }),
  scope: grant.scope,
  resource: grant.resource === null ? [] : storedScope(grant.resource),
  offline: grant.offline,
  amr: grant.amr.split(' '),
  auth_time: Math.floor(grant.authTime),
  created_at: Math.floor(grant.createdAt),
  last_used_at: Math.floor(grant.lastUsedAt),
  expires_at: Math.floor(Math.min(grant.idleExpiresAt, grant.absoluteExpiresAt)),
})
