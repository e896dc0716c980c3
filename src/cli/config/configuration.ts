// A configuration as it was declared: checked as a whole before anything is written (O37).
import type { AdminApi } from '../admin-api.ts'
import { Failure } from '../failure.ts'
import { type JsonObject, isObject, objectsOf, textOf } from '../json.ts'
import { type Kind, kinds } from './kinds.ts'
import { type Components, type Fault, at, faultsOf, unknownDetail } from './schema.ts'
import { environmentName, secretFaults } from './secrets.ts'

/** An object that the file declares. */
export type Declared = {
  kind: Kind
  name: string
  /** Where it stands in the file, such as `clients[0]`. */
  path: string
  /** Its members, without the secret. */
  members: JsonObject
  /** The environment variable that has its secret. */
  secretIn: string | undefined
}

export type Configuration = {
  /** The name that the objects carry which the file creates. */
  manager: string
  /** What the setting REGISTRATION must be. */
  registration: string | undefined
  /** The kinds that the file has a list of, even an empty one. */
  kinds: ReadonlySet<Kind>
  objects: readonly Declared[]
}

/** The name of a configuration that has none. */
export const usualManager = 'config'

const members = ['managed_by', 'registration', ...kinds.map(({ member }) => member)]

/** What the file says of itself. */
const settingsSchema: JsonObject = {
  properties: {
    managed_by: { type: 'string', pattern: '^[\\w.:/-]{1,100}$' },
    registration: { enum: ['closed', 'token', 'open'] },
  },
}

/** Members that exist at the server and that a file must not have, and why. */
const foreign: ReadonlyMap<string, string> = new Map([
  ['managed_by', 'belongs to the whole file: write it at the top'],
  ['password', 'must not stand in a file: a user sets one by a link of npx postern users reset'],
])

/**
 * Checks a configuration by the schemas of the server.
 * @throws Failure with every fault and its path in the file
 */
export async function checkConfiguration(
  api: AdminApi,
  path: string,
  content: unknown,
): Promise<Configuration> {
  if (!isObject(content)) throw new Failure('refused', `${path} must contain an object`)
  const components = await componentsOf(api)
  const listed = kinds.filter(({ member }) => content[member] !== undefined)
  const faults = [
    ...Object.keys(content)
      .filter((name) => !members.includes(name))
      .map((name) => ({ path: at('', name), detail: unknownDetail(name, members) })),
    ...faultsOf(content, settingsSchema, '', components),
    ...listed.flatMap((kind) => faultsOfList(kind, content[kind.member], components)),
  ]
  if (faults.length > 0) throw refusalOf(path, faults)
  return {
    manager: textOf(content, 'managed_by') ?? usualManager,
    registration: textOf(content, 'registration'),
    kinds: new Set(listed),
    objects: listed.flatMap((kind) =>
      objectsOf(content, kind.member).map((object, index) => declaredOf(kind, object, index)),
    ),
  }
}

/** Returns the refusal of a file, with all of its faults. */
export const refusalOf = (path: string, faults: readonly Fault[]): Failure =>
  new Failure(
    'refused',
    `${path} was refused, and nothing was changed`,
    faults.map((fault) => `${fault.path} ${fault.detail}`),
  )

/** Returns the schemas by which the server reads what is sent to it. @throws Failure */
export async function componentsOf(api: AdminApi): Promise<Components> {
  const { components } = await api.get('/openapi.json')
  const schemas = isObject(components) ? components['schemas'] : undefined
  if (!isObject(schemas)) throw new Failure('unreachable', `${api.origin} describes no schemas`)
  return schemas
}

function declaredOf(kind: Kind, object: JsonObject, index: number): Declared {
  const { client_secret: secret, ...rest } = object
  return {
    kind,
    name: textOf(object, kind.key) ?? '',
    path: `${kind.member}[${index}]`,
    members: rest,
    secretIn: environmentName(secret),
  }
}

function faultsOfList(kind: Kind, list: unknown, components: Components): Fault[] {
  if (!Array.isArray(list)) return [{ path: kind.member, detail: 'must be an array' }]
  const items: readonly unknown[] = list
  return [
    ...items.flatMap((item, index) =>
      isObject(item)
        ? faultsOfObject(kind, item, `${kind.member}[${index}]`, components)
        : [{ path: `${kind.member}[${index}]`, detail: 'must be an object' }],
    ),
    ...namesakes(kind, items),
  ]
}

function faultsOfObject(
  kind: Kind,
  object: JsonObject,
  path: string,
  components: Components,
): Fault[] {
  const schema = components[kind.schema]
  if (!isObject(schema)) throw new Failure('refused', `this server has no ${kind.member}`)
  const { client_secret: secret, ...others } = object
  const named = Object.entries(others)
  const forbidden = named.flatMap(([name]) => {
    const why = foreign.get(name)
    return why === undefined ? [] : [{ path: at(path, name), detail: why }]
  })
  const isUnnamed = textOf(object, kind.key) === undefined || object[kind.key] === ''
  // Null returns a member to what it is without the file: it is nothing that the schema could judge.
  const rest = named.filter(([name, value]) => value !== null && !foreign.has(name))
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  const nulls = named
    .filter(([name, value]) => value === null && (required.includes(name) || name === kind.key))
    .map(([name]) => ({ path: at(path, name), detail: 'must not be null' }))
  return [
    ...(isUnnamed ? [{ path: at(path, kind.key), detail: `must name the ${kind.one}` }] : []),
    ...forbidden,
    ...nulls,
    ...unknownNulls(schema, named, path),
    ...secretFaults(kind, object, secret, path),
    ...faultsOf(Object.fromEntries(rest), schema, path, components).filter(
      (fault) => !(isUnnamed && fault.path === at(path, kind.key)),
    ),
  ]
}

/** A misspelled member is one, whatever it is. */
function unknownNulls(
  { properties }: JsonObject,
  named: readonly [string, unknown][],
  path: string,
): Fault[] {
  const known = isObject(properties) ? Object.keys(properties) : []
  return named
    .filter(([name, value]) => value === null && !known.includes(name))
    .map(([name]) => ({ path: at(path, name), detail: unknownDetail(name, known) }))
}

/** Two objects of one name contradict each other, however they spell it. */
function namesakes(kind: Kind, items: readonly unknown[]): Fault[] {
  const owners = new Map<string, number>()
  return items.flatMap((item, index) =>
    isObject(item)
      ? [kind.key, ...kind.otherNames].flatMap((member) => {
          const names = [item[member]].flat().filter((name) => typeof name === 'string')
          const taken = names.map(kind.folded).flatMap((name) => {
            const owner = owners.get(name) ?? index
            owners.set(name, owner)
            return owner === index ? [] : [owner]
          })
          return taken.map((owner) => ({
            path: at(`${kind.member}[${index}]`, member),
            detail: `names the same ${kind.one} as ${kind.member}[${owner}]`,
          }))
        })
      : [],
  )
}
