// The operation that resets the password of a user.
import { startPasswordReset } from '../core/people/mail/password-reset.ts'
import { sendLogoutNotices } from '../federation/logout-notices.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { requireReach } from './administrators.ts'
import type { Operation } from './operation.ts'
import { userIdOf } from './path-ids.ts'
import { unknown } from './problem.ts'

/** A reset link in a response. */
export const resetAnswer = once(() =>
  v.object({
    link: v.pipe(
      v.string(),
      v.description('leads to the page for a new password; counts once, and only shown here'),
    ),
    expires_at: v.int(),
  }),
)

export const resetOperation: Operation = {
  id: 'resetUser',
  method: 'POST',
  path: '/admin/v1/users/{id}/reset',
  summary:
    'Ends the password of a user with all sessions and grants and the provider links of the last 30' +
    ' days, and returns a one-time link by which they set a new one within 24 hours. The next link ends' +
    ' this one.',
  success: { status: 201, body: resetAnswer },
  refusals: [404],
  respond: reset,
}

async function reset(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const started = await startPasswordReset(as, userIdOf(context), (user) => {
    requireReach(as, user.role)
  })
  if (started === null) throw unknown('user')
  as.waitUntil(sendLogoutNotices(as))
  const { link, expiresAt } = started
  return context.json({ link, expires_at: Math.floor(expiresAt) }, 201, noStore)
}
