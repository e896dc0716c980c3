// Authenticates the operator by ADMIN_TOKEN or by an admin token, bearer tokens (RFC 6750).
import type { MiddlewareHandler } from 'hono'
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { addressPrefix } from '../core/people/address.ts'
import { type AdminScope, operatorOf } from '../core/server/admin-token.ts'
import { type App, requireHttps } from '../http/app.ts'
import { Problem } from './problem.ts'

/** Rejects every request without ADMIN_TOKEN or an admin token (RFC 6750 3). @throws 401 */
export const requireAdmin: MiddlewareHandler<App> = async (context, next) => {
  requireHttps(context)
  const { as } = context.env
  const header = context.req.header('Authorization')
  // "If the request lacks any authentication information ..., the resource server SHOULD NOT
  // include an error code or other error information." RFC 6750 3.1
  if (header === undefined) throw unauthorized('the admin token is missing', challenge)
  const operator = await operatorOf(as, header)
  if (operator === null) {
    as.log({ event: 'admin token refused' })
    await requireFewRefusals(as)
    throw unauthorized('the admin token is wrong', `${challenge}, error="invalid_token"`)
  }
  context.env.as = { ...as, operator }
  await next()
}

/**
 * Demands that an address does not send wrong tokens without end; then it is told to wait.
 * @throws 429
 */
async function requireFewRefusals({
  settings,
  store,
  address,
}: AuthorizationServer): Promise<void> {
  if (settings.development) return
  if (await store.addressFilter.admits(`admin ${addressPrefix(address)}`)) return
  throw new Problem(429, 'there were too many wrong tokens', { headers: { 'Retry-After': '60' } })
}

/** Returns a 403 that names the scope that the token lacks (RFC 6750 3.1). */
export const lacksScope = (scope: string): Problem =>
  new Problem(403, `the token lacks the scope ${scope}`, {
    headers: { 'WWW-Authenticate': `${challenge}, error="insufficient_scope", scope="${scope}"` },
  })

/** Demands that the operator's token has one of the scopes; the first one is named. @throws 403 */
export function requireScope(
  { operator }: AuthorizationServer,
  [named, ...others]: readonly [AdminScope, ...AdminScope[]],
): void {
  const scope = operator?.scope
  if (scope === null) return
  if (![named, ...others].some((one) => scope?.includes(one) === true)) throw lacksScope(named)
}

const challenge = 'Bearer realm="postern admin"'

const unauthorized = (detail: string, wwwAuthenticate: string): Problem =>
  new Problem(401, detail, { headers: { 'WWW-Authenticate': wwwAuthenticate } })
