// Answers to authorization requests as one signed JWT, so that a client can tell that nobody changed
// them or meant them for another client. JWT Secured Authorization Response Mode (JARM) 2.1.
import { type Signer, signJwt } from '../../crypto/jwt.ts'
import type { AuthorizationServer } from '../authorization-server.ts'
import { defaultSigningAlgorithm } from '../clients/profile.ts'
import type { Client } from '../clients/storage.ts'
import type { ResponseMode, ResponseTarget } from './response-target.ts'

/** Seconds. "A maximum JWT lifetime of 10 minutes is RECOMMENDED." JARM 2.1 */
const lifetime = 300

/**
 * Returns how an answer in a mode is sent, and whether it is signed. "The response mode 'jwt' is a
 * shortcut": of a code, for `query.jwt`. JARM 2.3.4
 */
export function encodingOf(mode: ResponseMode): {
  encoding: 'query' | 'fragment' | 'form_post'
  isSigned: boolean
} {
  switch (mode) {
    case 'jwt':
    case 'query.jwt':
      return { encoding: 'query', isSigned: true }
    case 'form_post.jwt':
      return { encoding: 'form_post', isSigned: true }
    default:
      return { encoding: mode, isSigned: false }
  }
}

/** Returns the key that signs the answers to a client. @throws temporarily_unavailable */
const signerFor = (as: AuthorizationServer, { metadata }: Client): Promise<Signer> =>
  as.signingKeys.signer(
    metadata.authorization_signed_response_alg ?? defaultSigningAlgorithm(metadata),
    as.now,
  )

/**
 * Makes sure that the answer to a request can be sent, before the request is used up for it.
 * @throws temporarily_unavailable
 */
export async function requireAnswerable(
  as: AuthorizationServer,
  { client, responseMode }: Pick<ResponseTarget, 'client' | 'responseMode'>,
): Promise<void> {
  if (encodingOf(responseMode).isSigned) await signerFor(as, client)
}

/**
 * Signs an answer for its client: a code or an error, with the `state`. The issuer is a claim, so no
 * `iss` stands beside it (RFC 9207 2.4).
 * @throws temporarily_unavailable
 */
export async function signAnswer(
  as: AuthorizationServer,
  client: Client,
  answer: Readonly<Record<string, string>>,
): Promise<string> {
  return signJwt(await signerFor(as, client), 'JWT', {
    ...answer,
    iss: as.issuer,
    aud: client.id,
    exp: Math.floor(as.now) + lifetime,
  })
}
