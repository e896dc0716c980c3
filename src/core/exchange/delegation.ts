// Who acts for whom in an exchanged token. RFC 8693 4.1, 4.4.
import { invalidRequest } from '../../protocol/error.ts'
import { isJsonObject } from '../../protocol/strict-json.ts'
import type { AccessToken } from '../tokens/access-token.ts'

/** A party that acts for the subject; earlier actors are nested in it. */
type Actor = { sub: string; client_id: string; act?: unknown }

/** The most actors that a token names. */
const mostActors = 5

/**
 * Returns the `act` of the new token; undefined if nobody acts for the subject. The actor comes first,
 * and "nested within" are those of the subject token, the most recent first (4.1).
 * @throws invalid_request for a chain that is too long
 */
export function actorOf(subject: AccessToken, actor: AccessToken | null): unknown {
  const { act: prior } = subject.claims
  if (actor === null) return prior
  const { subject: sub, clientId } = actor
  const act: Actor = { sub, client_id: clientId, ...(prior === undefined ? {} : { act: prior }) }
  if (lengthOf(act) > mostActors) throw invalidRequest('the chain of actors is too long')
  return act
}

function lengthOf(act: unknown): number {
  let length = 0
  for (let one = act; isJsonObject(one); one = one['act']) length += 1
  return length
}

/**
 * Enforces the `may_act` of the subject token: "the party identified ... is authorized to become the
 * actor" (4.4). Without an actor token it is the client that acts.
 * @throws invalid_request for another actor
 */
export function requireActor(
  { claims: { may_act: allowed } }: AccessToken,
  { subject, clientId }: Pick<AccessToken, 'subject' | 'clientId'>,
): void {
  if (allowed === undefined) return
  if (!isJsonObject(allowed) || Object.keys(allowed).length === 0) throw notAllowed()
  const actor: Record<string, unknown> = { sub: subject, client_id: clientId }
  // "Other claims can be used to identify the actor": one that we do not know names somebody else.
  if (!Object.entries(allowed).every(([name, value]) => actor[name] === value)) throw notAllowed()
}

const notAllowed = () => invalidRequest('the subject token does not allow the actor')
