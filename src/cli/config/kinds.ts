// The kinds of objects that a configuration declares, in the order in which they are created: what an
// object refers to is there before it.
import { resourceKey } from '../../protocol/resource-key.ts'
import type { AdminApi, Query } from '../admin-api.ts'
import { type JsonObject, objectsOf, textOf } from '../json.ts'
import { segment } from '../standard-verbs.ts'

export type Kind = {
  /** The member of the file, such as `clients`. */
  member: string
  /** What one object is called. */
  one: string
  /** The list below /admin/v1. */
  path: string
  /** The member by which the file names an object, and the one by which its address does. */
  key: string
  addressKey: string
  /** Further members whose values no other object may have as a name. */
  otherNames: readonly string[]
  /** The component of the OpenAPI document that describes the body which creates one. */
  schema: string
  /** Whether an object can have a `client_secret`. */
  hasSecret: boolean
  /** Returns what two spellings of one name have in common. */
  folded: (name: string) => string
  /** Loads the objects that a file may mean by these names, and all that `manager` manages. */
  load: (api: AdminApi, names: readonly string[], manager: string) => Promise<JsonObject[]>
}

/** Returns the name of an object as the server shows it. */
export const nameOf = (kind: Kind, object: JsonObject): string => textOf(object, kind.key) ?? ''

/** Returns the address of an object as the server shows it, below /admin/v1. */
export const addressOf = (kind: Kind, object: JsonObject): string =>
  `${kind.path}/${segment(String(object[kind.addressKey]))}`

/** Loads a whole list. */
export async function loadAll(api: AdminApi, path: string, query: Query): Promise<JsonObject[]> {
  const objects: JsonObject[] = []
  for await (const { items } of api.pages(path, query, { limit: Infinity })) objects.push(...items)
  return objects
}

/** There are few of them, so that the whole list is loaded. */
const allOf =
  (path: string) =>
  (api: AdminApi): Promise<JsonObject[]> =>
    loadAll(api, path, {})

/** There may be very many: loads those that are managed, and each other one by its name. */
const namedOf =
  (
    path: string,
    isNamed: (object: JsonObject, name: string) => boolean,
    find: (api: AdminApi, name: string) => Promise<JsonObject[]>,
  ): Kind['load'] =>
  async (api, names, manager) => {
    const managed = await loadAll(api, path, { managed_by: manager })
    const found: JsonObject[] = []
    for (const name of names) {
      if (!managed.some((object) => isNamed(object, name))) found.push(...(await find(api, name)))
    }
    return [...managed, ...found]
  }

const same = (name: string): string => name

/** A login name as the server compares it. */
const foldedLoginName = (name: string): string => name.normalize('NFKC').trim().toLowerCase()

async function clientOf(api: AdminApi, name: string): Promise<JsonObject[]> {
  const path = `/clients/${segment(name)}`
  const { status, body } = await api.call('GET', { path, accepted: [404] })
  return status === 404 ? [] : [body]
}

export const kinds: readonly Kind[] = [
  {
    member: 'resources',
    one: 'resource',
    path: '/resources',
    key: 'resource',
    addressKey: 'id',
    otherNames: ['aliases'],
    schema: 'NewResource',
    hasSecret: false,
    folded: (name) => (URL.canParse(name) ? resourceKey(name) : name),
    load: allOf('/resources'),
  },
  {
    member: 'authorization_details_types',
    one: 'authorization details type',
    path: '/authorization-details-types',
    key: 'type',
    addressKey: 'type',
    otherNames: [],
    schema: 'NewAuthorizationDetailsType',
    hasSecret: false,
    folded: same,
    load: allOf('/authorization-details-types'),
  },
  {
    member: 'providers',
    one: 'provider',
    path: '/providers',
    key: 'id',
    addressKey: 'id',
    otherNames: ['token_url'],
    schema: 'NewProvider',
    hasSecret: true,
    folded: same,
    load: allOf('/providers'),
  },
  {
    member: 'clients',
    one: 'client',
    path: '/clients',
    key: 'client_id',
    addressKey: 'client_id',
    otherNames: [],
    schema: 'NewClient',
    hasSecret: true,
    folded: same,
    load: namedOf('/clients', (client, name) => textOf(client, 'client_id') === name, clientOf),
  },
  {
    member: 'users',
    one: 'user',
    path: '/users',
    key: 'username',
    addressKey: 'id',
    otherNames: ['email'],
    schema: 'NewUser',
    hasSecret: false,
    folded: foldedLoginName,
    load: namedOf(
      '/users',
      (user, name) => foldedLoginName(textOf(user, 'username') ?? '') === foldedLoginName(name),
      async (api, name) => objectsOf(await api.get('/users', { username: name }), 'items'),
    ),
  },
]
