// Records for the storage ports, each with ids of its own; what a test does not name is usual.
import { env } from 'cloudflare:workers'
import { clientMetadata, registerMetadata } from '../../src/core/clients/metadata.ts'
import { createdByOperator } from '../../src/core/clients/origin.ts'
import type { Client } from '../../src/core/clients/storage.ts'
import type {
  NewSession,
  NewUser,
  User,
  UserAdministration,
} from '../../src/core/people/storage.ts'
import type { AuditEvent, StoredKey } from '../../src/core/server/storage.ts'
import type { CodeRedemption, NewGrant, Rotation } from '../../src/core/tokens/storage.ts'
import { randomSecret } from '../../src/crypto/secret.ts'
import * as v from '../../src/protocol/schema.ts'

/** The instant of these tests. */
export const now = 1_800_000_000

export const audit = (requestId = 'a request'): AuditEvent => ({
  at: now,
  kind: 'user.signed-out',
  requestId,
})

export function newUser(facts: Partial<NewUser> = {}): NewUser {
  const username = `user-${randomSecret(8)}`
  return {
    sub: `usr_${randomSecret(16)}`,
    pairwiseSalt: randomSecret(16),
    username,
    email: `${username}@example.com`,
    emailVerified: false,
    name: null,
    role: null,
    scope: null,
    claims: {},
    passwordHash: 'a hash',
    disabledAt: null,
    createdAt: now - 100,
    updatedAt: now - 100,
    ...facts,
  }
}

/** Stores a new user. */
export async function storeUser(
  users: Pick<UserAdministration, 'create'>,
  facts: Partial<NewUser> = {},
): Promise<User> {
  const user = await users.create(newUser(facts), audit())
  if (user === 'taken') throw new Error('the name was taken')
  return user
}

/** Runs one statement in D1, for a fact that no port of the storage can set. */
export const run = (query: string, ...values: (string | number | null)[]) =>
  env.DB.prepare(query)
    .bind(...values)
    .run()

/** The row of a user, with each of its columns. */
export const userRow = ({ id }: Pick<User, 'id'>) =>
  env.DB.prepare('SELECT * FROM users WHERE id = ?1').bind(id).first()

/** A session in a browser. */
export const newSession = (
  { id }: Pick<User, 'id'>,
  facts: Partial<NewSession> = {},
): NewSession => ({
  id: randomSecret(16),
  digest: randomSecret(),
  face: 'browser',
  userId: id,
  authTime: now,
  amr: 'pwd',
  secondFactorAt: null,
  userAgent: null,
  place: null,
  createdAt: now,
  lastSeenAt: now,
  idleExpiresAt: now + 100,
  absoluteExpiresAt: now + 1000,
  ...facts,
})

export function newClient(facts: Partial<Client> = {}): Client {
  const outcome = registerMetadata(
    v.parse(clientMetadata(), { grant_types: ['password'], trusted: true }),
  )
  if (!('metadata' in outcome)) throw new Error(outcome.fault)
  return {
    id: randomSecret(16),
    secretDigest: null,
    previousSecretDigest: null,
    metadata: outcome.metadata,
    disabledAt: null,
    notBefore: 0,
    createdAt: now - 100,
    updatedAt: now - 100,
    ...createdByOperator,
    ...facts,
  }
}

export const newGrant = (
  { userId, clientId }: { userId: number; clientId: string },
  facts: Partial<NewGrant> = {},
): NewGrant => ({
  id: randomSecret(16),
  userId,
  clientId,
  sessionId: null,
  scope: 'openid',
  resource: null,
  keyThumbprint: null,
  authTime: now,
  amr: 'pwd',
  acr: null,
  claimsRequest: null,
  authorizationDetails: null,
  endsWith: null,
  offline: false,
  userAgent: null,
  createdAt: now,
  idleExpiresAt: now + 1000,
  absoluteExpiresAt: now + 5000,
  accessExpiresAt: now + 600,
  refreshDigest: randomSecret(),
  operation: randomSecret(16),
  ...facts,
})

export const redemptionOf = (
  grant: NewGrant,
  facts: Partial<CodeRedemption> = {},
): CodeRedemption => ({
  ...grant,
  codeDigest: randomSecret(),
  codeIssuedAt: now - 1,
  documentDigest: null,
  consentResources: [],
  sessionRequired: false,
  ...facts,
})

export const rotationOf = (
  { id, clientId, refreshDigest }: NewGrant,
  facts: Partial<Rotation> = {},
): Rotation => ({
  grantId: id,
  clientId,
  presentedDigest: refreshDigest ?? '',
  successorDigest: 'the successor of ' + refreshDigest,
  keyThumbprint: null,
  provesKey: false,
  rotates: true,
  scope: null,
  resource: null,
  authorizationDetails: null,
  nameable: { unregistered: true, listed: null },
  operation: randomSecret(16),
  now: now + 10,
  idleExpiresAt: now + 1010,
  accessExpiresAt: now + 610,
  audit: null,
  retryable: { from: now - 20, until: now + 70, countedUntil: now + 70 },
  ...facts,
})

export const newKey = (facts: Partial<StoredKey> = {}): StoredKey => ({
  kid: randomSecret(),
  use: 'sig',
  alg: 'ES256',
  generation: 1,
  publicJwk: '{"kty":"EC"}',
  wrappedPrivateKey: 'wrapped',
  createdAt: now,
  activeAt: now,
  expiresAt: null,
  withdrawnAt: null,
  ...facts,
})
