// Phase two of an authorization request: client and redirect URI are proved (response-target.ts), so
// the client gets every refusal. OpenID Connect Core 3.1.2.1, RFC 7636 4.3, RFC 8707 2, RFC 9207.
import { isCodeChallenge } from '../../crypto/pkce.ts'
import {
  type AuthorizationErrorCode,
  OAuthError,
  invalidRequest,
  unauthorizedClient,
} from '../../protocol/error.ts'
import { type Parameters, encodeParameters, isRepeatable } from '../../protocol/parameters.ts'
import { parseScope } from '../../protocol/scope.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { isConfidential } from '../clients/authentication.ts'
import { isFapi2 } from '../clients/profile.ts'
import type { Client } from '../clients/storage.ts'
import { type AcrDemand, readAcrDemand } from '../tokens/acr.ts'
import { type ClaimsRequest, readClaimsRequest } from '../tokens/claims-request.ts'
import {
  type AuthorizationDetail,
  readAuthorizationDetails,
  requireLocations,
} from '../tokens/details.ts'
import { requestedTargets } from '../tokens/resource.ts'
import type { Target } from '../tokens/target.ts'
import { type ResponseTarget, responseModes } from './response-target.ts'
import { promptValues } from './steps/steps.ts'

/**
 * Bytes of a request's encoded parameters at most. Anyone can send a request, and its screen carries
 * them in an address, whose length browsers and the platform limit.
 */
const longestRequest = 8_192

/** A request that is valid for its client. OpenID Connect Core 3.1.2.1. */
export type AuthorizationRequest = {
  scope: string | undefined
  resource: readonly string[]
  /** The same resources, with what the operator says about them. */
  targets: readonly Target[]
  /** What exactly is asked for (RFC 9396 2). */
  details: readonly AuthorizationDetail[]
  nonce: string | undefined
  codeChallenge: string | undefined
  /** `none`, or names of steps that must be taken. */
  prompt: readonly string[]
  /** The key that the tokens must be bound to (RFC 9449 10). */
  keyThumbprint: string | undefined
  /** Seconds that may have passed since the sign-in. */
  maxAge: number | undefined
  loginHint: string | undefined
  idTokenHint: string | undefined
  uiLocales: string | undefined
  claims: ClaimsRequest
  /** How well the user must prove who they are. */
  acr: AcrDemand
  claimsText: string | undefined
}

/** Where a face differs from the standard in what it demands of a request. */
export type RequestPolicy = {
  /** Whether a confidential client needs PKCE: as registered, or never. Public clients always do. */
  pkceOfConfidential: 'registered' | 'optional'
}

const standardPolicy: RequestPolicy = { pkceOfConfidential: 'registered' }

/** Returns whether a request is longer than 8,192 bytes: then it is refused. */
export const isTooLong = (parameters: Parameters): boolean =>
  encodeParameters(parameters).length > longestRequest

/** Rejects a request that is longer than 8,192 bytes. @throws invalid_request */
export function checkLength(parameters: Parameters): void {
  if (isTooLong(parameters)) throw invalidRequest('the request is longer than 8192 bytes')
}

/**
 * Reads a request and checks that it is valid for its client. OpenID Connect Core 3.1.2.2.
 * @throws errors of RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6 and RFC 9396 5, for the client;
 *   temporarily_unavailable
 */
export async function readAuthorizationRequest(
  as: AuthorizationServer,
  client: Client,
  parameters: Parameters,
  policy = standardPolicy,
): Promise<AuthorizationRequest> {
  refuseRepeated(parameters)
  refuseUnsupported(client, parameters)
  const scope = parameters.get('scope')
  if (scope !== undefined) parseScope(scope)
  const claimsText = parameters.get('claims')
  const claims = readClaimsRequest(claimsText)
  const targets = await requestedTargets(as, client, parameters)
  const details = await readAuthorizationDetails(as, client, parameters)
  requireLocations(targets, details)
  return {
    scope,
    resource: targets.map(({ uri }) => uri),
    targets,
    details,
    nonce: parameters.get('nonce'),
    codeChallenge: readCodeChallenge(client, parameters, policy),
    keyThumbprint: readKeyThumbprint(parameters),
    prompt: readPrompt(parameters.get('prompt')),
    maxAge: readMaxAge(parameters.get('max_age')) ?? client.metadata.default_max_age,
    loginHint: parameters.get('login_hint'),
    idTokenHint: parameters.get('id_token_hint'),
    uiLocales: parameters.get('ui_locales'),
    claims,
    acr: readAcrDemand(client, parameters.get('acr_values'), claims),
    claimsText,
  }
}

/**
 * Rejects a request that was not pushed if the client must push its requests (RFC 9126 6).
 * @throws invalid_request, for the client
 */
export function requirePushed({ client, pushed }: Pick<ResponseTarget, 'client' | 'pushed'>): void {
  const { require_pushed_authorization_requests: isRequired } = client.metadata
  if (pushed !== null || (isRequired !== true && !isFapi2(client))) return
  throw invalidRequest('the client must push its authorization requests (RFC 9126)')
}

/**
 * Enforces the rules of a client's security profile that no other rule covers. FAPI 2.0 5.3.2.2
 * @throws invalid_request
 */
export function requireProfile({ client, redirectUriNamed, responseMode }: ResponseTarget): void {
  if (!isFapi2(client)) return
  if (!redirectUriNamed) {
    throw invalidRequest('the redirect_uri is missing', { reason: 'redirect_uri_missing' })
  }
  if (responseMode === 'fragment') throw invalidRequest('the response_mode must not be fragment')
}

// "Request and response parameters MUST NOT be included more than once." RFC 6749 3.1
function refuseRepeated({ repeated = new Map() }: Parameters): void {
  if (![...repeated.keys()].every(isRepeatable)) throw invalidRequest('a parameter is repeated')
}

function refuseUnsupported(client: Client, parameters: Parameters): void {
  if (parameters.has('request_uri')) throw notSupported('request_uri_not_supported', 'request_uri')
  // "MUST NOT silently ignore": a request object that was not read would be half a request.
  if (parameters.has('request')) throw notSupported('request_not_supported', 'request')
  if (parameters.has('registration')) {
    throw notSupported('registration_not_supported', 'registration')
  }
  const responseType = parameters.get('response_type')
  if (responseType === undefined) {
    throw invalidRequest('the response_type is missing', { reason: 'parameter_missing' })
  }
  if (responseType !== 'code') throw notSupported('unsupported_response_type', 'response_type')
  const mode = parameters.get('response_mode')
  if (mode !== undefined && !responseModes.some((one) => one === mode)) {
    throw invalidRequest('the response_mode is not supported')
  }
  if (!client.metadata.grant_types.includes('authorization_code')) {
    throw unauthorizedClient('the client is not registered for the authorization code grant')
  }
}

const notSupported = (code: AuthorizationErrorCode, parameter: string): OAuthError =>
  new OAuthError(code, `this value of ${parameter} is not supported`)

function readCodeChallenge(
  client: Client,
  parameters: Parameters,
  { pkceOfConfidential }: RequestPolicy,
): string | undefined {
  const challenge = parameters.get('code_challenge')
  const method = parameters.get('code_challenge_method')
  if (challenge === undefined) {
    const missing = { reason: 'challenge_missing' } as const
    if (method !== undefined) throw invalidRequest('the code_challenge is missing', missing)
    const isRegistered = pkceOfConfidential === 'registered' && client.metadata.require_pkce
    if (isRegistered || !isConfidential(client)) {
      throw invalidRequest('a code_challenge is required', missing)
    }
    return undefined
  }
  const unusable = { reason: 'challenge_unusable' } as const
  // An absent method means `plain`, which is refused as `plain` itself is (RFC 9700 2.1.1).
  if (method !== 'S256') throw invalidRequest('the code_challenge_method must be S256', unusable)
  if (!isCodeChallenge(challenge)) throw invalidRequest('the code_challenge is malformed', unusable)
  return challenge
}

// SHA-256 in base64url, as a code challenge is.
function readKeyThumbprint(parameters: Parameters): string | undefined {
  const thumbprint = parameters.get('dpop_jkt')
  if (thumbprint === undefined || isCodeChallenge(thumbprint)) return thumbprint
  throw invalidRequest('the dpop_jkt is not the thumbprint of a key')
}

function readPrompt(text: string | undefined): readonly string[] {
  if (text === undefined) return []
  const named = text.split(' ')
  const known = promptValues.filter((prompt) => named.includes(prompt))
  if (known.length !== new Set(named).size) throw invalidRequest('the prompt is not supported')
  // "If this parameter contains none with any other value, an error is returned."
  if (known.includes('none') && known.length > 1) {
    throw invalidRequest('the prompt none cannot be combined with other values')
  }
  return known
}

function readMaxAge(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,10}$/.test(text)) throw invalidRequest('the max_age is not a number of seconds')
  return Number(text)
}
