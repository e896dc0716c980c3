// Operations on protected resources (RFC 8707) under /admin/v1/resources.
import type { AuthorizationServer } from '../core/authorization-server.ts'
import { auditOf } from '../core/server/audit.ts'
import { tellKv } from '../core/server/revocation-outbox.ts'
import type { ResourceMetadata } from '../core/tokens/resource-metadata.ts'
import type { Resource } from '../core/tokens/storage.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import { readAs, readObject } from './json.ts'
import { type Operation, bodyRefusals } from './operation.ts'
import { taken, unknown } from './problem.ts'
import { listOperation, showOperation } from './reading.ts'
import {
  newResource,
  patchedResource,
  requireForeign,
  resourceAnswer,
  resourcePatch,
  shownResource,
} from './resource.ts'

const one = '/admin/v1/resources/{id}'

/** The operations on resources. */
export const resourceOperations: readonly Operation[] = [
  listOperation({
    id: 'listResources',
    path: '/admin/v1/resources',
    summary: 'Lists protected resources, ordered by identifier',
    read: (as, limit, cursor) => as.store.resources.list(limit, cursor),
    answer: resourceAnswer,
    shown: shownResource,
  }),
  {
    id: 'createResource',
    method: 'POST',
    path: '/admin/v1/resources',
    summary: 'Creates a protected resource. No other resource may have one of its spellings.',
    body: newResource,
    success: { status: 201, body: resourceAnswer },
    refusals: [...bodyRefusals, 409],
    respond: create,
  },
  showOperation({
    id: 'getResource',
    path: one,
    summary: 'Returns a protected resource',
    what: 'resource',
    find: (context) => context.env.as.store.resources.find(idOf(context)),
    answer: resourceAnswer,
    shown: shownResource,
  }),
  {
    id: 'changeResource',
    method: 'PATCH',
    path: one,
    summary: 'Changes a protected resource. Tokens that were issued for it stay valid.',
    body: resourcePatch,
    success: { status: 200, body: resourceAnswer },
    refusals: [...bodyRefusals, 404, 409],
    respond: change,
  },
  {
    id: 'deleteResource',
    method: 'DELETE',
    path: one,
    summary: 'Deletes a protected resource. Tokens that were issued for it stay valid.',
    success: { status: 204 },
    refusals: [404],
    respond: remove,
  },
]

const takenSpelling = () =>
  taken([{ field: 'resource', detail: 'or one of the aliases belongs to another resource' }])

async function create(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const metadata = readAs(newResource, await readObject(context.req.raw))
  requireForeign(as, metadata)
  await publishKeyFor(as, metadata)
  const resource: Resource = {
    id: crypto.randomUUID(),
    metadata,
    createdAt: as.now,
    updatedAt: as.now,
  }
  const audit = auditOf(as, 'resource.created', { detail: { resource: resource.id } })
  if ((await as.store.resources.create(resource, audit)) === 'taken') throw takenSpelling()
  as.resources.forget()
  tellKv(as)
  const location = `${as.issuer}/admin/v1/resources/${resource.id}`
  return context.json(shownResource(resource), 201, { ...noStore, Location: location })
}

async function change(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const id = idOf(context)
  const body = await readObject(context.req.raw)
  const patch = readAs(resourcePatch, body)
  const audit = auditOf(as, 'resource.changed', {
    detail: { resource: id, fields: Object.keys(body) },
  })
  const changed = await as.store.resources.change(
    id,
    (before) => patchedResource(as, before, patch),
    audit,
  )
  as.resources.forget()
  if (changed === null) throw unknown('resource')
  if (changed === 'taken') throw takenSpelling()
  tellKv(as)
  await publishKeyFor(as, changed.metadata)
  return context.json(shownResource(changed), 200, noStore)
}

async function remove(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const id = idOf(context)
  const audit = auditOf(as, 'resource.deleted', { detail: { resource: id } })
  const isDeleted = await as.store.resources.delete(id, audit)
  as.resources.forget()
  if (!isDeleted) throw unknown('resource')
  tellKv(as)
  return context.body(null, 204, noStore)
}

/** Creates a key of the resource's algorithm if none exists, so that it is published before it signs. */
async function publishKeyFor(
  as: AuthorizationServer,
  { access_token_signing_alg: alg }: ResourceMetadata,
): Promise<void> {
  await as.signingKeys.signer(alg, as.now)
}

/** Returns the resource id in the path. @throws 404 if it cannot be one */
function idOf(context: FaceContext): string {
  const id = context.req.param('id') ?? ''
  if (!/^[0-9a-f-]{36}$/.test(id)) throw unknown('resource')
  return id
}
