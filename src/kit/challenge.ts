// Refusals of a protected resource: RFC 6750 3, RFC 9449 7.1, RFC 9470 3, RFC 9728 5.1.

/** Why a request is refused. */
export type Refusal =
  | { status: 400; error: 'invalid_request'; description: string }
  | { status: 401; error: 'unauthorized'; description: string }
  | {
      status: 401
      error: 'invalid_token' | 'invalid_dpop_proof' | 'use_dpop_nonce'
      description: string
    }
  | { status: 403; error: 'insufficient_scope'; description: string }
  | ({ status: 401; error: 'insufficient_user_authentication'; description: string } & SignInNeeds)

/** What a request needs of the user's sign-in. RFC 9470 3. */
export type SignInNeeds = {
  /** Any one of these is enough; Postern's `urn:postern:acr:2` contains `urn:postern:acr:1`. */
  acrValues?: readonly string[] | undefined
  /** Seconds since the sign-in at most. */
  maxAge?: number | undefined
}

/** The facts that every challenge of a resource contains. */
export type ChallengeFacts = {
  scheme: 'Bearer' | 'DPoP'
  /** The address of the resource's metadata. */
  resourceMetadata: string
  /** All the scopes that the request needs, not only those that are missing. */
  scope: readonly string[]
  /** The algorithms that proofs may be signed with. */
  algorithms: readonly string[]
}

/**
 * Returns the response to a refused request: a challenge that says what the client needs, and a JSON
 * body.
 */
export function refuse(refusal: Refusal, facts: ChallengeFacts): Response {
  const { status, error, description } = refusal
  const { scheme, scope, resourceMetadata, algorithms } = facts
  const parameters = Object.entries({
    // "If the request lacks any authentication information, the resource server SHOULD NOT include an
    // error code or other error information." (RFC 6750 3.1)
    ...(error === 'unauthorized' ? {} : { error, error_description: description }),
    ...(error === 'insufficient_user_authentication' ? needed(refusal) : {}),
    ...(scope.length === 0 ? {} : { scope: scope.join(' ') }),
    resource_metadata: resourceMetadata,
    ...(scheme === 'DPoP' ? { algs: algorithms.join(' ') } : {}),
  })
  const challenge = parameters.map(([name, value]) => `${name}="${quotable(value)}"`).join(', ')
  return Response.json(
    { error, error_description: description },
    {
      status,
      headers: { 'WWW-Authenticate': `${scheme} ${challenge}`, 'Cache-Control': 'no-store' },
    },
  )
}

const needed = ({ acrValues = [], maxAge }: SignInNeeds): Record<string, string> => ({
  ...(acrValues.length === 0 ? {} : { acr_values: acrValues.join(' ') }),
  ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
})

// A quote or a backslash would end the string that it stands in (RFC 9110 5.6.4).
const quotable = (value: string): string => value.replaceAll(/["\\]/g, '')
