// Types of authorization details under /admin/v1/authorization-details-types: created, listed, returned,
// changed, deleted. RFC 9396.
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
import { pageAnswer, pageOf, pageRequest, readPageRequest } from './page.ts'
import { taken, unknown } from './problem.ts'

const all = '/admin/v1/authorization-details-types'
const one = `${all}/{type}`

/** What can be done with types of authorization details. */
export const detailsTypeOperations: readonly Operation[] = [
  {
    id: 'listAuthorizationDetailsTypes',
    method: 'GET',
    path: all,
    summary: 'Lists types of authorization details in order of their names',
    query: pageRequest,
    success: { status: 200, body: pageAnswer(detailsTypeAnswer) },
    refusals: [400],
    respond: list,
  },
  {
    id: 'createAuthorizationDetailsType',
    method: 'POST',
    path: all,
    summary: 'Registers a type of authorization details, which clients may then be allowed to use',
    body: newDetailsType,
    success: { status: 201, body: detailsTypeAnswer },
    refusals: [...bodyRefusals, 409],
    respond: create,
  },
  {
    id: 'getAuthorizationDetailsType',
    method: 'GET',
    path: one,
    summary: 'Returns a type of authorization details; a type that is a URI is percent-encoded',
    success: { status: 200, body: detailsTypeAnswer },
    refusals: [404],
    respond: show,
  },
  {
    id: 'changeAuthorizationDetailsType',
    method: 'PATCH',
    path: one,
    summary: 'Changes a type; granted entries that are no longer valid are not given out again',
    body: detailsTypePatch,
    success: { status: 200, body: detailsTypeAnswer },
    refusals: [...bodyRefusals, 404],
    respond: change,
  },
  {
    id: 'deleteAuthorizationDetailsType',
    method: 'DELETE',
    path: one,
    summary: 'Deletes a type; granted entries of it are not given out again',
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

async function list(context: FaceContext): Promise<Response> {
  const { limit, cursor } = readPageRequest(context.req.raw)
  const page = await context.env.as.store.detailsTypes.list(limit, cursor)
  return context.json(pageOf(page, shownDetailsType), 200, noStore)
}

async function show(context: FaceContext): Promise<Response> {
  const found = await context.env.as.store.detailsTypes.find(typeIn(context))
  if (found === null) throw unknown('authorization details type')
  return context.json(shownDetailsType(found), 200, noStore)
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

/** The type from the path. @throws 404 for what can be none */
function typeIn(context: FaceContext): string {
  const type = detailsTypeName().safeParse(context.req.param('type'))
  if (!type.success) throw unknown('authorization details type')
  return type.data
}
