// Operations on types of authorization details (RFC 9396) under /admin/v1/authorization-details-types.
import { auditOf } from '../core/server/audit.ts'
import { detailsTypeName } from '../core/tokens/details-type.ts'
import type { DetailsType } from '../core/tokens/storage.ts'
import { type FaceContext, noStore } from '../http/app.ts'
import {
  detailsTypeAnswer,
  detailsTypePatch,
  newDetailsType,
  patchedDetailsType,
  readNewDetailsType,
  shownDetailsType,
} from './details-type.ts'
import { readAs, readObject } from './json.ts'
import { type Operation, bodyRefusals } from './operation.ts'
import { taken, unknown } from './problem.ts'
import { listOperation, showOperation } from './reading.ts'
import * as v from '../protocol/schema.ts'

const all = '/admin/v1/authorization-details-types'
const one = `${all}/{type}`

/** The operations on types of authorization details. */
export const detailsTypeOperations: readonly Operation[] = [
  listOperation({
    id: 'listAuthorizationDetailsTypes',
    path: all,
    summary: 'Lists types of authorization details, ordered by name',
    read: (as, limit, cursor) => as.store.detailsTypes.list(limit, cursor),
    answer: detailsTypeAnswer,
    shown: shownDetailsType,
  }),
  {
    id: 'createAuthorizationDetailsType',
    method: 'POST',
    path: all,
    summary: 'Creates a type of authorization details. A client may use the types in its metadata.',
    body: newDetailsType,
    success: { status: 201, body: detailsTypeAnswer },
    refusals: [...bodyRefusals, 409],
    respond: create,
  },
  showOperation({
    id: 'getAuthorizationDetailsType',
    path: one,
    summary: 'Returns a type of authorization details. Percent-encode a type that is a URI.',
    what: 'authorization details type',
    find: (context) => context.env.as.store.detailsTypes.find(typeIn(context)),
    answer: detailsTypeAnswer,
    shown: shownDetailsType,
  }),
  {
    id: 'changeAuthorizationDetailsType',
    method: 'PATCH',
    path: one,
    summary: 'Changes a type. Granted entries that are no longer valid are not issued again.',
    body: detailsTypePatch,
    success: { status: 200, body: detailsTypeAnswer },
    refusals: [...bodyRefusals, 404],
    respond: change,
  },
  {
    id: 'deleteAuthorizationDetailsType',
    method: 'DELETE',
    path: one,
    summary: 'Deletes a type. Granted entries of the type are not issued again.',
    success: { status: 204 },
    refusals: [404],
    respond: remove,
  },
]

async function create(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const metadata = readNewDetailsType(await readObject(context.req.raw))
  const { type } = metadata
  const created: DetailsType = { metadata, createdAt: as.now, updatedAt: as.now }
  const audit = auditOf(as, 'details-type.created', { detail: { type } })
  if ((await as.store.detailsTypes.create(created, audit)) === 'taken') {
    throw taken([{ field: 'type', detail: 'is already in use' }])
  }
  as.detailsTypes.forget()
  const location = `${as.issuer}${all}/${encodeURIComponent(type)}`
  return context.json(shownDetailsType(created), 201, { ...noStore, Location: location })
}

async function change(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const type = typeIn(context)
  const body = await readObject(context.req.raw)
  const patch = readAs(detailsTypePatch, body)
  const audit = auditOf(as, 'details-type.changed', {
    detail: { type, fields: Object.keys(body) },
  })
  const changed = await as.store.detailsTypes.change(
    type,
    (before) => patchedDetailsType(before, patch),
    audit,
  )
  as.detailsTypes.forget()
  if (changed === null) throw unknown('authorization details type')
  return context.json(shownDetailsType(changed), 200, noStore)
}

async function remove(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const type = typeIn(context)
  const audit = auditOf(as, 'details-type.deleted', { detail: { type } })
  const isDeleted = await as.store.detailsTypes.delete(type, audit)
  as.detailsTypes.forget()
  if (!isDeleted) throw unknown('authorization details type')
  return context.body(null, 204, noStore)
}

/** Returns the type in the path. @throws 404 if it cannot be one */
function typeIn(context: FaceContext): string {
  const type = v.safeParse(detailsTypeName(), context.req.param('type'))
  if (!type.success) throw unknown('authorization details type')
  return type.output
}
