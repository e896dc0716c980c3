// The admin interface: REST under /admin/v1, authenticated by ADMIN_TOKEN or an admin token.
import type { Hono } from 'hono'
import type { ClientMember } from '../core/clients/dialect-traits.ts'
import { auditOf } from '../core/server/audit.ts'
import { tellKv } from '../core/server/revocation-outbox.ts'
import { type App, type FaceContext, newApp, noStore } from '../http/app.ts'
import { once } from '../protocol/once.ts'
import * as v from '../protocol/schema.ts'
import { accessOperations } from './access.ts'
import { requireAdmin } from './authentication.ts'
import { clientOperations } from './clients.ts'
import { importOperations } from './imports.ts'
import { invitationOperations } from './invitations.ts'
import { keyOperations } from './keys.ts'
import { detailsTypeOperations } from './details-types.ts'
import { eventOperations } from './events.ts'
import { exportOperations } from './exports.ts'
import { describeOperations } from './openapi.ts'
import { metricsOperations } from './metrics.ts'
import { type Operation, routeOperations } from './operation.ts'
import { Problem, renderProblem } from './problem.ts'
import { providerLinkOperations } from './provider-links.ts'
import { providerOperations } from './providers.ts'
import { registrationTokenOperations } from './registration-tokens.ts'
import { resourceOperations } from './resources.ts'
import { settingsOperations } from './settings.ts'
import { statisticsOperations } from './statistics.ts'
import { tokenOperations } from './tokens.ts'
import { userOperations } from './users.ts'

/** Creates the app that serves the admin interface. */
export function adminInterface(): Hono<App> {
  const app = newApp(renderProblem)
  app.use('/admin/v1/*', requireAdmin)
  routeOperations(app, operations)
  app.all('/admin/v1/*', () => {
    throw new Problem(404, 'there is nothing at this address')
  })
  return app
}

/** Returns the OpenAPI document. `clientMembers` are those that dialects add to clients. */
export const adminDocument = (clientMembers: readonly ClientMember[], issuer: string): object =>
  describeOperations(operations, clientMembers, issuer)

const documentAnswer = once(() =>
  v.looseObject({ openapi: v.string(), paths: v.record(v.string(), v.unknown()) }),
)

const operations: readonly Operation[] = [
  ...userOperations,
  ...invitationOperations,
  ...providerLinkOperations,
  ...clientOperations,
  ...resourceOperations,
  ...detailsTypeOperations,
  ...providerOperations,
  ...registrationTokenOperations,
  ...importOperations,
  ...keyOperations,
  ...tokenOperations,
  ...accessOperations,
  ...eventOperations,
  ...exportOperations,
  ...settingsOperations,
  ...statisticsOperations,
  ...metricsOperations,
  {
    id: 'raiseEpoch',
    method: 'POST',
    path: '/admin/v1/epoch',
    summary: 'Revokes everything that was issued before now. Required after a database restore.',
    success: { status: 204 },
    refusals: [],
    respond: raiseEpoch,
  },
  {
    id: 'getOpenApi',
    method: 'GET',
    path: '/admin/v1/openapi.json',
    summary: 'Returns this document',
    success: { status: 200, body: documentAnswer },
    refusals: [],
    respond: (context) => {
      const { dialects, issuer } = context.env.as
      return context.json(adminDocument(dialects.clientMembers, issuer), 200, noStore)
    },
  },
]

async function raiseEpoch(context: FaceContext): Promise<Response> {
  const { as } = context.env
  await as.store.epoch.raise(as.now, auditOf(as, 'epoch.raised'))
  tellKv(as)
  return context.body(null, 204, noStore)
}
