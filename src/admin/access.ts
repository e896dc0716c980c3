// What has access to an account, and ending it: grants and sessions.
import type { ListedGrant } from '../core/authorization/storage.ts'
import { endGrantById, endSessionById } from '../core/people/access-administration.ts'
import type { Session } from '../core/people/storage.ts'
import { sendLogoutNotices } from '../federation/logout-notices.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { browserName } from '../pages/browser-name.ts'
import { en } from '../pages/texts/en.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { storedScope } from '../protocol/scope.ts'
import type { Operation } from './operation.ts'
import { boundCursor, pageAnswer, pageRequest, readBoundCursor, readPageRequest } from './page.ts'
import { clientIdOf, userIdOf } from './path-ids.ts'
import { unknown } from './problem.ts'

/** A live grant in a response. */
export const grantAnswer = once(() =>
  v.object({
    id: v.string(),
    user_id: v.int(),
    username: v.string(),
    client_id: v.string(),
    client_name: v.nullable(v.string()),
    session_id: v.nullable(v.string()),
    scope: v.string(),
    resource: v.array(v.string()),
    browser: v.nullable(v.string()),
    created_at: v.int(),
    last_used_at: v.int(),
    expires_at: v.pipe(v.int(), v.description('when it expires unless it is used before')),
  }),
)

/** A live session in a response. */
export const sessionAnswer = once(() =>
  v.object({
    id: v.string(),
    face: v.pipe(v.string(), v.description('browser, or the dialect whose cookie it is')),
    amr: v.array(v.string()),
    browser: v.nullable(v.string()),
    place: v.pipe(v.nullable(v.string()), v.description('city and country of the sign-in')),
    auth_time: v.int(),
    created_at: v.int(),
    last_used_at: v.int(),
    expires_at: v.pipe(v.int(), v.description('when it expires unless it is used before')),
  }),
)

/** The operations on grants and sessions. */
export const accessOperations: readonly Operation[] = [
  {
    id: 'listUserGrants',
    method: 'GET',
    path: '/admin/v1/users/{id}/grants',
    summary: 'Lists the live grants of a user, newest first',
    query: pageRequest,
    success: { status: 200, body: pageAnswer(grantAnswer) },
    refusals: [400, 404],
    respond: (context) => listGrants(context, { userId: userIdOf(context) }),
  },
  {
    id: 'listClientGrants',
    method: 'GET',
    path: '/admin/v1/clients/{client_id}/grants',
    summary: 'Lists the live grants of a client, newest first',
    query: pageRequest,
    success: { status: 200, body: pageAnswer(grantAnswer) },
    refusals: [400, 404],
    respond: (context) => listGrants(context, { clientId: clientIdOf(context) }),
  },
  {
    id: 'revokeGrant',
    method: 'DELETE',
    path: '/admin/v1/grants/{grant_id}',
    summary: 'Revokes a grant with its refresh tokens and access tokens',
    success: { status: 204 },
    refusals: [404],
    respond: endGrant,
  },
  {
    id: 'listUserSessions',
    method: 'GET',
    path: '/admin/v1/users/{id}/sessions',
    summary: 'Lists the live sessions of a user, newest use first',
    query: pageRequest,
    success: { status: 200, body: pageAnswer(sessionAnswer) },
    refusals: [400, 404],
    respond: listSessions,
  },
  {
    id: 'endSession',
    method: 'DELETE',
    path: '/admin/v1/sessions/{session_id}',
    summary: 'Ends a session with the grants that live by it',
    success: { status: 204 },
    refusals: [404],
    respond: endSession,
  },
]

async function listGrants(
  context: FaceContext,
  of: { userId: number } | { clientId: string },
): Promise<Response> {
  const { as } = context.env
  const { limit, cursor } = readPageRequest(context.req.raw)
  const list = ['grants', of]
  const position = await readBoundCursor(list, cursor)
  const { items, nextCursor } = await as.store.access.listGrants(of, as.now, limit, position)
  const next = nextCursor === null ? null : await boundCursor(list, nextCursor)
  return context.json({ items: items.map(shownGrant), next_cursor: next }, 200, noStore)
}

const browserOf = ({ userAgent }: { userAgent: string | null }): string | null =>
  userAgent === null ? null : browserName(userAgent, en)

const shownGrant = (grant: ListedGrant): v.InferOutput<ReturnType<typeof grantAnswer>> => ({
  id: grant.id,
  user_id: grant.userId,
  username: grant.username,
  client_id: grant.clientId,
  client_name: grant.clientName,
  session_id: grant.sessionId,
  scope: grant.scope,
  resource: grant.resource === null ? [] : storedScope(grant.resource),
  browser: browserOf(grant),
  created_at: Math.floor(grant.createdAt),
  last_used_at: Math.floor(grant.lastUsedAt),
  expires_at: Math.floor(Math.min(grant.idleExpiresAt, grant.absoluteExpiresAt)),
})

async function endGrant(context: FaceContext): Promise<Response> {
  const isEnded = await endGrantById(context.env.as, context.req.param('grant_id') ?? '')
  if (!isEnded) throw unknown('grant')
  return context.body(null, 204, noStore)
}

async function listSessions(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const userId = userIdOf(context)
  const { limit, cursor } = readPageRequest(context.req.raw)
  const list = ['sessions', userId]
  const offset = Number(await readBoundCursor(list, cursor))
  const page = await as.store.account.listSessions(userId, as.now, limit, offset)
  const next = page.nextCursor === null ? null : await boundCursor(list, page.nextCursor)
  return context.json({ items: page.items.map(shownSession), next_cursor: next }, 200, noStore)
}

const shownSession = (session: Session): v.InferOutput<ReturnType<typeof sessionAnswer>> => ({
  id: session.id,
  face: session.face,
  amr: session.amr.split(' '),
  browser: browserOf(session),
  place: session.place,
  auth_time: Math.floor(session.authTime),
  created_at: Math.floor(session.createdAt),
  last_used_at: Math.floor(session.lastSeenAt),
  expires_at: Math.floor(Math.min(session.idleExpiresAt, session.absoluteExpiresAt)),
})

async function endSession(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const isEnded = await endSessionById(as, context.req.param('session_id') ?? '')
  if (!isEnded) throw unknown('session')
  as.waitUntil(sendLogoutNotices(as))
  return context.body(null, 204, noStore)
}
