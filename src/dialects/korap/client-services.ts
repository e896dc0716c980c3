// Kustvakt's services with which users register their clients and manage them.
import {
  createOwnedClient,
  deleteClientFor,
  replaceSecretFor,
} from '../../core/clients/owned-client.ts'
import type { Client } from '../../core/clients/storage.ts'
import type { User } from '../../core/people/storage.ts'
import type { FaceContext } from '../../http/app.ts'
import { readJsonBody } from '../../http/json.ts'
import { invalidClient, invalidRequest } from '../../protocol/error.ts'
import { answered } from './answer.ts'
import { readParameters } from './client.ts'
import { requireParameter, unauthorizedUser } from './error.ts'
import { dialectName } from './name.ts'
import { readRegistration } from './registration.ts'
import { isAdministrator, requireUser } from './user.ts'

/** Answers `POST oauth2/client/register`. */
export async function register(context: FaceContext): Promise<Response> {
  const user = await requireUser(context, 'register_client')
  const metadata = readRegistration(
    await readJsonBody(context.req.raw, 'the client', invalidRequest),
  )
  const owner = { ownerId: user.id, origin: dialectName }
  const { client, secret } = await createOwnedClient(context.env.as, owner, metadata)
  return credentials(client.id, secret)
}

/** Answers `DELETE oauth2/client/deregister/{client_id}`. */
export async function deregister(context: FaceContext): Promise<Response> {
  const user = await requireUser(context, 'deregister_client')
  const id = nameClient(context)
  const client = await requireManaged(context, user, id)
  if (!(await deleteClientFor(context.env.as, user.id, client.id))) throw unknownClient()
  return answered('')
}

/** Answers `POST oauth2/client/reset`, which ends the secret from before. */
export async function reset(context: FaceContext): Promise<Response> {
  const user = await requireUser(context, 'reset_client_secret')
  const id = requireParameter(await readParameters(context), 'client_id')
  const client = await requireManaged(context, user, id)
  const secret = await replaceSecretFor(context.env.as, user.id, client.id)
  if (secret === null) throw unknownClient()
  return credentials(client.id, secret)
}

const credentials = (id: string, secret: string | null): Response =>
  answered(JSON.stringify({ client_id: id, ...(secret === null ? {} : { client_secret: secret }) }))

/** Returns the identifier in the path, which refusals may repeat. */
export function nameClient(context: FaceContext): string {
  const id = context.req.param('client_id') ?? ''
  context.set('parameters', new Map([...(context.var.parameters ?? []), ['client_id', id]]))
  return id
}

/** Returns a client as D1 has it now. @throws invalid_client */
export async function requireClientOf(context: FaceContext, id: string): Promise<Client> {
  // SQLite compares text to its first NUL.
  const client = /\p{Cc}/u.test(id) ? null : await context.env.as.store.clients.find(id)
  if (client === null) throw unknownClient()
  return client
}

/** Creates the refusal of an unknown client. error.ts words it, with the client's identifier. */
export const unknownClient = () =>
  invalidClient('there is no such client', { reason: 'client_unknown' })

/** Whether the user is the owner of the client, or an administrator. */
export const mayManage = (user: User | null, { ownerId }: Client): boolean =>
  user !== null && (ownerId === user.id || isAdministrator(user))

async function requireManaged(context: FaceContext, user: User, id: string): Promise<Client> {
  const client = await requireClientOf(context, id)
  if (!mayManage(user, client)) throw unauthorizedUser(user.username)
  return client
}
