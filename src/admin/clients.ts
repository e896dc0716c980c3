// Clients under /admin/v1/clients: made, shown, listed, changed, deleted, their secrets rotated.
import type { Hono } from 'hono'
import { auditOf } from '../core/authorization-server.ts'
import { tellEdge } from '../core/revocation.ts'
import type { Client, ClientChange } from '../core/store.ts'
import { digestOf, randomSecret } from '../crypto/secret.ts'
import { noStore, route, type App, type FaceContext } from '../http/app.ts'
import {
  patchedMetadata,
  readClientPatch,
  readNewClient,
  shownClient,
  shownSecret,
} from './client.ts'
import { readObject } from './json.ts'
import { pageOf, readPageRequest } from './page.ts'
import { invalid, Problem, refuseMethod, taken, unknown } from './problem.ts'

/** Adds the routes to the operator's app. */
export function routeClients(app: Hono<App>): void {
  route(app, '/admin/v1/clients', { GET: list, POST: create }, refuseMethod)
  route(app, '/admin/v1/clients/:id', { GET: show, PATCH: change, DELETE: remove }, refuseMethod)
  route(app, '/admin/v1/clients/:id/secret', { POST: rotateSecret }, refuseMethod)
  route(app, '/admin/v1/clients/:id/secret/previous', { DELETE: endPreviousSecret }, refuseMethod)
}

async function create(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const sent = readNewClient(await readObject(context.req.raw))
  const isPublic = sent.metadata.token_endpoint_auth_method === 'none'
  const secret = isPublic ? null : (sent.client_secret ?? randomSecret())
  const client: Client = {
    id: sent.client_id ?? randomSecret(16),
    secretDigest: secret === null ? null : await digestOf(secret),
    previousSecretDigest: null,
    metadata: sent.metadata,
    disabledAt: sent.disabled === true ? as.now : null,
    notBefore: 0,
    createdAt: as.now,
    updatedAt: as.now,
  }
  const audit = auditOf(as, 'client created', { clientId: client.id })
  if ((await as.store.clients.create(client, audit)) === 'taken') {
    throw taken([{ field: 'client_id', detail: 'is the identifier of another client' }])
  }
  as.clients.forget(client.id)
  const shown = {
    ...(await shownClient(as, client)),
    ...(secret === null ? {} : shownSecret(secret)),
  }
  const location = `${as.issuer}/admin/v1/clients/${encodeURIComponent(client.id)}`
  return context.json(shown, 201, { ...noStore, Location: location })
}

async function list(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const { limit, cursor } = readPageRequest(context.req.raw)
  const page = pageOf(await as.store.clients.list(limit, cursor), (client) =>
    shownClient(as, client),
  )
  return context.json({ ...page, items: await Promise.all(page.items) }, 200, noStore)
}

async function show(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const client = await as.store.clients.find(idOf(context))
  if (client === null) throw unknown('client')
  return context.json(await shownClient(as, client), 200, noStore)
}

async function change(context: FaceContext): Promise<Response> {
  const body = await readObject(context.req.raw)
  const { disabled, metadata } = readClientPatch(body)
  const { now } = context.env.as
  const client = await changeClient(context, 'client changed', Object.keys(body), (before) => {
    const after = patchedMetadata(before, metadata)
    const isPublic = after.token_endpoint_auth_method === 'none'
    return {
      metadata: after,
      ...(isPublic ? { secretDigest: null, previousSecretDigest: null } : {}),
      ...(disabled === undefined
        ? {}
        : { disabledAt: disabled === true ? (before.disabledAt ?? now) : null }),
    }
  })
  return context.json(await shownClient(context.env.as, client), 200, noStore)
}

async function remove(context: FaceContext): Promise<Response> {
  const { as } = context.env
  const id = idOf(context)
  const deleted = await as.store.clients.delete(id, auditOf(as, 'client deleted', { clientId: id }))
  as.clients.forget(id)
  if (!deleted) throw unknown('client')
  tellEdge(as)
  return context.body(null, 204, noStore)
}

/** A new secret; the one before stays valid beside it until the next rotation or its own deletion. */
async function rotateSecret(context: FaceContext): Promise<Response> {
  const secret = randomSecret()
  const secretDigest = await digestOf(secret)
  const client = await changeClient(context, 'client secret rotated', [], (before) => {
    if (before.metadata.token_endpoint_auth_method === 'none') {
      throw invalid([{ field: 'token_endpoint_auth_method', detail: 'is that of a public client' }])
    }
    return { secretDigest, previousSecretDigest: before.secretDigest }
  })
  const shown = { ...(await shownClient(context.env.as, client)), ...shownSecret(secret) }
  return context.json(shown, 201, noStore)
}

async function endPreviousSecret(context: FaceContext): Promise<Response> {
  await changeClient(context, 'previous client secret ended', [], (before) => {
    if (before.previousSecretDigest === null) throw new Problem(404, 'there is no previous secret')
    return { previousSecretDigest: null }
  })
  return context.body(null, 204, noStore)
}

/** Changes the client of the path and forgets what this isolate knew of it. @throws 404 */
async function changeClient(
  context: FaceContext,
  kind: string,
  fields: readonly string[],
  decide: (client: Client) => ClientChange,
): Promise<Client> {
  const { as } = context.env
  const id = idOf(context)
  const audit = auditOf(as, kind, { clientId: id, detail: { fields } })
  const client = await as.store.clients.change(id, decide, false, audit)
  as.clients.forget(id)
  if (client === null) throw unknown('client')
  return client
}

/** The client_id from the path. @throws 404 for what can be none */
function idOf(context: FaceContext): string {
  const id = context.req.param('id') ?? ''
  if (id === '' || id.length > 2000 || /\p{Cc}/u.test(id)) throw unknown('client')
  return id
}
