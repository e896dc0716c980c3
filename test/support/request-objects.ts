// Clients that sign their authorization requests (RFC 9101), and what they send a browser with.
import type { JWTPayload } from 'jose'
import { seconds, signToken } from '../federation/providers.ts'
import { authorizationRequest, callback, type Extra } from '../openid/flow.ts'
import { type KeyClient, registerKeyClient } from './assertions.ts'
import { issuer } from './http.ts'

/** Registers a trusted client for sign-ins by its public key, but for `metadata`. */
export const registerSigner = (metadata: object = {}, alg = 'ES256'): Promise<KeyClient> =>
  registerKeyClient(
    {
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: [callback],
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'openid profile email offline_access read',
      ...metadata,
    },
    alg,
  )

/**
 * Signs a usual request, with `claims` about the object or in place of parameters; undefined leaves one
 * out.
 */
export const requestObject = (
  { client, key }: KeyClient,
  claims: JWTPayload = {},
  header: object = {},
): Promise<string> => {
  const usual = {
    ...authorizationRequest(client),
    iss: client.client_id,
    aud: issuer,
    exp: seconds() + 60,
    jti: crypto.randomUUID(),
  }
  return signToken(key, { ...usual, ...claims }, { typ: 'oauth-authz-req+jwt', ...header })
}

/** Where a browser is sent with a request object, and with `beside` it what must not count. */
export const signedPath = ({ client }: KeyClient, request: string, beside: Extra = {}): string => {
  const sent = Object.entries({ client_id: client.client_id, request, ...beside })
  const given = sent.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return `/oauth2/authorize?${new URLSearchParams(given)}`
}
