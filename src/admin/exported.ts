// What an export has for each kind. The members of a user are those of an import, so that another
// Postern reads what this one wrote: a member without a value is absent, and nothing has a number that
// only this database knows.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import type { ExportedConsent, ExportedGrant, ExportedUser } from '../core/authorization/storage.ts'
import type { ProviderLink } from '../core/providers/storage.ts'
import { utf8Text } from '../crypto/encoding.ts'
import { openedPassword } from '../crypto/opened-password.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { storedScope } from '../protocol/scope.ts'

/** A user of an export: with secrets if the operator asked for them. */
export type LeavingUser = ExportedUser & { withSecrets: boolean }

const linkMembers = once(() => v.object({ issuer: v.string(), subject: v.string() }))
const storedLinks = once(() => v.array(linkMembers()))

/** A user in an export. */
export const exportedUserAnswer = once(() =>
  v.object({
    sub: v.string(),
    external_id: v.pipe(
      v.optional(v.string()),
      v.description('who the user was in the system that they were imported from'),
    ),
    username: v.string(),
    email: v.optional(v.string()),
    email_verified: v.optional(v.literal(true)),
    name: v.optional(v.string()),
    disabled: v.optional(v.literal(true)),
    created_at: v.int(),
    claims: v.optional(v.record(v.string(), v.unknown())),
    roles: v.optional(v.array(v.string())),
    scope: v.optional(v.string()),
    password: v.pipe(
      v.optional(
        v.union([
          v.object({ hash: v.string(), temporary: v.optional(v.literal(true)) }),
          v.object({ reset: v.literal(true) }),
        ]),
      ),
      v.description('reset = a new one must be set, or the export has no hashes'),
    ),
    totp: v.pipe(v.optional(v.string()), v.description('a TOTP secret in base32, beside hashes')),
    links: v.optional(storedLinks()),
    locale: v.pipe(v.optional(v.string()), v.description('the language that the user chose')),
    terms: v.pipe(
      v.optional(v.object({ version: v.string(), accepted_at: v.int() })),
      v.description('the terms that the user has agreed to'),
    ),
    credentials: v.pipe(
      v.array(v.string()),
      v.description(
        'how the user signs in: password (with its algorithm), totp, passkey, provider',
      ),
    ),
  }),
)

/** Returns a user as an export has them. */
export async function exportedUser(
  leaving: LeavingUser,
  as: AuthorizationServer,
): Promise<v.InferOutput<ReturnType<typeof exportedUserAnswer>>> {
  const { user, sealedTotp } = leaving
  const { sub, externalId, email, name, role, scope, claims, passwordHash } = user
  const links = v.parse(storedLinks(), JSON.parse(leaving.links))
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
    ...(user.locale === null ? {} : { locale: user.locale }),
    ...(user.termsVersion === null || user.termsAcceptedAt === null
      ? {}
      : { terms: { version: user.termsVersion, accepted_at: Math.floor(user.termsAcceptedAt) } }),
    credentials: [
      ...(passwordHash === null ? [] : [`password:${algorithmOf(passwordHash)}`]),
      ...(sealedTotp === null ? [] : ['totp']),
      // A passkey stays behind: it works at this host alone.
      ...(user.userHandle === null ? [] : ['passkey']),
      ...(links.length === 0 ? [] : ['provider']),
    ],
  }
}

type Secrets = Pick<v.InferOutput<ReturnType<typeof exportedUserAnswer>>, 'password' | 'totp'>

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
  v.object({
    ...linkMembers().entries,
    sub: v.string(),
    linked_as: v.optional(v.string()),
    created_at: v.int(),
  }),
)

/** Returns a link as an export has it. */
export const exportedLink = ({
  sub,
  issuer,
  subject,
  email,
  createdAt,
}: Omit<ProviderLink, 'userId'> & { sub: string }): v.InferOutput<
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
  v.object({
    sub: v.string(),
    client_id: v.string(),
    resource: v.pipe(v.optional(v.string()), v.description('absent = this server itself')),
    scope: v.pipe(v.string(), v.description('empty = the user is asked each time')),
    granted_at: v.int(),
  }),
)

/** Returns a consent as an export has it. */
export const exportedConsent = (
  consent: ExportedConsent,
): v.InferOutput<ReturnType<typeof exportedConsentAnswer>> => ({
  sub: consent.sub,
  client_id: consent.clientId,
  ...(consent.resource === '' ? {} : { resource: consent.resource }),
  scope: consent.scope,
  granted_at: Math.floor(consent.grantedAt),
})

/** A live grant in an export: what it is, and nothing that continues it. */
export const exportedGrantAnswer = once(() =>
  v.object({
    id: v.string(),
    sub: v.string(),
    client_id: v.string(),
    session_id: v.optional(v.string()),
    scope: v.string(),
    resource: v.array(v.string()),
    offline: v.boolean(),
    amr: v.array(v.string()),
    acr: v.optional(v.string()),
    auth_time: v.int(),
    created_at: v.int(),
    last_used_at: v.int(),
    expires_at: v.int(),
  }),
)

/** Returns a grant as an export has it. */
export const exportedGrant = (
  grant: ExportedGrant,
): v.InferOutput<ReturnType<typeof exportedGrantAnswer>> => ({
  id: grant.id,
  sub: grant.sub,
  client_id: grant.clientId,
  ...(grant.sessionId === null ? {} : { session_id: grant.sessionId }),
  scope: grant.scope,
  resource: grant.resource === null ? [] : storedScope(grant.resource),
  offline: grant.offline,
  amr: grant.amr.split(' '),
  ...(grant.acr === null ? {} : { acr: grant.acr }),
  auth_time: Math.floor(grant.authTime),
  created_at: Math.floor(grant.createdAt),
  last_used_at: Math.floor(grant.lastUsedAt),
  expires_at: Math.floor(Math.min(grant.idleExpiresAt, grant.absoluteExpiresAt)),
})
