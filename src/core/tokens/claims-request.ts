// The `claims` request parameter: single claims for userinfo and ID token. OpenID Connect Core 5.5.
import { claimScopes, claimsOf } from '../../protocol/claims.ts'
import { invalidRequest } from '../../protocol/error.ts'
import { once } from '../../protocol/once.ts'
import * as v from '../../protocol/schema.ts'
import { narrowScope, storedScope } from '../../protocol/scope.ts'
import type { Client } from '../clients/storage.ts'
import type { User } from '../people/storage.ts'

const name = once(() => v.pipe(v.string(), v.maxLength(200)))
const members = once(() => v.record(name(), v.union([v.null(), v.looseObject({})])))
const shape = once(() =>
  v.looseObject({ userinfo: v.optional(members()), id_token: v.optional(members()) }),
)

/** The names that were asked for, by where they are to go. */
export type ClaimsRequest = {
  userinfo: string[]
  idToken: string[]
  /** Each names the subjects of which the user must be one; none = anybody. */
  subjects: string[][]
  /** The authentication contexts that are asked for; essential = one of them must be reached. */
  acr?: { values: unknown[]; isEssential: boolean }
}

const nothing: ClaimsRequest = { userinfo: [], idToken: [], subjects: [] }

/** Reads the parameter's JSON. @throws invalid_request */
export function readClaimsRequest(text: string | null | undefined): ClaimsRequest {
  if (text === null || text === undefined) return nothing
  const parsed = v.safeParse(shape(), parseJson(text))
  if (!parsed.success) throw invalidRequest('the claims parameter is not a claims request')
  const { userinfo = {}, id_token = {} } = parsed.output
  const { essential, value, values }: Record<string, unknown> = id_token.acr ?? {}
  const contexts = Array.isArray(values) ? values : value === undefined ? undefined : [value]
  return {
    userinfo: Object.keys(userinfo),
    idToken: Object.keys(id_token),
    subjects: [...subjectsOf(id_token.sub), ...subjectsOf(userinfo.sub)],
    ...(contexts === undefined
      ? {}
      : { acr: { values: contexts, isEssential: essential === true } }),
  }
}

// "The sub (subject) Claim ... requested with a specific value": whoever else signs in is not meant.
// A value that no subject can be would bind to nobody, so it is no request. OpenID Connect Core 5.5.1
const subject = once(() =>
  v.looseObject({
    value: v.optional(v.string()),
    values: v.optional(v.pipe(v.array(v.string()), v.minLength(1))),
  }),
)

function subjectsOf(member: unknown): string[][] {
  if (member === null || member === undefined) return []
  const parsed = v.safeParse(subject(), member)
  if (!parsed.success) throw invalidRequest('the claims parameter names no subject')
  const { value, values } = parsed.output
  return [...(value === undefined ? [] : [[value]]), ...(values === undefined ? [] : [values])]
}

/**
 * Returns the scopes to which the named claims belong, of those that client and user may have: who may
 * not have a scope gets nothing of it by asking for its claims one by one.
 */
export function scopesOfClaims(names: readonly string[], client: Client, user: User): string[] {
  const forClient = narrowScope(claimScopes, storedScope(client.metadata.scope))
  const allowed = user.scope === null ? forClient : narrowScope(forClient, storedScope(user.scope))
  return allowed.filter((scope) => claimsOf([scope]).some((claim) => names.includes(claim)))
}

/** Returns those of the named claims whose scopes both client and user may have. */
export function allowedClaims(names: readonly string[], client: Client, user: User): string[] {
  const known = claimsOf(scopesOfClaims(names, client, user))
  return names.filter((name) => known.includes(name))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
