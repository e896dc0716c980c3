// The middleware of a protected resource: it serves the resource's metadata and admits requests with a
// sufficient access token. RFC 6750, RFC 9728, RFC 9470; MCP authorization.
import type { MiddlewareHandler } from 'hono'
import { type AccessToken, Unverifiable, type VerifyAccessToken } from './access-token.ts'
import { type ChallengeFacts, type Refusal, type SignInNeeds, refuse } from './challenge.ts'
import { KeyRing } from '../crypto/key-ring.ts'
import { proofAlgorithms } from '../crypto/dpop.ts'
import { proofNonce } from '../crypto/proof-nonce.ts'
import { levelOfAcr } from '../protocol/acr.ts'
import { preflight, readable } from './cors.ts'
import { metadataAddress, metadataPath } from './metadata.ts'
import { proofFault } from './proof.ts'

/** A value, or a function that returns the value for a request. */
type ForRequest<Value> = Value | ((request: Request) => Value | Promise<Value>)

export type ResourceOptions = {
  /** The authorization server, exactly as its metadata name it. */
  issuer: string
  /** The resource, exactly as clients are to name it (RFC 8707): an absolute URI without fragment. */
  resource: string
  /** The name that clients may show. */
  name?: string
  /** How tokens are verified: `verifyByKeys`, `verifyByService` or your own. */
  verify: VerifyAccessToken
  /**
   * All the scopes that a request needs. A function gets a copy of the request, whose body it may read:
   * MCP names the tool there.
   */
  scope?: ForRequest<readonly string[]>
  /** The scopes that a client may ask for; by default those of `scope` where it is a list. */
  scopesSupported?: readonly string[]
  /** What a request needs of the user's sign-in. */
  signIn?: ForRequest<SignInNeeds | undefined>
  /** 32 bytes, the same in every isolate: then proofs of possession need a nonce of this resource. */
  nonceKey?: Uint8Array<ArrayBuffer>
}

/** What a handler behind the middleware finds in its context. */
export type ResourceVariables = { accessToken: AccessToken }

/** Seconds by which clocks may differ. */
const clockDifference = 60

/**
 * Protects a resource: everything at its address and below. Mount it for all paths, so that it can also
 * serve the metadata of the resource. Behind it `context.get('accessToken')` is the verified token.
 * @throws TypeError for a resource that is no http address without fragment
 */
export function protectResource(
  options: ResourceOptions,
): MiddlewareHandler<{ Variables: ResourceVariables }> {
  const { resource } = options
  if (!/^https?:\/\/[^#]+$/.test(resource)) {
    throw new TypeError('a resource is an http address without fragment (RFC 8707 2)')
  }
  const base = new URL(resource).pathname.replace(/\/$/, '')
  const nonceKeys =
    options.nonceKey === undefined
      ? undefined
      : new KeyRing([{ id: 'kit', bytes: options.nonceKey }])
  return async (context, next) => {
    const request = context.req.raw
    const { pathname, search } = new URL(request.url)
    if (pathname + search === metadataPath(resource)) return metadata(request, options)
    if (pathname !== base && !pathname.startsWith(`${base}/`)) return next()
    if (request.method === 'OPTIONS') return preflight(request)
    const now = Date.now() / 1000
    const judged = await judge(request, { ...options, nonceKeys, now })
    if (!(judged instanceof Response)) {
      context.set('accessToken', judged)
      await next()
    } else context.res = judged
    if (nonceKeys !== undefined && request.headers.has('DPoP')) {
      context.res.headers.set('DPoP-Nonce', await proofNonce(nonceKeys, now))
    }
    readable(context.res)
    return undefined
  }
}

function metadata(request: Request, options: ResourceOptions): Response {
  if (request.method === 'OPTIONS') return preflight(request)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return readable(new Response(null, { status: 405, headers: { Allow: 'GET, HEAD, OPTIONS' } }))
  }
  const { issuer, resource, name, scope } = options
  const scopes = options.scopesSupported ?? (typeof scope === 'function' ? [] : (scope ?? []))
  const document = {
    // "The value of the resource parameter MUST be identical to the protected resource's identifier":
    // clients compare it byte for byte (RFC 9728 3.3).
    resource,
    authorization_servers: [issuer],
    // A resource never needs offline_access: whether a client may refresh is between it and the server.
    scopes_supported: scopes.filter((one) => one !== 'offline_access'),
    bearer_methods_supported: ['header'],
    ...(name === undefined ? {} : { resource_name: name }),
    dpop_signing_alg_values_supported: proofAlgorithms,
  }
  return readable(Response.json(document, { headers: { 'Cache-Control': 'public, max-age=300' } }))
}

type Judging = ResourceOptions & { nonceKeys: KeyRing | undefined; now: number }

/** Verifies the request's token, or answers with the refusal. */
async function judge(request: Request, options: Judging): Promise<AccessToken | Response> {
  const { issuer, resource, verify, now } = options
  const scope = await valueFor(request, options.scope ?? [])
  const credentials = readCredentials(request)
  const facts: ChallengeFacts = {
    scheme: 'scheme' in credentials ? credentials.scheme : 'Bearer',
    resourceMetadata: metadataAddress(resource),
    scope,
    algorithms: proofAlgorithms,
  }
  if ('error' in credentials) return refuse(credentials, facts)
  let token: AccessToken | null
  try {
    token = await verify(credentials.token, { issuer })
  } catch (failure) {
    if (failure instanceof Unverifiable) return unavailable()
    throw failure
  }
  const isForUs =
    token?.issuer === issuer &&
    token.audience.includes(resource) &&
    token.expiresAt + clockDifference > now
  if (token === null || !isForUs)
    return refuse(invalidToken('the access token is not valid'), facts)
  const unproved = await bindingFault(request, token, credentials, options)
  if (unproved !== null) return refuse(unproved, facts)
  if (!scope.every((one) => token.scope.includes(one))) return refuse(tooLittleScope, facts)
  const needs = await valueFor(request, options.signIn)
  return needs === undefined || isEnough(token, needs, now)
    ? token
    : refuse({ ...tooWeakSignIn, ...needs }, facts)
}

const invalidToken = (description: string): Refusal => ({
  status: 401,
  error: 'invalid_token',
  description,
})

const tooLittleScope: Refusal = {
  status: 403,
  error: 'insufficient_scope',
  description: 'the access token lacks a scope that this request needs',
}

const tooWeakSignIn = {
  status: 401,
  error: 'insufficient_user_authentication',
  description: 'this request needs another sign-in of the user',
} as const

const valueFor = async <Value>(request: Request, value: ForRequest<Value>): Promise<Value> =>
  value instanceof Function ? value(request.clone()) : value

type Credentials = { scheme: 'Bearer' | 'DPoP'; token: string }

/** Returns the token of the Authorization header. Query and form are not read (RFC 6750 2.2, 2.3). */
function readCredentials(request: Request): Credentials | Refusal {
  const header = request.headers.get('Authorization')
  if (header === null) {
    return { status: 401, error: 'unauthorized', description: 'an access token is needed' }
  }
  // Two headers arrive as one with a comma, which no token has.
  const match = /^(bearer|dpop) +([\w.~+/-]+=*)$/i.exec(header)
  const [, scheme, token] = match ?? []
  if (scheme !== undefined && token !== undefined) {
    return { scheme: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer', token }
  }
  return {
    status: 400,
    error: 'invalid_request',
    description: 'the Authorization header does not hold one access token',
  }
}

/**
 * Returns what is wrong between a token's binding, the scheme that it came with and the proof beside
 * it; null if nothing is. A token that is bound to a certificate counts for nothing here: nobody has
 * seen one.
 */
async function bindingFault(
  request: Request,
  { confirmation }: AccessToken,
  { scheme, token }: Credentials,
  { resource, nonceKeys, now }: Judging,
): Promise<Refusal | null> {
  if (confirmation === undefined) {
    return scheme === 'DPoP' ? invalidToken('the access token is not bound to a key') : null
  }
  if (scheme === 'Bearer' || !('jkt' in confirmation)) {
    return invalidToken('the access token is bound and was sent without proof')
  }
  const { pathname } = new URL(request.url)
  const fault = await proofFault({
    header: request.headers.get('DPoP'),
    method: request.method,
    // As clients know it: a proxy may have given the request another host.
    url: new URL(resource).origin + pathname,
    accessToken: token,
    thumbprint: confirmation.jkt,
    now,
    nonceKeys,
  })
  return fault === null ? null : { status: 401, ...fault }
}

function isEnough(
  token: AccessToken,
  { acrValues = [], maxAge }: SignInNeeds,
  now: number,
): boolean {
  const isStrong = acrValues.length === 0 || acrValues.some((acr) => reaches(token.acr, acr))
  const isYoung =
    maxAge === undefined || (token.authTime !== undefined && now - token.authTime <= maxAge)
  return isStrong && isYoung
}

/** Returns whether a class is the one that is needed, or one of Postern's that contains it. */
const reaches = (acr: string | undefined, needed: string): boolean =>
  acr === needed || (levelOfAcr(acr) ?? 0) >= (levelOfAcr(needed) ?? Infinity)

const unavailable = (): Response =>
  Response.json(
    {
      error: 'temporarily_unavailable',
      error_description: 'access tokens cannot be verified now, try again',
    },
    { status: 503, headers: { 'Retry-After': '2', 'Cache-Control': 'no-store' } },
  )
