// The goal of a person at the steps: an authorization response, or a page of this server. A screen
// carries it sealed.
import {
  type Parameters,
  encodeParameters,
  isRepeatable,
  parseParameters,
} from '../../protocol/parameters.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import type { HalfProof } from '../people/half-proof.ts'
import {
  type AuthorizationRequest,
  readAuthorizationRequest,
  requireProfile,
  requirePushed,
} from './request.ts'
import { type ResponseTarget, proveResponseTarget } from './response-target.ts'
import type { PagePath, Pending } from './screen.ts'

/** An authorization request, proved, with the parameters that it was read from. */
export type AuthorizationGoal = {
  kind: 'authorization'
  target: ResponseTarget
  request: AuthorizationRequest
  parameters: Parameters
}

/**
 * A page of ours for somebody who is signed in; `confirms` = who has just proved it anew, `level` = who
 * has reached this level of authentication (`levelOfAcr`), or cannot.
 */
type PageGoal = { kind: 'page'; path: PagePath; confirms: boolean; level?: number | undefined }

export type Goal = AuthorizationGoal | PageGoal

/**
 * Returns the goal of a request whose target is proved.
 * @throws errors of `readAuthorizationRequest`, and invalid_request if the request must be pushed or
 *   contradicts the client's profile
 */
export async function authorizationGoal(
  as: AuthorizationServer,
  target: ResponseTarget,
  parameters: Parameters,
): Promise<AuthorizationGoal> {
  requirePushed(target)
  requireProfile(target)
  const request = await readAuthorizationRequest(as, target.client, parameters)
  return { kind: 'authorization', target, request, parameters }
}

/** Returns what a screen keeps of a goal that waits for its step. */
export const pendingGoal = (
  goal: Goal,
  kept: {
    done: readonly string[]
    sessionId: string | null
    scope: readonly string[]
    half?: HalfProof | undefined
  },
): Pending => {
  const { sessionId, half } = kept
  const progress = { done: [...kept.done], sessionId, scope: [...kept.scope], half }
  if (goal.kind === 'page') {
    return { ...goal, ...progress }
  }
  const { client, pushed } = goal.target
  const { documentDigest } = client
  const signed = client.metadata.require_signed_request_object === true
  const query = encodeParameters(goal.parameters)
  return { kind: 'authorization', query, documentDigest, pushed, signed, ...progress }
}

/**
 * Returns the goal that a screen goes on with. An authorization request is read anew, because its
 * client may have changed. Null = the screen is about a logout.
 * @throws errors of `proveResponseTarget` and `authorizationGoal`
 */
export async function goalOf(as: AuthorizationServer, pending: Pending): Promise<Goal | null> {
  if (pending.kind === 'logout') return null
  if (pending.kind === 'page')
    return { kind: 'page', path: pending.path, confirms: pending.confirms, level: pending.level }
  const parameters = parametersOf(pending)
  const { pushed, documentDigest } = pending
  const known = { pushed, seen: documentDigest ?? undefined }
  return authorizationGoal(as, await proveResponseTarget(as, parameters, known), parameters)
}

/**
 * Returns whether the client's document still says what the page of a screen described: a person agrees
 * to nothing else.
 */
export const isAsDescribed = (goal: Goal, pending: Pending): boolean =>
  goal.kind !== 'authorization' ||
  pending.kind !== 'authorization' ||
  goal.target.client.documentDigest === pending.documentDigest

/** Returns where the client that waits for a goal gets its answer; null = no client waits. */
export const targetOf = (goal: Goal): ResponseTarget | null =>
  goal.kind === 'authorization' ? goal.target : null

/** Returns the parameters of the authorization request that waits. */
export const parametersOf = ({ query }: { query: string }): Parameters =>
  parseParameters(query, { mayRepeat: isRepeatable })
