// What a configuration would change at a server. Nothing here writes.
import type { AdminApi } from '../admin-api.ts'
import { Failure } from '../failure.ts'
import { type JsonObject, objectsOf, textOf } from '../json.ts'
import { type Configuration, type Declared, refusalOf } from './configuration.ts'
import { differenceOf } from './difference.ts'
import { type Kind, kinds, nameOf } from './kinds.ts'
import { type Fault, at } from './schema.ts'
import { needsSecret } from './secrets.ts'

/** One object that is to be created, changed or deleted. */
export type Step =
  | { action: 'create'; declared: Declared; body: JsonObject; members: readonly string[] }
  | {
      action: 'change'
      declared: Declared
      present: JsonObject
      patch: JsonObject
      members: readonly string[]
    }
  | { action: 'delete'; kind: Kind; name: string; present: JsonObject; members: readonly string[] }

export type Plan = {
  /** In the order in which they are done. */
  steps: readonly Step[]
  manager: string
}

export type Wishes = {
  /** Whether objects of this configuration are deleted that the file does not name. */
  prune: boolean
  /** Whether the configuration takes over objects that it names and nobody manages. */
  adopt: boolean
  /** Whether the secrets are sent again: the server tells nobody what they are. */
  secrets: boolean
}

/**
 * Compares a configuration with the server.
 * @throws Failure for what the configuration cannot do, before anything is done
 */
export async function planOf(
  api: AdminApi,
  path: string,
  configuration: Configuration,
  wishes: Wishes,
  environment: NodeJS.ProcessEnv,
): Promise<Plan> {
  const { manager } = configuration
  const deletions: Step[] = []
  const others: Step[] = []
  const faults: Fault[] = await registrationFaults(api, configuration)
  for (const kind of kinds.filter((each) => configuration.kinds.has(each))) {
    const declared = configuration.objects.filter((object) => object.kind === kind)
    const names = declared.map(({ name }) => name)
    const present = await kind.load(api, names, manager)
    const byName = new Map(present.map((object) => [kind.folded(nameOf(kind, object)), object]))
    for (const object of declared) {
      const found = byName.get(kind.folded(object.name)) ?? null
      const fault = managerFault(object, found, manager)
      if (fault !== null) faults.push(fault)
      const secret = secretFor(object, found, wishes, environment)
      if (secret.fault !== undefined) faults.push(secret.fault)
      const step =
        found === null
          ? creationOf(object, manager, secret.members)
          : changeOf(object, found, secret.members, wishes.adopt ? manager : null)
      if (step !== null) others.push(step)
    }
    const declaredNames = new Set(names.map(kind.folded))
    if (wishes.prune) deletions.unshift(...deletionsOf(kind, present, declaredNames, manager))
  }
  if (faults.length > 0) throw refusalOf(path, faults)
  // Deletions come first: what they had (an address, a spelling) may be what a new object needs.
  return { steps: [...deletions, ...others], manager }
}

/** The setting belongs to the deployment: a file says what it expects, and changes nothing. */
async function registrationFaults(
  api: AdminApi,
  { registration }: Configuration,
): Promise<Fault[]> {
  if (registration === undefined) return []
  const actual = await registrationOf(api)
  if (actual === registration) return []
  const detail =
    `is ${registration}, but ${actual ?? 'unknown'} at the server:` +
    ' set the variable REGISTRATION of the deployment'
  return [{ path: 'registration', detail }]
}

/** Returns the setting REGISTRATION of a server. @throws Failure */
export async function registrationOf(api: AdminApi): Promise<string | undefined> {
  const settings = objectsOf(await api.get('/settings'), 'items')
  const setting = settings.find(({ name }) => name === 'REGISTRATION')
  return setting === undefined ? undefined : textOf(setting, 'value')
}

function managerFault(
  { kind, name, path }: Declared,
  found: JsonObject | null,
  manager: string,
): Fault | null {
  const actual = found === null ? undefined : textOf(found, 'managed_by')
  if (actual === undefined || actual === manager) return null
  return { path, detail: `(${kind.one} ${name}) is managed by ${actual}, not by ${manager}` }
}

/** Returns the secret that must be sent for an object, or why it cannot be. */
function secretFor(
  { kind, members, secretIn, path }: Declared,
  found: JsonObject | null,
  wishes: Wishes,
  environment: NodeJS.ProcessEnv,
): { members: JsonObject; fault?: Fault } {
  if (secretIn === undefined || !needsSecret({ ...found, ...members })) return { members: {} }
  const isMissing =
    found === null ||
    found['client_secret_set'] === false ||
    (kind.member === 'clients' && !needsSecret(found))
  if (!isMissing && !wishes.secrets) return { members: {} }
  const secret = environment[secretIn]
  if (secret !== undefined && secret !== '') return { members: { client_secret: secret } }
  const fault = { path: at(path, 'client_secret'), detail: `needs ${secretIn}, which is not set` }
  return { members: {}, fault }
}

function creationOf(declared: Declared, manager: string, secret: JsonObject): Step {
  const members = Object.entries(declared.members).filter(([, value]) => value !== null)
  const body = { ...Object.fromEntries(members), ...secret }
  return {
    action: 'create',
    declared,
    body: { ...body, managed_by: manager },
    members: Object.keys(body).filter((member) => member !== declared.kind.key),
  }
}

function changeOf(
  declared: Declared,
  present: JsonObject,
  secret: JsonObject,
  adopter: string | null,
): Step | null {
  const adoption =
    adopter === null || textOf(present, 'managed_by') !== undefined ? {} : { managed_by: adopter }
  const patch = { ...differenceOf(present, declared.members), ...secret, ...adoption }
  const members = Object.keys(patch)
  return members.length === 0 ? null : { action: 'change', declared, present, patch, members }
}

/** Only what this configuration manages is ever deleted. */
const deletionsOf = (
  kind: Kind,
  present: readonly JsonObject[],
  declared: ReadonlySet<string>,
  manager: string,
): Step[] =>
  present
    .filter((object) => textOf(object, 'managed_by') === manager)
    .filter((object) => !declared.has(kind.folded(nameOf(kind, object))))
    .map((object) => ({
      action: 'delete',
      kind,
      name: nameOf(kind, object),
      present: object,
      members: [],
    }))

/** Returns the kind and the name of the object of a step. */
export const objectOf = (step: Step): { kind: Kind; name: string } =>
  step.action === 'delete' ? step : step.declared

/** Returns where an object stands in the file; for one that does not, what it is. */
export const placeOf = (step: Step): string =>
  step.action === 'delete' ? `the ${step.kind.one} ${step.name}` : step.declared.path

/** Returns the failure of an object that is not as the plan found it. */
export const changedMeanwhile = (step: Step): Failure =>
  new Failure('conflict', `${placeOf(step)} has changed since it was compared: run it again`)
