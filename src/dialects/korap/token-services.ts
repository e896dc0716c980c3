// Kustvakt's services with which a super client shows a user what has tokens, and revokes these.
import { endAccess } from '../../core/people/account.ts'
import type { User } from '../../core/people/storage.ts'
import { revokeGrantOfUser, revokeTokenOfUser } from '../../core/tokens/revocation.ts'
import type { HeldGrant } from '../../core/tokens/storage.ts'
import type { FaceContext } from '../../http/app.ts'
import { invalidRequest } from '../../protocol/error.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { storedScope } from '../../protocol/scope.ts'
import { answered } from './answer.ts'
import { readParameters } from './client.ts'
import { mostListed } from './client-info.ts'
import { requireClientOf } from './client-services.ts'
import { dateOf } from './date.ts'
import { requireParameter } from './error.ts'
import { grantOf, handleOf } from './handle.ts'
import {
  kustvaktWords,
  oauthWords,
  readSuperCredentials,
  requireSuperClient,
} from './super-client.ts'
import { requireAnyUser } from './user.ts'

const words = oauthWords('Only super client is allowed.')

/** Until when a grant has a token of a kind, in seconds; null = it has none. */
const expiries = new Map<string, (held: HeldGrant) => number | null>([
  [
    'refresh_token',
    ({ grant, isRefreshable }) =>
      isRefreshable ? Math.min(grant.idleExpiresAt, grant.absoluteExpiresAt) : null,
  ],
  ['access_token', ({ grant }) => grant.accessExpiresAt],
])

/**
 * Answers `POST oauth2/token/list`. No token is stored, so that the list has handles of grants; that of
 * an access token ends its whole grant, too. The super client's own grants are left out.
 */
export async function tokenList(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const user = await requireAnyUser(context)
  const parameters = await readParameters(context)
  const caller = await requireSuperClient(context, readSuperCredentials(parameters, words), words)
  const expiryOf = expiries.get(parameters.get('token_type') ?? 'none')
  if (expiryOf === undefined) throw invalidRequest('Missing token_type parameter value')
  const clientId = parameters.get('client_id')
  const held = await as.store.heldGrants.listOfUser(user.id, as.now, mostListed)
  const entries = held
    .filter(({ client: { id } }) => id !== caller.id && (clientId ?? id) === id)
    .flatMap((one) => {
      const expiresIn = Math.floor((expiryOf(one) ?? as.now) - as.now)
      return expiresIn > 0 ? [entryOf(one, expiresIn)] : []
    })
  return answered(JSON.stringify(entries))
}

const entryOf = ({ grant, client: { id, metadata } }: HeldGrant, expiresIn: number) => ({
  token: handleOf(grant.id),
  created_date: dateOf(grant.createdAt),
  expires_in: expiresIn,
  user_authentication_time: dateOf(grant.authTime),
  scope: storedScope(grant.scope),
  client_id: id,
  client_name: metadata.client_name,
  client_description: metadata.client_description,
  client_url: metadata.client_uri,
})

/** Answers `POST oauth2/revoke/super`. What is not the user's own has no effect. */
export async function revokeBySuper(context: FaceContext): Promise<Response> {
  const { user, value: token } = await askedBySuper(context, 'token')
  const grantId = grantOf(token)
  if (grantId === null) await revokeTokenOfUser(context.env.as, user.id, token)
  else await revokeGrantOfUser(context.env.as, user.id, grantId)
  return answered('SUCCESS')
}

/** Answers `POST oauth2/revoke/super/all`: ends every grant of the user at one client. */
export async function revokeAllBySuper(context: FaceContext): Promise<Response> {
  const { user, value } = await askedBySuper(context, 'client_id')
  const client = await requireClientOf(context, value)
  await endAccess(context.env.as, user.id, `client:${client.id}`)
  return answered('SUCCESS')
}

async function askedBySuper(
  context: FaceContext,
  name: 'token' | 'client_id',
): Promise<{ user: User; value: string }> {
  const user = await requireAnyUser(context)
  const parameters: Parameters = await readParameters(context)
  const credentials = readSuperCredentials(parameters, kustvaktWords)
  const value = requireParameter(parameters, name)
  await requireSuperClient(context, credentials, kustvaktWords)
  return { user, value }
}
