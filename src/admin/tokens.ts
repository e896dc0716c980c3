// Admin tokens under /admin/v1/tokens: what else than ADMIN_TOKEN administers the server, and how much.
import { adminScopes } from '../core/server/admin-token.ts'
import type { AdminToken, Operator } from '../core/server/storage.ts'
import {
  createAdminToken,
  deleteAdminToken,
  usualTokenLifetime,
} from '../core/server/token-administration.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { lacksScope } from './authentication.ts'
import { readAs, readObject } from './json.ts'
import { type Operation, bodyRefusals } from './operation.ts'
import { Problem, unknown } from './problem.ts'
import { listOperation } from './reading.ts'

const isScopes = (scope: string): boolean => {
  const words = scope.split(' ')
  return (
    new Set(words).size === words.length &&
    words.every((word) => adminScopes.some((known) => known === word))
  )
}

/** An admin token about to be created. */
export const newToken = once(() =>
  v.strictObject({
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
    scope: v.pipe(
      v.string(),
      v.check(isScopes, `must be some of ${adminScopes.join(' ')}, separated by one space each`),
    ),
    expires_in: v.optional(
      v.pipe(v.int(), v.minValue(60), v.maxValue(315_360_000), v.description('seconds')),
      usualTokenLifetime,
    ),
  }),
)

/** An admin token on the wire. */
export const tokenAnswer = once(() =>
  v.object({
    id: v.string(),
    name: v.string(),
    scope: v.string(),
    created_at: v.int(),
    expires_at: v.int(),
    last_used_at: v.pipe(v.nullable(v.int()), v.description('to within a minute')),
  }),
)

/** A token with its text: said once, when it was created. */
export const newTokenAnswer = once(() => v.object({ ...tokenAnswer().entries, token: v.string() }))

const shown = (token: AdminToken): v.InferOutput<ReturnType<typeof tokenAnswer>> => ({
  id: token.id,
  name: token.name,
  scope: token.scope,
  created_at: Math.floor(token.createdAt),
  expires_at: Math.floor(token.expiresAt),
  last_used_at: token.lastUsedAt === null ? null : Math.floor(token.lastUsedAt),
})

/** The operations on admin tokens. */
export const tokenOperations: readonly Operation[] = [
  listOperation({
    id: 'listAdminTokens',
    path: '/admin/v1/tokens',
    summary: 'Lists the admin tokens in order of their identifiers, without ADMIN_TOKEN',
    read: (as, limit, cursor) => as.store.adminTokens.list(limit, cursor),
    answer: tokenAnswer,
    shown,
  }),
  {
    id: 'createAdminToken',
    method: 'POST',
    path: '/admin/v1/tokens',
    summary:
      'Creates an admin token; the response contains its text, once.' +
      ' A token creates none of a wider scope or a longer life than its own.',
    body: newToken,
    success: { status: 201, body: newTokenAnswer },
    refusals: bodyRefusals,
    respond: create,
  },
  {
    id: 'deleteAdminToken',
    method: 'DELETE',
    path: '/admin/v1/tokens/{token_id}',
    summary: 'Deletes an admin token, which ends at once',
    success: { status: 204 },
    refusals: [404],
    respond: remove,
  },
]

async function create(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const { name, scope, expires_in: lifetime } = readAs(newToken, await readObject(context.req.raw))
  requireNarrower(as.operator, scope, as.now + lifetime)
  const { token, text } = await createAdminToken(as, { name, scope, lifetime })
  const location = `${as.issuer}/admin/v1/tokens/${token.id}`
  return context.json({ ...shown(token), token: text }, 201, { ...noStore, Location: location })
}

/** @throws 403 if an operator would give more than they have */
function requireNarrower(operator: Operator | undefined, scope: string, expiresAt: number): void {
  const own = operator?.scope ?? null
  const wider = own === null ? undefined : scope.split(' ').find((word) => !own.includes(word))
  if (wider !== undefined) throw lacksScope(wider)
  if (expiresAt > (operator?.expiresAt ?? Infinity)) {
    throw new Problem(403, 'the token would live longer than the token that creates it')
  }
}

async function remove(context: FaceContext): Promise<Response> {
  const isDeleted = await deleteAdminToken(context.env.as, context.req.param('token_id') ?? '')
  if (!isDeleted) throw unknown('admin token')
  return context.body(null, 204, noStore)
}
