// Kustvakt's service that makes a client super, or ends that: for administrators and for the operator.
import { isConfidential } from '../../core/clients/authentication.ts'
import type { RegisteredMetadata } from '../../core/clients/metadata.ts'
import { decidePrivilege } from '../../core/clients/owned-client.ts'
import { operatorOf } from '../../core/server/admin-token.ts'
import type { Operator } from '../../core/server/storage.ts'
import type { FaceContext } from '../../http/app.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { storedScope } from '../../protocol/scope.ts'
import { answered } from './answer.ts'
import { readParameters } from './client.ts'
import { requireClientOf, unknownClient } from './client-services.ts'
import { KustvaktRefusal, requireParameter, unauthorizedUser } from './error.ts'
import { kustvaktScopes, superScopes, thirdPartyScopes } from './scopes.ts'
import { isAdministrator, requireUser } from './user.ts'

/**
 * Answers `POST admin/oauth2/client/privilege`. A client that is no longer super loses its codes, grants
 * and tokens; one that becomes super keeps them as they are.
 */
export async function privilege(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const parameters = await readParameters(context)
  const by = await requireAdministrator(context, parameters)
  const id = requireParameter(parameters, 'client_id')
  const isSuper = readFlag(requireParameter(parameters, 'super'))
  const client = await requireClientOf(context, id)
  if (isSuper && !isConfidential(client)) {
    throw new KustvaktRefusal(109, 'Only confidential clients are allowed to be super clients.')
  }
  if (client.metadata.trusted !== isSuper) {
    const metadataOf = isSuper ? asSuper : asThirdParty
    const { userId, operator } = by
    const decided = await decidePrivilege(operator === undefined ? as : { ...as, operator }, id, {
      trusted: isSuper,
      metadataOf,
      ...(userId === undefined ? {} : { userId }),
    })
    if (!decided) throw unknownClient()
  }
  return answered('SUCCESS')
}

/** Who decides: a user who is an administrator, or an operator by their token. */
type Decider = { userId?: number; operator?: Operator }

/**
 * Returns the administrator, or the operator, who sends ADMIN_TOKEN or an admin token of the scope
 * `clients` in the form.
 * @throws KustvaktRefusal (401)
 */
async function requireAdministrator(
  context: FaceContext,
  parameters: Parameters,
): Promise<Decider> {
  const { as } = context.env
  const token = parameters.get('token')
  if (token !== undefined) {
    const operator = await operatorOf(as, `Bearer ${token}`)
    if (operator !== null && (operator.scope?.includes('clients') ?? true)) return { operator }
    as.log({ event: 'admin token refused' })
    throw unauthorizedUser('guest')
  }
  const user = await requireUser(context, 'admin')
  if (!isAdministrator(user)) throw unauthorizedUser(user.username)
  return { userId: user.id }
}

function readFlag(text: string): boolean {
  if (text !== 'true' && text !== 'false') {
    throw new KustvaktRefusal(107, 'super must be true or false', 'super')
  }
  return text === 'true'
}

/** A super client signs its users in with their passwords, and may have every scope. */
const asSuper = (metadata: RegisteredMetadata): RegisteredMetadata => ({
  ...metadata,
  grant_types: [...new Set([...metadata.grant_types, 'password' as const])],
  scope: [...new Set([...storedScope(metadata.scope), ...kustvaktScopes])].join(' '),
})

/** What stood for every scope is then every scope of a third party, by name. */
function asThirdParty(metadata: RegisteredMetadata): RegisteredMetadata {
  const names = storedScope(metadata.scope)
  const named = names.includes('all') ? [...names, ...thirdPartyScopes] : names
  return {
    ...metadata,
    grant_types: metadata.grant_types.filter((grantType) => grantType !== 'password'),
    scope: [...new Set(named)].filter((name) => !superScopes.includes(name)).join(' '),
  }
}
