// The operator's door: REST under /admin/v1, for the bearer of ADMIN_TOKEN alone.
import type { Hono } from 'hono'
import { auditOf } from '../core/authorization-server.ts'
import { newApp, noStore, route, type App, type FaceContext } from '../http/app.ts'
import { requireAdmin } from './authentication.ts'
import { routeClients } from './clients.ts'
import { Problem, refuseMethod, renderProblem } from './problem.ts'
import { routeUsers } from './users.ts'

export function adminInterface(): Hono<App> {
  const app = newApp(renderProblem)
  app.use('/admin/v1/*', requireAdmin)
  routeUsers(app)
  routeClients(app)
  route(app, '/admin/v1/keys/rotate', { POST: rotateKeys }, refuseMethod)
  route(app, '/admin/v1/epoch', { POST: raiseEpoch }, refuseMethod)
  app.all('/admin/v1/*', () => renderProblem(new Problem(404, 'there is nothing at this address')))
  return app
}

/** Makes the next signing keys: published now, in use once every cached JWKS has them. */
async function rotateKeys(context: FaceContext): Promise<Response> {
  const { as } = context.env
  await as.signingKeys.makeSuccessors(as.now)
  as.log({ event: 'signing keys rotated' })
  return context.body(null, 204, noStore)
}

/** Refuses everything that was issued before now, as is needed after a database restore. */
async function raiseEpoch(context: FaceContext): Promise<Response> {
  const { as } = context.env
  await as.store.epoch.raise(as.now, auditOf(as, 'epoch raised'))
  return context.body(null, 204, noStore)
}
