// Authenticates the operator by ADMIN_TOKEN, a bearer token (RFC 6750).
import type { MiddlewareHandler } from 'hono'
import { bearsAdminToken } from '../core/server/admin-token.ts'
import { type App, requireHttps } from '../http/app.ts'
import { Problem } from './problem.ts'

/** Rejects every request without ADMIN_TOKEN (RFC 6750 3). @throws 401 */
export const requireAdmin: MiddlewareHandler<App> = async (context, next) => {
  requireHttps(context)
  const { as } = context.env
  const header = context.req.header('Authorization')
  // "If the request lacks any authentication information ..., the resource server SHOULD NOT
  // include an error code or other error information." RFC 6750 3.1
  if (header === undefined) throw unauthorized('the admin token is missing', challenge)
  if (!(await bearsAdminToken(as, header))) {
    as.log({ event: 'admin token refused' })
    throw unauthorized('the admin token is wrong', `${challenge}, error="invalid_token"`)
  }
  context.env.as = { ...as, operator: 'root' }
  await next()
}

const challenge = 'Bearer realm="postern admin"'

const unauthorized = (detail: string, wwwAuthenticate: string): Problem =>
  new Problem(401, detail, { headers: { 'WWW-Authenticate': wwwAuthenticate } })
