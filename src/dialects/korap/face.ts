// Mounts the services of KorAP's Kustvakt under `/api/<version>/oauth2`. An unlisted version is
// 404. The document's own example has no version.
import type { Hono } from 'hono'
import { newApp, route, type App } from '../../http/app.ts'
import { authorizeByForm, authorizeByQuery, noForm } from './authorize.ts'
import { refuseMethod, renderError } from './error.ts'
import { revocation } from './revocation.ts'
import { token } from './token.ts'

const versions = ['', '/v1.0', '/v1.1']

/** Mounts the OAuth services of all versions. */
export function korapDialect(): Hono<App> {
  const app = newApp(renderError)
  for (const version of versions) {
    route(app, `/api${version}/oauth2/token`, { POST: token }, refuseMethod)
    route(app, `/api${version}/oauth2/revoke`, { POST: revocation }, refuseMethod)
    const byForm = version === '/v1.1' ? noForm : authorizeByForm
    const authorize = { GET: authorizeByQuery, POST: byForm }
    route(app, `/api${version}/oauth2/authorize`, authorize, refuseMethod)
  }
  return app
}
