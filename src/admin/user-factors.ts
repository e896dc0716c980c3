// The second factors of a user: what they have, and their removal for somebody who has lost them.
import { readableCodes } from '../core/people/factors/recovery-code.ts'
import { hasSecondFactor } from '../core/people/factors/second-factor.ts'
import { auditOf } from '../core/server/audit.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { requireReach } from './administrators.ts'
import type { Operation } from './operation.ts'
import { userIdOf } from './path-ids.ts'
import { unknown } from './problem.ts'

const path = '/admin/v1/users/{id}/second-factors'

const factorsAnswer = once(() =>
  v.object({
    totp: v.pipe(v.boolean(), v.description('whether the user has an authenticator app')),
    recovery_codes: v.pipe(v.int(), v.description('how many are left')),
    passkeys: v.int(),
  }),
)

/** The operations on the second factors of a user. */
export const factorsOperations: readonly Operation[] = [
  {
    id: 'getSecondFactors',
    method: 'GET',
    path,
    summary: 'Returns which second factors a user has',
    success: { status: 200, body: factorsAnswer },
    refusals: [404],
    respond: show,
  },
  {
    id: 'removeSecondFactors',
    method: 'DELETE',
    path,
    summary:
      'Removes the second factors of a user: the authenticator app, its recovery codes, and all passkeys',
    success: { status: 204 },
    refusals: [404],
    respond: remove,
  },
]

async function show(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const user = await as.store.users.find(userIdOf(context))
  if (user === null) throw unknown('user')
  const facts = await as.store.factors.find(user.id)
  const shown: v.InferOutput<ReturnType<typeof factorsAnswer>> = {
    totp: hasSecondFactor(user),
    recovery_codes: readableCodes(as, facts).length,
    passkeys: facts.passkeys,
  }
  return context.json(shown, 200, noStore)
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
