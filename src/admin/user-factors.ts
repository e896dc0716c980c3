// The operation that removes the second factors of a user who has lost them.
import { auditOf } from '../core/server/audit.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { requireReach } from './administrators.ts'
import type { Operation } from './operation.ts'
import { userIdOf } from './path-ids.ts'
import { unknown } from './problem.ts'

export const factorsOperation: Operation = {
  id: 'removeSecondFactors',
  method: 'DELETE',
  path: '/admin/v1/users/{id}/second-factors',
  summary:
    'Removes the second factors of a user: the authenticator app with its recovery codes, and all passkeys',
  success: { status: 204 },
  refusals: [404],
  respond: remove,
}

async function remove(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const userId = userIdOf(context)
  const user = await as.store.users.find(userId)
  if (user === null) throw unknown('user')
  requireReach(as, user.role)
  const audit = auditOf(as, 'user.second-factors-removed', { userId })
  await as.store.userAdministration.removeSecondFactors(userId, audit)
  return context.body(null, 204, noStore)
}
