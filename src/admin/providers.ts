// Operations on providers under /admin/v1/providers. No response contains a provider's secret.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import {
  changeProvider,
  createProvider,
  deleteProvider,
  takenMember,
} from '../core/providers/administration.ts'
import {
  type ProviderConfiguration,
  providerConfiguration,
} from '../core/providers/configuration.ts'
import { withPreset } from '../core/providers/presets.ts'
import { wrapProviderSecret } from '../core/providers/secret.ts'
import type { Provider } from '../core/providers/storage.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { requireReach } from './administrators.ts'
import { type JsonObject, readAs, readObject } from './json.ts'
import { type Operation, bodyRefusals } from './operation.ts'
import { taken, unknown } from './problem.ts'
import { listOperation, showOperation } from './reading.ts'
import {
  newProvider,
  patchedConfiguration,
  providerAnswer,
  providerPatch,
  requireSound,
  requireUsableSecret,
  shownProvider,
} from './provider.ts'

const one = '/admin/v1/providers/{id}'

/** The operations on providers. */
export const providerOperations: readonly Operation[] = [
  listOperation({
    id: 'listProviders',
    path: '/admin/v1/providers',
    summary: 'Lists identity providers, ordered by identifier',
    read: (as, limit, cursor) => as.store.providers.list(limit, cursor),
    answer: providerAnswer,
    shown: (provider, as) => shownProvider(as, provider),
  }),
  {
    id: 'createProvider',
    method: 'POST',
    path: '/admin/v1/providers',
    summary:
      'Creates a provider. It can sign in anybody: an admin token needs every scope but read.',
    body: newProvider,
    success: { status: 201, body: providerAnswer },
    refusals: [...bodyRefusals, 409],
    respond: create,
  },
  showOperation({
    id: 'getProvider',
    path: one,
    summary: 'Returns a provider',
    what: 'provider',
    find: (context) => context.env.as.store.providers.find(idOf(context)),
    answer: providerAnswer,
    shown: (provider, as) => shownProvider(as, provider),
  }),
  {
    id: 'changeProvider',
    method: 'PATCH',
    path: one,
    summary:
      'Changes a provider. Existing sessions stay. An admin token needs every scope but read.',
    body: providerPatch,
    success: { status: 200, body: providerAnswer },
    refusals: [...bodyRefusals, 404, 409],
    respond: change,
  },
  {
    id: 'deleteProvider',
    method: 'DELETE',
    path: one,
    summary:
      'Deletes a provider. Links to its accounts stay and work again if it is created again.',
    success: { status: 204 },
    refusals: [404],
    respond: remove,
  },
]

/**
 * Demands that the operator may do all that an administrator may: a provider, its key set or a change of
 * its claims can sign in anybody, administrators among them. @throws 403
 */
const requireReachOfProviders = (as: AuthorizationServer): void => requireReach(as, 'admin')

async function create(context: FaceContext): Promise<Response> {
  const { as } = context.env
  requireReachOfProviders(as)
  const provider = await addProvider(as, await readObject(context.req.raw))
  const location = `${as.issuer}/admin/v1/providers/${provider.id}`
  return context.json(shownProvider(as, provider), 201, { ...noStore, Location: location })
}

/** Creates a provider of the members of the admin interface. @throws 400, 409 */
export async function addProvider(as: AuthorizationServer, sent: JsonObject): Promise<Provider> {
  const {
    id = crypto.randomUUID(),
    client_secret: secret,
    disabled,
    ...members
  } = readAs(newProvider, withPreset(sent))
  const configuration = readAs(providerConfiguration, members)
  requireSound(as, configuration, secret !== undefined)
  if (secret !== undefined) await requireUsableSecret(configuration, secret)
  await requireOwnMembers(as, id, configuration)
  const draft = { id, configuration, secret, isDisabled: disabled === true }
  const provider = await createProvider(as, draft)
  if (provider !== 'taken') return provider
  throw taken([{ field: 'id', detail: 'is the identifier of another provider' }])
}

async function change(context: FaceContext): Promise<Response> {
  const { as } = context.env
  requireReachOfProviders(as)
  const changed = await reviseProvider(as, idOf(context), await readObject(context.req.raw))
  return context.json(shownProvider(as, changed), 200, noStore)
}

/** Changes a provider by a merge patch of the admin interface. @throws 400, 404, 409 */
export async function reviseProvider(
  as: AuthorizationServer,
  id: string,
  sent: JsonObject,
): Promise<Provider> {
  const { client_secret: secret, disabled, ...patch } = readAs(providerPatch, sent)
  const wrapped = secret == null ? secret : await wrapProviderSecret(as, id, secret)
  const decide = (before: Provider): Provider => {
    const wrappedClientSecret = wrapped === undefined ? before.wrappedClientSecret : wrapped
    const hasSecret = wrappedClientSecret !== null
    return {
      ...before,
      configuration: patchedConfiguration(as, before.configuration, patch, hasSecret),
      wrappedClientSecret,
      ...(disabled === undefined
        ? {}
        : { disabledAt: disabled === true ? (before.disabledAt ?? as.now) : null }),
    }
  }
  const before = await as.store.providers.find(id)
  if (before === null) throw unknown('provider')
  const { configuration } = decide(before)
  if (secret != null) await requireUsableSecret(configuration, secret)
  await requireOwnMembers(as, id, configuration)
  const changed = await changeProvider(as, id, Object.keys(sent), decide)
  if (changed === null) throw unknown('provider')
  return changed
}

async function remove(context: FaceContext): Promise<Response> {
  if (!(await deleteProvider(context.env.as, idOf(context)))) throw unknown('provider')
  return context.body(null, 204, noStore)
}

/** Requires that no other provider has what must identify one. @throws 409 */
async function requireOwnMembers(
  as: AuthorizationServer,
  id: string,
  configuration: ProviderConfiguration,
): Promise<void> {
  const field = await takenMember(as, id, configuration)
  if (field !== null) throw taken([{ field, detail: details[field] }])
}

const details = {
  token_url: 'is the token_url of another provider',
  domains: 'has a domain of another provider',
}

/** Returns the provider id in the path. @throws 404 if it cannot be one */
function idOf(context: FaceContext): string {
  const id = context.req.param('id') ?? ''
  if (!/^[a-z0-9-]{1,40}$/.test(id)) throw unknown('provider')
  return id
}
