// Operations on initial access tokens under /admin/v1/registration-tokens. Such a token allows its
// bearer to register clients (RFC 7591 1.2).
import { grantTypes } from '../core/clients/metadata.ts'
import {
  createRegistrationToken,
  deleteRegistrationToken,
  usualRegistrationLifetime,
} from '../core/clients/registration-administration.ts'
import type { RegistrationToken } from '../core/clients/storage.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { isScope } from '../protocol/scope.ts'
import { drawingFor } from './idempotency.ts'
import { readAs, readObject } from './json.ts'
import { type Operation, bodyRefusals } from './operation.ts'
import { unknown } from './problem.ts'
import { listOperation, showOperation } from './reading.ts'

const one = '/admin/v1/registration-tokens/{id}'

const limits = once(() => ({
  scope: v.pipe(
    v.string(),
    v.maxLength(4000),
    v.check(isScope, 'must be scope names separated by one space each'),
  ),
  redirect_hosts: v.pipe(
    v.array(v.pipe(v.string(), v.regex(/^[a-z0-9.:[\]-]{1,253}$/, 'must be a host in lower case'))),
    v.minLength(1),
    v.maxLength(50),
  ),
  grant_types: v.pipe(
    v.array(v.picklist(grantTypes.filter((grantType) => grantType !== 'password'))),
    v.minLength(1),
  ),
}))

/** The body that creates an initial access token. */
export const newRegistrationToken = once(() =>
  v.strictObject({
    label: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
    expires_in: v.optional(
      v.pipe(v.int(), v.minValue(60), v.maxValue(31_536_000), v.description('seconds')),
      usualRegistrationLifetime,
    ),
    max_uses: v.pipe(
      v.optional(v.pipe(v.int(), v.minValue(1), v.maxValue(1_000_000))),
      v.description('absent = any number of clients'),
    ),
    scope: v.pipe(v.optional(limits().scope), v.description('absent = any scope')),
    redirect_hosts: v.pipe(
      v.optional(limits().redirect_hosts),
      v.description('hosts of redirect URIs; absent = any'),
    ),
    grant_types: v.pipe(v.optional(limits().grant_types), v.description('absent = any')),
  }),
)

/** An initial access token in a response, without its text. */
const registrationTokenAnswer = once(() =>
  v.object({
    id: v.string(),
    label: v.string(),
    scope: v.optional(v.string()),
    redirect_hosts: v.optional(v.pipe(v.array(v.string()), v.readonly())),
    grant_types: v.optional(v.pipe(v.array(v.string()), v.readonly())),
    max_uses: v.optional(v.int()),
    uses: v.int(),
    created_at: v.int(),
    expires_at: v.int(),
    last_used_at: v.nullable(v.int()),
  }),
)

/** A token with its text, which only the creating response contains. */
const newRegistrationTokenAnswer = once(() =>
  v.object({ ...registrationTokenAnswer().entries, token: v.string() }),
)

const shown = (
  token: RegistrationToken,
): v.InferOutput<ReturnType<typeof registrationTokenAnswer>> => ({
  id: token.id,
  label: token.label,
  ...(token.scope === null ? {} : { scope: token.scope }),
  ...(token.redirectHosts === null ? {} : { redirect_hosts: token.redirectHosts }),
  ...(token.grantTypes === null ? {} : { grant_types: token.grantTypes }),
  ...(token.maxUses === null ? {} : { max_uses: token.maxUses }),
  uses: token.uses,
  created_at: Math.floor(token.createdAt),
  expires_at: Math.floor(token.expiresAt),
  last_used_at: token.lastUsedAt === null ? null : Math.floor(token.lastUsedAt),
})

/** The operations on initial access tokens. */
export const registrationTokenOperations: readonly Operation[] = [
  listOperation({
    id: 'listRegistrationTokens',
    path: '/admin/v1/registration-tokens',
    summary: 'Lists initial access tokens, ordered by identifier',
    read: (as, limit, cursor) => as.store.registrations.listTokens(limit, cursor),
    answer: registrationTokenAnswer,
    shown,
  }),
  {
    id: 'createRegistrationToken',
    method: 'POST',
    path: '/admin/v1/registration-tokens',
    summary: 'Creates an initial access token. Only this response contains its text.',
    body: newRegistrationToken,
    idempotent: true,
    success: { status: 201, body: newRegistrationTokenAnswer },
    refusals: bodyRefusals,
    respond: create,
  },
  showOperation({
    id: 'getRegistrationToken',
    path: one,
    summary: 'Returns an initial access token',
    what: 'registration token',
    find: (context) => context.env.as.store.registrations.showToken(idOf(context)),
    answer: registrationTokenAnswer,
    shown,
  }),
  {
    id: 'deleteRegistrationToken',
    method: 'DELETE',
    path: one,
    summary: 'Deletes an initial access token. Clients that were registered with it stay.',
    success: { status: 204 },
    refusals: [404],
    respond: remove,
  },
]

async function create(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const body = await readObject(context.req.raw)
  const sent = readAs(newRegistrationToken, body)
  const draw = drawingFor(context, body)
  const { token, text } = await createRegistrationToken(as, {
    id: await draw('id', 16),
    secret: await draw('registration_token', 32),
    label: sent.label,
    scope: sent.scope ?? null,
    redirectHosts: sent.redirect_hosts ?? null,
    grantTypes: sent.grant_types ?? null,
    maxUses: sent.max_uses ?? null,
    lifetime: sent.expires_in,
  })
  const location = `${as.issuer}/admin/v1/registration-tokens/${token.id}`
  return context.json({ ...shown(token), token: text }, 201, { ...noStore, Location: location })
}

async function remove(context: FaceContext): Promise<Response> {
  const isDeleted = await deleteRegistrationToken(context.env.as, idOf(context))
  if (!isDeleted) throw unknown('registration token')
  return context.body(null, 204, noStore)
}

/** Returns the token id in the path. @throws 404 if it cannot be one */
function idOf(context: FaceContext): string {
  const id = context.req.param('id') ?? ''
  if (!/^[\w-]{22}$/.test(id)) throw unknown('registration token')
  return id
}
