// Operations on clients under /admin/v1/clients.
import {
  changeClient,
  createClient,
  deleteClient,
  endGrantsOfClient,
  rotateClientSecret,
} from '../core/clients/administration.ts'
import { hasSecret } from '../core/clients/authentication.ts'
import { isFapi2 } from '../core/clients/profile.ts'
import type { Client, ClientChange } from '../core/clients/storage.ts'
import { digestOf } from '../crypto/secret.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import * as v from '../protocol/schema.ts'
import {
  clientAnswer,
  clientPatch,
  newClient,
  newClientAnswer,
  patchedMetadata,
  readNewClient,
  requireSecretMethod,
  shownClient,
} from './client.ts'
import { managedBy } from '../protocol/managed-by.ts'
import { once } from '../protocol/once.ts'
import { drawingFor, namesItsOperation } from './idempotency.ts'
import { readAs, readObject } from './json.ts'
import { type Operation, bodyRefusals } from './operation.ts'
import { pageRequest } from './page.ts'
import { clientIdOf } from './path-ids.ts'
import { Problem, invalid, taken, unknown } from './problem.ts'
import { filteredListOperation, showOperation } from './reading.ts'

const one = '/admin/v1/clients/{client_id}'

const clientsRequest = once(() =>
  v.strictObject({
    ...pageRequest().entries,
    q: v.pipe(
      v.optional(
        v.pipe(
          v.string(),
          v.minLength(2, 'must have at least 2 characters'),
          v.maxLength(200, 'must have at most 200 characters'),
        ),
      ),
      v.description('how the client_name begins; the case of A to Z does not matter'),
    ),
    origin: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(50))),
    owner_id: v.pipe(
      v.optional(v.pipe(v.int(), v.minValue(1))),
      v.description('id of the user who owns the client'),
    ),
    managed_by: v.optional(managedBy()),
  }),
)

/** The operations on clients. */
export const clientOperations: readonly Operation[] = [
  filteredListOperation({
    id: 'listClients',
    path: '/admin/v1/clients',
    summary:
      'Lists clients, ordered by name under q, else by identifier. Under several filters a page may have' +
      ' fewer clients than its limit, or none, and still a next_cursor.',
    query: clientsRequest,
    numbers: ['owner_id'],
    filterOf: ({ q: prefix, origin, owner_id: ownerId, managed_by }) => ({
      prefix,
      origin,
      ownerId,
      managedBy: managed_by,
    }),
    read: (as, filter, limit, position) => as.store.clients.list(filter, limit, position),
    answer: clientAnswer,
    shown: (client, as) => shownClient(as, client),
  }),
  {
    id: 'createClient',
    method: 'POST',
    path: '/admin/v1/clients',
    summary: 'Creates a client. Only this response contains its secret.',
    body: newClient,
    idempotent: true,
    success: { status: 201, body: newClientAnswer },
    refusals: [...bodyRefusals, 409],
    respond: create,
  },
  showOperation({
    id: 'getClient',
    path: one,
    summary: 'Returns a client',
    what: 'client',
    find: (context) => context.env.as.store.clients.find(clientIdOf(context)),
    answer: clientAnswer,
    shown: (client, as) => shownClient(as, client),
  }),
  {
    id: 'changeClient',
    method: 'PATCH',
    path: one,
    summary:
      'Changes a client. A client that becomes confidential needs a new secret. Setting the profile fapi2 revokes everything that was granted before.',
    body: clientPatch,
    success: { status: 200, body: clientAnswer },
    refusals: [...bodyRefusals, 404],
    respond: change,
  },
  {
    id: 'deleteClient',
    method: 'DELETE',
    path: one,
    summary: 'Deletes a client and revokes its grants',
    success: { status: 204 },
    refusals: [404],
    respond: remove,
  },
  {
    id: 'rotateClientSecret',
    method: 'POST',
    path: `${one}/secret`,
    summary:
      'Creates a new secret. The previous one stays valid until the next rotation or until it is deleted.',
    idempotent: true,
    success: { status: 201, body: newClientAnswer },
    refusals: [400, 404],
    respond: rotateSecret,
  },
  {
    id: 'deletePreviousClientSecret',
    method: 'DELETE',
    path: `${one}/secret/previous`,
    summary: 'Deletes the previous secret',
    success: { status: 204 },
    refusals: [404],
    respond: endPreviousSecret,
  },
  {
    id: 'revokeClient',
    method: 'POST',
    path: `${one}/revoke`,
    summary: 'Revokes everything that was granted to a client so far. The client stays enabled.',
    success: { status: 204 },
    refusals: [404],
    respond: revokeGrants,
  },
]

async function create(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const body = await readObject(context.req.raw)
  const sent = readNewClient(as, body)
  const draw = drawingFor(context, body)
  const secret = hasSecret(sent.metadata)
    ? (sent.secret ?? (await draw('client_secret', 32)))
    : null
  const { client, isNew } = await createClient(as, {
    id: sent.id ?? (await draw('client_id', 16)),
    metadata: sent.metadata,
    secret,
    isDisabled: sent.disabled === true,
  })
  // D1 decides who created the client. A retry with an Idempotency-Key finds the client of the
  // first attempt.
  const found = isNew ? client : await as.store.clients.find(client.id)
  const isOwn = found === client || (namesItsOperation(context) && isSame(client, found))
  if (found === null || !isOwn) {
    throw taken([{ field: 'client_id', detail: 'is the identifier of another client' }])
  }
  const shown = {
    ...(await shownClient(as, found)),
    ...(secret === null ? {} : shownSecret(secret)),
  }
  const location = `${as.issuer}/admin/v1/clients/${encodeURIComponent(client.id)}`
  return context.json(shown, 201, { ...noStore, Location: location })
}

/** Returns whether the stored client equals the new one, including its secret. */
const isSame = (client: Client, found: Client | null): boolean =>
  found !== null &&
  found.secretDigest === client.secretDigest &&
  JSON.stringify(found.metadata) === JSON.stringify(client.metadata)

async function change(context: FaceContext): Promise<Response> {
  const body = await readObject(context.req.raw)
  const { client_secret: secret, disabled, ...patch } = readAs(clientPatch, body)
  const secretDigest = secret === undefined ? undefined : await digestOf(secret)
  const { as } = context.env
  const { now } = as
  const decide = (before: Client): ClientChange => {
    // A client that a later rule would reject must still be possible to disable.
    const isUntouched = Object.keys(patch).length === 0
    const after = isUntouched ? before.metadata : patchedMetadata(as, before.metadata, patch)
    if (secret !== undefined) requireSecretMethod(after)
    return {
      metadata: after,
      // A grant does not record whether its tokens are bound, so setting the profile revokes all.
      ...(isFapi2({ metadata: after }) && !isFapi2(before) ? { notBefore: now } : {}),
      ...(hasSecret(after) ? {} : { secretDigest: null, previousSecretDigest: null }),
      // The same secret once more ends nothing: the previous one stays what it is.
      ...(secretDigest === undefined || secretDigest === before.secretDigest
        ? {}
        : { secretDigest, previousSecretDigest: before.secretDigest }),
      ...(disabled === undefined
        ? {}
        : { disabledAt: disabled === true ? (before.disabledAt ?? now) : null }),
    }
  }
  const revision = { kind: 'client.changed', fields: Object.keys(body), decide } as const
  const client = existing(await changeClient(as, clientIdOf(context), revision))
  return context.json(await shownClient(as, client), 200, noStore)
}

async function remove(context: FaceContext): Promise<Response> {
  if (!(await deleteClient(context.env.as, clientIdOf(context)))) throw unknown('client')
  return context.body(null, 204, noStore)
}

async function rotateSecret(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const secret = await drawingFor(context, null)('client_secret', 32)
  const rotated = await rotateClientSecret(as, clientIdOf(context), secret)
  if (rotated === 'secretless') {
    throw invalid([
      { field: 'token_endpoint_auth_method', detail: 'must be a method with a secret' },
    ])
  }
  const shown = { ...(await shownClient(as, existing(rotated))), ...shownSecret(secret) }
  return context.json(shown, 201, noStore)
}

async function endPreviousSecret(context: FaceContext): Promise<Response> {
  const changed = await changeClient(context.env.as, clientIdOf(context), {
    kind: 'client.previous-secret-deleted',
    decide: (before) => {
      if (before.previousSecretDigest === null) {
        throw new Problem(404, 'there is no previous secret')
      }
      return { previousSecretDigest: null }
    },
  })
  existing(changed)
  return context.body(null, 204, noStore)
}

async function revokeGrants(context: FaceContext): Promise<Response> {
  existing(await endGrantsOfClient(context.env.as, clientIdOf(context)))
  return context.body(null, 204, noStore)
}

/** Returns the client. @throws 404 if there is none */
function existing(client: Client | null): Client {
  if (client === null) throw unknown('client')
  return client
}

/** Returns the members that show a secret. */
const shownSecret = (secret: string) => ({
  client_secret: secret,
  client_secret_expires_at: 0 as const,
})
