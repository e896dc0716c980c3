// The standard face's words for a refusal: RFC 6749 5.2, challenges of RFC 7617, RFC 6750 3 and
// RFC 9449 7.1.
import { proofAlgorithms } from '../crypto/dpop.ts'
import type { FaceContext } from '../http/app.ts'
import { readTokenCredentials } from '../http/credentials.ts'
import type { OAuthError } from '../protocol/error.ts'

const proofParameters = `algs="${proofAlgorithms.join(' ')}"`

/** Renders the JSON of RFC 6749 5.2, with a Basic challenge on 401. */
export function renderTokenError(error: OAuthError): Response {
  const headers = new Headers()
  if (error.status === 401)
    headers.set('WWW-Authenticate', 'Basic realm="postern", charset="UTF-8"')
  const { code, description } = error
  return Response.json(
    { error: code, error_description: description },
    { status: error.status, headers },
  )
}

/** The challenge to a request without a token; a client that has a key learns what to sign with. */
export const tokenChallenges = `Bearer realm="postern", DPoP ${proofParameters}`

/**
 * Renders an error of a protected resource, with a challenge on 401 and 403: of DPoP where the request
 * or its token is of that scheme, else of Bearer.
 */
export function renderResourceError(error: OAuthError, context: FaceContext): Response {
  const { code, description } = error
  // What is 400 at the token endpoint is a challenge here (RFC 9449 7.1, 9).
  const isAboutProof = code === 'invalid_dpop_proof' || code === 'use_dpop_nonce'
  const status = isAboutProof ? 401 : error.status
  const headers = new Headers()
  if (status === 401 || status === 403) {
    const isBound = isAboutProof || error.reason === 'token_bound' || isDpop(context)
    const scheme = isBound ? 'DPoP' : 'Bearer'
    const scope = code === 'insufficient_scope' ? ', scope="openid"' : ''
    const proofs = isBound ? `, ${proofParameters}` : ''
    headers.set(
      'WWW-Authenticate',
      `${scheme} realm="postern", error="${code}", error_description="${description}"${scope}${proofs}`,
    )
  }
  return Response.json({ error: code, error_description: description }, { status, headers })
}

function isDpop({ req }: FaceContext): boolean {
  const credentials = readTokenCredentials(req.raw)
  return typeof credentials === 'object' && credentials.scheme === 'DPoP'
}
