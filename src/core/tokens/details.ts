// Rich authorization requests: what exactly a client asks for, as entries of a registered type. RFC
// 9396.
import { utf8 } from '../../crypto/encoding.ts'
import { type OAuthError, invalidAuthorizationDetails } from '../../protocol/error.ts'
import { once } from '../../protocol/once.ts'
import type { Parameters } from '../../protocol/parameters.ts'
import { resourceKey } from '../../protocol/resource-key.ts'
import * as v from '../../protocol/schema.ts'
import { isJsonObject, JsonFault, parseJson } from '../../protocol/strict-json.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { Client } from '../clients/storage.ts'
import { isValidBy } from './details-schema.ts'
import { keysOf } from './resource-metadata.ts'
import type { Target } from './target.ts'

const parameter = 'authorization_details'

/** Entries of one request. */
const mostEntries = 20

/** Bytes of the parameter. At the authorization endpoint the whole request is bounded more narrowly. */
const longestDetails = 16_384

const entry = once(() => v.looseObject({ type: v.string() }))

/** One entry. Its members are in alphabetical order, so that equal entries have equal texts. */
export type AuthorizationDetail = v.InferOutput<ReturnType<typeof entry>>

/** The text of an entry, by which entries are compared. */
const textOf = (detail: AuthorizationDetail): string => JSON.stringify(detail)

/**
 * Returns the entries that a request names; none if it has no `authorization_details`. Reads the types
 * at most once, and only if the isolate has not read them for ten seconds.
 *
 * @throws invalid_authorization_details (RFC 9396 5) for what is no array of 1 to 20 entries, each
 *   valid by the schema of a registered type that the client may use; temporarily_unavailable
 */
export async function readAuthorizationDetails(
  as: AuthorizationServer,
  client: Client,
  parameters: Parameters,
): Promise<readonly AuthorizationDetail[]> {
  const text = parameters.get(parameter)
  if (text === undefined) return []
  if (utf8(text).byteLength > longestDetails) throw invalid('are longer than 16384 bytes')
  return judgeDetails(as, client, parsed(text))
}

/**
 * Returns the entries that a JSON value is, as `readAuthorizationDetails` does.
 * @throws invalid_authorization_details, temporarily_unavailable
 */
export async function judgeDetails(
  as: AuthorizationServer,
  client: Client,
  value: unknown,
): Promise<readonly AuthorizationDetail[]> {
  if (!Array.isArray(value) || value.length === 0 || value.length > mostEntries) {
    throw invalid('must be a JSON array of 1 to 20 objects')
  }
  const entries: unknown[] = value
  const faultOf = await judgeFor(as, client)
  const details = entries.map((one) => {
    const detail = v.safeParse(entry(), sorted(one))
    if (!detail.success) throw invalid('have an entry that is not an object with a type')
    const fault = faultOf(detail.output)
    if (fault !== null) throw invalid(fault)
    return detail.output
  })
  // A person could not tell whether such a pair means once or twice, and nor could a part of it.
  if (new Set(details.map(textOf)).size < details.length) throw invalid('have two equal entries')
  return details
}

function parsed(text: string): unknown {
  try {
    return parseJson(text)
  } catch (fault) {
    if (fault instanceof JsonFault) throw invalid('are not valid JSON')
    throw fault
  }
}

/** Returns a JSON value with the members of all objects in alphabetical order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => sorted(item))
  if (!isJsonObject(value)) return value
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]))
}

/** Returns a function that tells why a client may not use an entry; null = it may. */
async function judgeFor(
  as: AuthorizationServer,
  client: Client,
): Promise<(detail: AuthorizationDetail) => string | null> {
  const types = await as.detailsTypes.all(as.now)
  return ({ type, ...members }) => {
    const known = types.get(type)
    if (known === undefined) return 'have an entry of an unknown type'
    if (client.metadata.authorization_details_types?.includes(type) !== true) {
      return 'have an entry of a type that the client may not use'
    }
    return isValidBy(known.metadata.schema, members)
      ? null
      : 'have an entry that is not valid for its type'
  }
}

/**
 * Rejects entries with `locations` that are none of the targets: a token must allow nothing at a
 * resource that it is not for (RFC 9396 2.2, RFC 8707 2).
 *
 * @throws invalid_authorization_details
 */
export function requireLocations(
  targets: readonly Target[],
  details: readonly AuthorizationDetail[],
): void {
  if (details.every((detail) => liesWithin(targets, detail))) return
  throw invalid('have locations that the request does not name as resource')
}

function liesWithin(targets: readonly Target[], { locations }: AuthorizationDetail): boolean {
  if (!Array.isArray(locations)) return true
  const keys = targets.flatMap(({ uri, metadata }) => [
    resourceKey(uri),
    ...(metadata === null ? [] : keysOf(metadata)),
  ])
  // The schema of a type may allow any text as a location; what is no URI is no target.
  return locations.every(
    (one) => typeof one === 'string' && URL.canParse(one) && keys.includes(resourceKey(one)),
  )
}

/**
 * Returns the entries for a token with these targets: those that the request names, else all that were
 * granted and that lie within the targets. An entry is one that was granted if it equals one, whatever
 * the order of its members: what less would be, only the API knows (RFC 9396 6.1).
 *
 * @throws invalid_authorization_details for an entry that was not granted or lies beyond the targets,
 *   and if the client may use none of the granted ones any more; temporarily_unavailable
 */
export async function narrowedDetails(
  as: AuthorizationServer,
  client: Client,
  granted: readonly AuthorizationDetail[],
  targets: readonly Target[],
  parameters: Parameters,
): Promise<readonly AuthorizationDetail[]> {
  const named = await readAuthorizationDetails(as, client, parameters)
  if (named.length === 0) return remainingDetails(as, client, granted, targets)
  requireGranted(granted, named)
  requireLocations(targets, named)
  return named
}

/** @throws invalid_authorization_details for an entry that was not granted */
export function requireGranted(
  granted: readonly AuthorizationDetail[],
  named: readonly AuthorizationDetail[],
): void {
  const texts = granted.map(textOf)
  if (named.every((detail) => texts.includes(textOf(detail)))) return
  throw invalid('have an entry that was not granted')
}

/**
 * Returns the granted entries that the client may still use and that lie within the targets: a type may
 * have been deleted, changed or taken from the client. Never none where all have been lost so: a
 * resource server could take a token without entries for one without limits.
 *
 * @throws invalid_authorization_details, temporarily_unavailable
 */
export async function remainingDetails(
  as: AuthorizationServer,
  client: Client,
  granted: readonly AuthorizationDetail[],
  targets: readonly Target[],
): Promise<readonly AuthorizationDetail[]> {
  if (granted.length === 0) return []
  const faultOf = await judgeFor(as, client)
  const left = granted.filter((detail) => faultOf(detail) === null)
  if (left.length === 0) throw invalid('that were granted may not be used any more')
  return left.filter((detail) => liesWithin(targets, detail))
}

/**
 * Rejects a request for entries where nobody can be shown them.
 * @throws invalid_authorization_details
 */
export function refuseDetails(parameters: Parameters): void {
  if (parameters.has(parameter)) throw invalid('cannot be granted without the consent of the user')
}

/** Returns the text of entries as codes and grants keep it; absent if there are none. */
export const keptDetails = (details: readonly AuthorizationDetail[]): string | undefined =>
  details.length === 0 ? undefined : JSON.stringify(details)

const kept = once(() => v.array(entry()))

/** Returns the entries that a code or a grant keeps. */
export const storedDetails = (text: string | null | undefined): readonly AuthorizationDetail[] =>
  text === null || text === undefined ? [] : v.parse(kept(), JSON.parse(text))

/** Returns the texts of entries, as the statement compares them that decides about a refresh. */
export const detailTexts = (details: readonly AuthorizationDetail[]): readonly string[] =>
  details.map(textOf)

/** Returns the entries that a claim of a token of ours names. */
export function claimedDetails(claim: unknown): readonly AuthorizationDetail[] {
  const details = v.safeParse(kept(), claim)
  return details.success ? details.output : []
}

const invalid = (fault: string): OAuthError =>
  invalidAuthorizationDetails(`the authorization_details ${fault}`)
