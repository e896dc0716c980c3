// Mounts the services of KorAP's Kustvakt under `/api/<version>/oauth2`. An unlisted version is
// 404. The document's own example has no version.
import type { Hono } from 'hono'
import { newApp, route, type App, type Handlers } from '../../http/app.ts'
import { authorizeByForm, authorizeByQuery, noForm } from './authorize.ts'
import { type ListRules, clientInfo, clientList } from './client-info.ts'
import { deregister, register, reset } from './client-services.ts'
import { refuseMethod, renderError } from './error.ts'
import { privilege } from './privilege.ts'
import { revocation } from './revocation.ts'
import { revokeAllBySuper, revokeBySuper, tokenList } from './token-services.ts'
import { token } from './token.ts'

const first: ListRules = { knowsAuthorizedOnly: true, unfiltered: ['owned'] }
const later: ListRules = { knowsAuthorizedOnly: false, unfiltered: ['owned', 'authorized'] }

const versions = [
  { prefix: '/api', byForm: authorizeByForm, rules: first },
  { prefix: '/api/v1.0', byForm: authorizeByForm, rules: first },
  { prefix: '/api/v1.1', byForm: noForm, rules: later },
]

/** Mounts the OAuth services of all versions. */
export function korapDialect(): Hono<App> {
  const app = newApp(renderError)
  const serve = (path: string, handlers: Handlers): void => route(app, path, handlers, refuseMethod)
  for (const { prefix, byForm, rules } of versions) {
    const root = `${prefix}/oauth2`
    serve(`${root}/token`, { POST: token })
    serve(`${root}/token/list`, { POST: tokenList })
    serve(`${root}/revoke`, { POST: revocation })
    serve(`${root}/revoke/super`, { POST: revokeBySuper })
    serve(`${root}/revoke/super/all`, { POST: revokeAllBySuper })
    serve(`${root}/authorize`, { GET: authorizeByQuery, POST: byForm })
    serve(`${root}/client/register`, { POST: register })
    serve(`${root}/client/reset`, { POST: reset })
    serve(`${root}/client/list`, { POST: clientList(rules) })
    // Nothing can be done to no client: 405, as in Kustvakt.
    serve(`${root}/client/deregister`, {})
    serve(`${root}/client/deregister/:client_id`, { DELETE: deregister })
    // Last: every path above is a client_id to this one.
    serve(`${root}/client/:client_id`, { POST: clientInfo })
  }
  serve('/api/v1.0/admin/oauth2/client/privilege', { POST: privilege })
  return app
}
