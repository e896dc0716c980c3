// Operations on clients under /admin/v1/clients.
import { hasSecret } from '../core/clients/authentication.ts'
import { clientToCreate } from '../core/clients/origin.ts'
import { isFapi2 } from '../core/clients/profile.ts'
import type { Client, ClientChange } from '../core/clients/storage.ts'
import { auditOf } from '../core/server/audit.ts'
import { tellKv } from '../core/server/revocation-outbox.ts'
import type { AuditKind } from '../core/server/events.ts'
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
  shownClient,
} from './client.ts'
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
    filterOf: ({ q: prefix, origin, owner_id: ownerId }) => ({ prefix, origin, ownerId }),
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
  const client: Client = {
    ...clientToCreate(sent.id ?? (await draw('client_id', 16)), sent.metadata, as.now),
    secretDigest: secret === null ? null : await digestOf(secret),
    disabledAt: sent.disabled === true ? as.now : null,
  }
  const audit = auditOf(as, 'client.created', { clientId: client.id })
  const made = await as.store.clients.create(client, audit)
  // D1 decides who created the client. A retry with an Idempotency-Key finds the client of the
  // first attempt.
  const found = made === 'taken' ? await as.store.clients.find(client.id) : client
  const isOwn = found === client || (namesItsOperation(context) && isSame(client, found))
  if (found === null || !isOwn) {
    throw taken([{ field: 'client_id', detail: 'is the identifier of another client' }])
  }
  as.clients.forget(client.id)
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
  const { disabled, ...patch } = readAs(clientPatch, body)
  const { as } = context.env
  const { now } = as
  const client = await changeClient(context, 'client.changed', Object.keys(body), (before) => {
    // A client that a later rule would reject must still be possible to disable.
    const isUntouched = Object.keys(patch).length === 0
    const after = isUntouched ? before.metadata : patchedMetadata(as, before.metadata, patch)
    return {
      metadata: after,
      // A grant does not record whether its tokens are bound, so setting the profile revokes all.
      ...(isFapi2({ metadata: after }) && !isFapi2(before) ? { notBefore: now } : {}),
      ...(hasSecret(after) ? {} : { secretDigest: null, previousSecretDigest: null }),
      ...(disabled === undefined
        ? {}
        : { disabledAt: disabled === true ? (before.disabledAt ?? now) : null }),
    }
  })
  return context.json(await shownClient(context.env.as, client), 200, noStore)
}

async function remove(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const id = clientIdOf(context)
  const deleted = await as.store.clients.delete(id, auditOf(as, 'client.deleted', { clientId: id }))
  as.clients.forget(id)
  if (!deleted) throw unknown('client')
  tellKv(as)
  return context.body(null, 204, noStore)
}

/**
 * Creates a new secret. The previous one stays valid until the next rotation or until it is
 * deleted.
 */
async function rotateSecret(context: FaceContext): Promise<Response> {
  const secret = await drawingFor(context, null)('client_secret', 32)
  const secretDigest = await digestOf(secret)
  const client = await changeClient(context, 'client.secret-rotated', [], (before) => {
    if (!hasSecret(before.metadata)) {
      throw invalid([
        { field: 'token_endpoint_auth_method', detail: 'must be a method with a secret' },
      ])
    }
    // This is a retry. Rotating again would end the secret that is still in use.
    if (before.secretDigest === secretDigest) return {}
    return { secretDigest, previousSecretDigest: before.secretDigest }
  })
  const shown = { ...(await shownClient(context.env.as, client)), ...shownSecret(secret) }
  return context.json(shown, 201, noStore)
}

async function endPreviousSecret(context: FaceContext): Promise<Response> {
  await changeClient(context, 'client.previous-secret-deleted', [], (before) => {
    if (before.previousSecretDigest === null) throw new Problem(404, 'there is no previous secret')
    return { previousSecretDigest: null }
  })
  return context.body(null, 204, noStore)
}

/**
 * Sets one instant in the client's row, however many grants it has. Every check of a grant reads
 * that instant.
 */
async function revokeGrants(context: FaceContext): Promise<Response> {
  const { now } = context.env.as
  await changeClient(context, 'client.grants-revoked', [], () => ({ notBefore: now }))
  return context.body(null, 204, noStore)
}

/** Changes the client in the path and removes it from this isolate's cache. @throws 404 */
async function changeClient(
  context: FaceContext,
  kind: AuditKind,
  fields: readonly string[],
  decide: (client: Client) => ClientChange,
): Promise<Client> {
  const { as } = context.env
  const id = clientIdOf(context)
  const audit = auditOf(as, kind, { clientId: id, detail: { fields } })
  const client = await as.store.clients.change(id, decide, audit)
  as.clients.forget(id)
  if (client === null) throw unknown('client')
  return client
}

/** Returns the members that show a secret. */
const shownSecret = (secret: string) => ({
  client_secret: secret,
  client_secret_expires_at: 0 as const,
})
