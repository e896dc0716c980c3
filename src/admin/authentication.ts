// The operator's key: one bearer token, compared in constant time. RFC 6750.
import type { MiddlewareHandler } from 'hono'
import { digestOf, equalInConstantTime } from '../crypto/secret.ts'
import { requireHttps, type App } from '../http/app.ts'
import { Problem } from './problem.ts'

/** Lets nobody past who does not bear ADMIN_TOKEN. */
export const requireAdmin: MiddlewareHandler<App> = async (context, next) => {
  requireHttps(context)
  const { as } = context.env
  const header = context.req.header('Authorization')
  // "If the request lacks any authentication information ..., the resource server SHOULD NOT
  // include an error code or other error information." RFC 6750 3.1
  if (header === undefined) throw unauthorized('the admin token is missing', challenge)
  // The token is a text of the operator's choice, so it need not be a b64token (RFC 6750 2.1).
  const token = /^bearer +(.+)$/i.exec(header)?.[1] ?? ''
  // Digests have one length, so not even the length of the token can be measured.
  const [sent, expected] = await Promise.all([digestOf(token), digestOf(as.settings.adminToken)])
  if (!equalInConstantTime(sent, expected)) {
    as.log({ event: 'admin token refused' })
    throw unauthorized('the admin token is wrong', `${challenge}, error="invalid_token"`)
  }
  await next()
}

const challenge = 'Bearer realm="postern admin"'

const unauthorized = (detail: string, wwwAuthenticate: string): Problem =>
  new Problem(401, detail, { headers: { 'WWW-Authenticate': wwwAuthenticate } })
