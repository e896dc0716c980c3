// Kustvakt's services that show clients: one of them, or those of a user. A super client asks.
import type { AuthorizationServer } from '../../core/authorization-server.ts'
import { isConfidential } from '../../core/clients/authentication.ts'
import { isFirstParty } from '../../core/clients/first-party.ts'
import type { Client } from '../../core/clients/storage.ts'
import type { User } from '../../core/people/storage.ts'
import { lifetimesOf } from '../../core/tokens/issuance.ts'
import type { FaceContext } from '../../http/app.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { answered } from './answer.ts'
import { readParameters } from './client.ts'
import { mayManage, nameClient, requireClientOf } from './client-services.ts'
import { dateOf } from './date.ts'
import { KustvaktRefusal } from './error.ts'
import { oauthWords, readSuperCredentials, requireSuperClient } from './super-client.ts'
import { findUser, requireUser } from './user.ts'

/** Maximum number of entries of a list, the newest ones. Kustvakt's lists have no pages. */
export const mostListed = 200

const words = oauthWords('Only super client is allowed to use this service')

/** Answers `POST oauth2/client/{client_id}`. */
export async function clientInfo(context: FaceContext): Promise<Response> {
  const user = await findUser(context, 'client_info')
  await requireSuperClient(
    context,
    readSuperCredentials(await readParameters(context), words),
    words,
  )
  const client = await requireClientOf(context, nameClient(context))
  return answered(JSON.stringify(shown(context.env.as, client, user)))
}

/** Which version's parameters count, and what a list has without a filter. */
export type ListRules = { knowsAuthorizedOnly: boolean; unfiltered: readonly Kind[] }

type Kind = 'owned' | 'authorized'

const filters = new Map<string, readonly Kind[]>([
  ['owned_only', ['owned']],
  ['authorized_only', ['authorized']],
])

/** Returns the handler of `POST oauth2/client/list`. */
export const clientList =
  (rules: ListRules) =>
  async (context: FaceContext): Promise<Response> => {
    const { as } = context.env
    const user = await requireUser(context, 'list_user_client')
    const parameters = await readParameters(context)
    await requireSuperClient(context, readSuperCredentials(parameters, words), words)
    const kinds = kindsOf(parameters, rules)
    const lists = await Promise.all(kinds.map((kind) => clientsOf(as, user, kind)))
    const clients = [...new Map(lists.flat().map((client) => [client.id, client])).values()]
      .filter((client) => !isFirstParty(client))
      .map((client) => shown(as, client, user))
    return answered(JSON.stringify(clients.sort(byName)))
  }

function kindsOf(parameters: Parameters, rules: ListRules): readonly Kind[] {
  const filter = parameters.get('filter_by')
  if (filter === undefined) {
    const isNarrowed = rules.knowsAuthorizedOnly && parameters.get('authorized_only') === 'true'
    return isNarrowed ? ['authorized'] : rules.unfiltered
  }
  const kinds = filters.get(filter)
  if (kinds === undefined) throw new KustvaktRefusal(204, 'filter_by', filter)
  return kinds
}

/** Returns the clients that the user created, or those with a live grant of the user. */
async function clientsOf(as: AuthorizationServer, user: User, kind: Kind): Promise<Client[]> {
  if (kind === 'owned') return as.store.clients.listOfOwner(user.id, mostListed)
  const held = await as.store.heldGrants.listOfUser(user.id, as.now, mostListed)
  return held.map(({ client }) => client)
}

/** Returns a client in the wire format, with more for its owner and for administrators. */
function shown(as: AuthorizationServer, client: Client, user: User | null) {
  const { metadata } = client
  const [redirectUri] = metadata.redirect_uris
  return {
    super: isFirstParty(client),
    client_id: client.id,
    client_name: metadata.client_name,
    client_type: isConfidential(client) ? 'CONFIDENTIAL' : 'PUBLIC',
    client_description: metadata.client_description,
    client_url: metadata.client_uri,
    permitted: client.disabledAt === null,
    ...(mayManage(user, client)
      ? {
          client_redirect_uri: redirectUri,
          registration_date: dateOf(client.createdAt),
          refresh_token_expiry: isConfidential(client)
            ? lifetimesOf(as, client).refreshToken
            : undefined,
        }
      : {}),
    source: metadata.plugin_source,
  }
}

type Shown = ReturnType<typeof shown>

const byName = (one: Shown, other: Shown): number =>
  compare(one.client_name ?? one.client_id, other.client_name ?? other.client_id) ||
  compare(one.client_id, other.client_id)

const compare = (one: string, other: string): number => (one < other ? -1 : Number(one > other))
