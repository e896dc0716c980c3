// Identifies the user of a request by an access token.
import { isFirstParty } from '../../core/clients/first-party.ts'
import { findPlainToken } from '../../core/exchange/login-state.ts'
import type { User } from '../../core/people/storage.ts'
import type { AccessToken } from '../../core/tokens/access-token.ts'
import type { UserGrant } from '../../core/tokens/storage.ts'
import type { FaceContext } from '../../http/app.ts'
import { readBearer } from '../../http/credentials.ts'
import { KustvaktRefusal, unauthorizedUser } from './error.ts'

type UserToken = { token: AccessToken; userGrant: UserGrant }

/** What Kustvakt calls a user who sends no token. */
const guest = 'guest'

/**
 * Returns the user of a request whose token has the scope, or the scope `all`. A role does not replace
 * the scope: it is the user's, and the token is the app's.
 * @throws KustvaktRefusal (401)
 */
export async function requireUser(context: FaceContext, scope: string): Promise<User> {
  const { token, userGrant } = await requireToken(context)
  if (!hasScope(token, scope)) throw missingScope(scope)
  return userGrant.user
}

/**
 * Returns the user of a service that guests may use, or null for a guest.
 * @throws KustvaktRefusal (401) for a token that is not valid or lacks the scope
 */
export const findUser = async (context: FaceContext, scope: string): Promise<User | null> =>
  context.req.header('Authorization') === undefined ? null : requireUser(context, scope)

/** Returns the user of a service that demands no scope. @throws KustvaktRefusal (401) */
export const requireAnyUser = async (context: FaceContext): Promise<User> =>
  (await requireToken(context)).userGrant.user

/**
 * Returns the grant of a token that may obtain codes for other clients: it belongs to a super client,
 * has the scope for it, and was not obtained by such a code itself. So all tokens from its codes end
 * with the sign-in at the super client.
 * @throws KustvaktRefusal (401)
 */
export async function requireAuthorizingUser(context: FaceContext): Promise<UserGrant> {
  const { as } = context.env
  const { token, userGrant } = await requireToken(context)
  if (!hasScope(token, 'authorize') || userGrant.grant.endsWith !== null)
    throw missingScope('authorize')
  const client = await as.clients.find(token.clientId, as.now)
  if (client === null || !isFirstParty(client)) throw missingScope('authorize')
  return userGrant
}

/** Whether the user may do what only administrators may. */
export const isAdministrator = ({ role }: User): boolean => role === 'admin'

const hasScope = ({ scope }: AccessToken, name: string): boolean =>
  scope.includes(name) || scope.includes('all')

const missingScope = (name: string) => new KustvaktRefusal(2010, `Scope ${name} is not authorized`)

async function requireToken(context: FaceContext): Promise<UserToken> {
  const header = context.req.header('Authorization')
  if (header === undefined) throw unauthorizedUser(guest)
  const [scheme = '', ...rest] = header.split(/\s+/)
  if (rest.length !== 1) {
    // Kustvakt repeats the header here, which may contain a token. Postern does not.
    const format = 'Use this format: [authentication scheme] [Base64-encoded token]'
    throw new KustvaktRefusal(2001, `Cannot parse authorization header value. ${format}`)
  }
  if (scheme.toLowerCase() !== 'bearer') {
    throw new KustvaktRefusal(2001, 'Authentication scheme is not supported.', scheme)
  }
  const bearer = readBearer(context.req.raw)
  const live =
    typeof bearer === 'object' ? await findPlainToken(context.env.as, bearer.token) : null
  if (live === null) throw new KustvaktRefusal(2011, 'Access token is invalid', 'invalid_token')
  const { token, userGrant } = live
  if (userGrant === null) throw new KustvaktRefusal(2001, 'Context is not valid')
  return { token, userGrant }
}
