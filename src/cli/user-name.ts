// A user as people name them on the command line, and the id that the admin interface wants.
import type { AdminApi } from './admin-api.ts'
import { Failure } from './failure.ts'
import { type JsonObject, numberOf, objectsOf, textOf } from './json.ts'
import type { Parameter } from './verb.ts'

export const userParameter: Parameter = {
  name: 'user',
  summary: 'id, username, e-mail address or sub (usr_...)',
}

/** Finds a user. Digits alone are an id. @throws Failure if there is none */
export async function findUser(api: AdminApi, name: string): Promise<JsonObject> {
  if (/^\d+$/.test(name)) return api.get(`/users/${name}`)
  const members = name.startsWith('usr_') ? ['sub', 'username'] : ['username', 'email']
  for (const member of members) {
    const [user] = objectsOf(await api.get('/users', { [member]: name, limit: 1 }), 'items')
    if (user !== undefined) return user
  }
  throw new Failure('notFound', `no such user: ${name}`)
}

/** Returns the id of a user. @throws Failure if there is none */
export async function userIdOf(api: AdminApi, name: string): Promise<number> {
  const id = numberOf(await findUser(api, name), 'id')
  if (id === undefined) throw new Failure('unreachable', 'the server shows a user without an id')
  return id
}

/** Names a user in a question: `ada (id 5)`. */
export const shownUser = (user: JsonObject): string =>
  `${textOf(user, 'username') ?? ''} (id ${numberOf(user, 'id') ?? ''})`
