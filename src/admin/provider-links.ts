// Operations on the links of a user to accounts at providers, under
// /admin/v1/users/{id}/provider-links.
import { type Link, endLink, linksOf } from '../core/providers/link.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import type { Operation } from './operation.ts'
import { pageAnswer } from './page.ts'
import { unknown } from './problem.ts'
import { userIdOf } from './path-ids.ts'

/** A link in a response. */
export const providerLinkAnswer = once(() =>
  v.object({
    id: v.string(),
    issuer: v.string(),
    subject: v.string(),
    linked_as: v.pipe(v.nullable(v.string()), v.description('name of the account at the provider')),
    created_at: v.int(),
  }),
)

const all = '/admin/v1/users/{id}/provider-links'

/** The operations on a user's links. */
export const providerLinkOperations: readonly Operation[] = [
  {
    id: 'listProviderLinks',
    method: 'GET',
    path: all,
    summary: 'Lists the provider accounts that can sign in as this user, oldest link first',
    success: { status: 200, body: pageAnswer(providerLinkAnswer) },
    refusals: [404],
    respond: list,
  },
  {
    id: 'deleteProviderLink',
    method: 'DELETE',
    path: `${all}/{link}`,
    summary:
      'Deletes a link, even the last way to sign in. Sessions stay until the user is signed out.',
    success: { status: 204 },
    refusals: [404],
    respond: end,
  },
]

async function list(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const user = await as.store.users.find(userIdOf(context))
  if (user === null) throw unknown('user')
  const items = await linksOf(as, user)
  return context.json({ items: items.map(shown), next_cursor: null }, 200, noStore)
}

async function end(context: FaceContext): Promise<Response> {
  const isEnded = await endLink(context.env.as, userIdOf(context), context.req.param('link') ?? '')
  if (!isEnded) throw unknown('provider link')
  return context.body(null, 204, noStore)
}

const shown = (link: Link): v.InferOutput<ReturnType<typeof providerLinkAnswer>> => ({
  id: link.id,
  issuer: link.issuer,
  subject: link.subject,
  linked_as: link.email,
  created_at: Math.floor(link.createdAt),
})
