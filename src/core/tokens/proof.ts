// Proofs of possession: whether one is valid for the request that carries it. RFC 9449 4.3, 8 and 11.1.
// Nothing here reads storage; what the proof spends rides in the batch that decides about the request.
import { readDpopProof } from '../../crypto/dpop.ts'
import { isProofNonce } from '../../crypto/proof-nonce.ts'
import { digestOf } from '../../crypto/secret.ts'
import { invalidDpopProof, invalidRequest, useDpopNonce } from '../../protocol/error.ts'
import { isTimelyProof, oldestProof, targetOfProof } from '../../protocol/proof-of-possession.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { isFapi2 } from '../clients/profile.ts'
import type { Client } from '../clients/storage.ts'
import type { Spending } from '../server/storage.ts'
import { isProvedKey } from './confirmation.ts'
import type { Confirmation } from './storage.ts'

/** The `DPoP` header as it was sent, and the request that it came with. */
export type SentProof = {
  text: string
  method: string
  /** The path that the request was routed by. */
  path: string
}

/** A key whose possession a request has proved. */
type ProvedKey = {
  confirmation: { jkt: string }
  /** The `jti` of the proof: single use for its key at this endpoint. */
  spending: Spending
}

/**
 * Seconds that a spent `jti` is kept once its proof has expired, for isolates whose clock is behind.
 */
const clockMargin = 60

/**
 * Verifies the proof of a request and returns the key that it proves. `accessToken` is the one that the
 * request presents to a resource.
 * @throws invalid_dpop_proof, use_dpop_nonce
 */
export async function proveKey(
  as: AuthorizationServer,
  client: Client,
  { text, method, path }: SentProof,
  accessToken?: string,
): Promise<ProvedKey> {
  const { thumbprint, jti, htm, htu, iat, ath, nonce } = await readDpopProof(text)
  if (htm !== method) throw invalidDpopProof('the htm of the DPoP proof is not this method')
  if (!isOwnUrl(as, htu, path)) {
    throw invalidDpopProof('the htu of the DPoP proof is not this endpoint')
  }
  if (accessToken !== undefined && ath !== (await digestOf(accessToken))) {
    throw invalidDpopProof('the ath of the DPoP proof is not that of the access token')
  }
  await checkNonce(as, client, nonce)
  if (!isTimelyProof(iat, as.now)) {
    throw invalidDpopProof('the iat of the DPoP proof is too old or in the future')
  }
  return {
    confirmation: { jkt: thumbprint },
    spending: {
      digest: await digestOf(JSON.stringify(['proof of possession', path, thumbprint, jti])),
      expiresAt: iat + oldestProof + clockMargin,
      onlyIfGranted: true,
      refusal: () => invalidDpopProof('the jti of the DPoP proof was used before'),
    },
  }
}

/**
 * Returns whether `htu` names the endpoint at `path` under one of our own issuers. The request's own
 * Host is no measure: whoever forwards a proof to us that was made for another server sets it.
 */
function isOwnUrl(as: AuthorizationServer, htu: string, path: string): boolean {
  const target = targetOfProof(htu)
  const { mtlsHost } = as.settings
  const own = mtlsHost === undefined ? as.ownIssuers : [...as.ownIssuers, `https://${mtlsHost}`]
  return target !== null && own.includes(target.origin) && target.pathname === path
}

/**
 * Checks the nonce of a proof. A missing nonce is accepted unless one is required.
 * @throws use_dpop_nonce: the answer brings a fresh one, and clients retry with it (8)
 */
async function checkNonce(
  as: AuthorizationServer,
  client: Client,
  nonce: string | undefined,
): Promise<void> {
  if (nonce === undefined) {
    const mode = client.metadata.dpop_nonce ?? as.settings.dpopNonce
    if (mode === 'offered') return
    throw useDpopNonce('the DPoP proof needs a nonce of this server')
  }
  if (!(await isProofNonce(as.keys, nonce, as.now))) {
    throw useDpopNonce('the nonce of the DPoP proof is stale')
  }
}

/**
 * Returns the certificate of the connection, for a client whose tokens are bound to it (RFC 8705 3).
 */
export const boundCertificate = (
  { certificate }: AuthorizationServer,
  { metadata }: Client,
): Confirmation | undefined =>
  certificate === null || metadata.tls_client_certificate_bound_access_tokens !== true
    ? undefined
    : { 'x5t#S256': certificate.thumbprint }

/**
 * Enforces the profile fapi2: "shall only issue sender-constrained access tokens". FAPI 2.0 5.3.2.1
 * @throws invalid_dpop_proof if the request proves neither a key nor a certificate
 */
export function requireBinding(client: Client, confirmation: Confirmation | undefined): void {
  if (!isFapi2(client) || confirmation !== undefined) return
  throw invalidDpopProof('the tokens of the client must be bound, and the request proves no key')
}

/**
 * Enforces the token binding that a client is registered for.
 * @throws invalid_dpop_proof if its tokens must be bound to a key and none was proved (RFC 9449 5.2),
 *   invalid_request if they must be bound to a certificate and there is none (RFC 8705 3.4)
 */
export function requireConfirmation(
  { metadata }: Client,
  confirmation: Confirmation | undefined,
): void {
  if (metadata.dpop_bound_access_tokens === true && !isProvedKey(confirmation)) {
    throw invalidDpopProof('the client is registered for DPoP, and the request has no proof')
  }
  if (metadata.tls_client_certificate_bound_access_tokens === true && confirmation === undefined) {
    throw invalidRequest('the client is registered for a certificate, and the connection has none')
  }
}

/** Returns the `token_type` of a token that is bound so (RFC 9449 5; RFC 8705 3 has Bearer). */
export const tokenTypeOf = (confirmation: Confirmation | null | undefined): 'Bearer' | 'DPoP' =>
  isProvedKey(confirmation) ? 'DPoP' : 'Bearer'
