// Writes what a server has as a configuration that applies to it with nothing to do.
import { isDeepStrictEqual } from 'node:util'
import { Failure } from '../failure.ts'
import { type JsonObject, formatJson, isObject, textOf } from '../json.ts'
import type { Context } from '../verb.ts'
import { componentsOf } from './configuration.ts'
import { type Kind, kinds, loadAll, nameOf } from './kinds.ts'
import { registrationOf } from './plan.ts'
import type { Components } from './schema.ts'
import { needsSecret } from './secrets.ts'

export type Extent = {
  /** The configuration whose objects are written, with those that nobody manages. */
  manager: string
  /** Whether people are written, too, whom nobody manages. */
  users: boolean
  yaml: boolean
}

/** Writes the configuration of a server to stdout. @throws Failure */
export async function exportConfiguration(
  { api, output, say }: Context,
  { manager, users, yaml }: Extent,
): Promise<void> {
  const components = await componentsOf(api)
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      const queries = queriesOf(kind, { manager, users })
      const loaded = await Promise.all(queries.map((query) => loadAll(api, kind.path, query)))
      return [kind, loaded.flat()] as const
    }),
  )
  const registration = await registrationOf(api)
  const variables = new Set<string>()
  const isOthers = (object: JsonObject): boolean => {
    const actual = textOf(object, 'managed_by')
    return actual !== undefined && actual !== manager
  }
  const others = lists.flatMap(([, objects]) => objects.filter(isOthers)).length
  const configuration = {
    managed_by: manager,
    ...(registration === undefined ? {} : { registration }),
    ...Object.fromEntries(
      lists.map(([kind, objects]) => [
        kind.member,
        objects
          .filter((object) => !isOthers(object))
          .toSorted((one, other) => (nameOf(kind, one) < nameOf(kind, other) ? -1 : 1))
          .map((object) => declarationOf(kind, object, components, variables)),
      ]),
    ),
  }
  await output.write(yaml ? await yamlOf(configuration) : `${formatJson(configuration, 2)}\n`)
  if (others > 0) say(`Left out: ${others} that other configurations manage.`)
  if (variables.size > 0) {
    say(
      `To create these at another server, set the variables of their secrets: ${[...variables].join(' ')}`,
    )
  }
}

/** Clients that registered themselves, or that a user or a dialect created, come and go without a file. */
function queriesOf({ member }: Kind, { manager, users }: Pick<Extent, 'manager' | 'users'>) {
  if (member === 'clients') return [{ origin: 'admin' }, { origin: 'config' }]
  return member === 'users' && !users ? [{ managed_by: manager }] : [{}]
}

/** What the top of the file or the environment says, or nobody can. */
const leftOut = ['managed_by', 'password', 'client_secret']

function declarationOf(
  kind: Kind,
  object: JsonObject,
  components: Components,
  variables: Set<string>,
): JsonObject {
  const schema = components[kind.schema]
  const properties = isObject(schema) ? schema['properties'] : undefined
  if (!isObject(properties)) throw new Failure('refused', `this server has no ${kind.member}`)
  const members = Object.keys(properties)
    .filter((name) => name !== kind.key && !leftOut.includes(name))
    .filter((name) => !isUsual(object[name], name, properties[name]))
    .map((name) => [name, object[name]] as const)
  return {
    [kind.key]: object[kind.key],
    ...Object.fromEntries(members),
    ...secretOf(kind, object, variables),
  }
}

/** Whether a member is as it is in an object that does not name it. */
function isUsual(value: unknown, name: string, schema: unknown): boolean {
  if (value === undefined || value === null) return true
  if (isObject(schema) && schema['default'] !== undefined) {
    return isDeepStrictEqual(value, schema['default'])
  }
  return isEmpty(value) || (value === false && ['disabled', 'email_verified'].includes(name))
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0

function secretOf(kind: Kind, object: JsonObject, variables: Set<string>): JsonObject {
  const hasSecret = object['client_secret_set'] ?? (kind.hasSecret && needsSecret(object))
  if (hasSecret !== true) return {}
  const name = nameOf(kind, object)
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
  const base = `${kind.one.toUpperCase()}_SECRET_${name}`
  let variable = base
  for (let count = 2; variables.has(variable); count++) variable = `${base}_${count}`
  variables.add(variable)
  return { client_secret: { env: variable } }
}

async function yamlOf(configuration: JsonObject): Promise<string> {
  const { stringify } = await import('yaml')
  return stringify(configuration)
}
