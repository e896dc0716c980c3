// Clients that sign assertions in place of a secret, and what they sign.
import type { JWTPayload } from 'jose'
import { makeKey, seconds, signToken, type Key } from '../federation/providers.ts'
import { issuer, post, postern, type Answerer, type Form } from './http.ts'
import { registerClient, type TestClient } from './registry.ts'

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** A client and the key that it signs with. */
export type KeyClient = { client: TestClient; key: Key }

/** Registers a client by its public key, but for `metadata`. */
export async function registerKeyClient(metadata: object = {}, alg = 'ES256'): Promise<KeyClient> {
  const key = await makeKey(alg)
  const client = await registerClient({
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [key.jwk] },
    ...metadata,
  })
  return { client, key }
}

/** A usual assertion of the client, but for `claims` and `header`; undefined leaves one out. */
export const assertionOf = (
  { client: { client_id }, key }: KeyClient,
  claims: JWTPayload = {},
  header: object = {},
): Promise<string> => {
  const usual = {
    iss: client_id,
    sub: client_id,
    aud: issuer,
    iat: seconds(),
    exp: seconds() + 60,
    jti: crypto.randomUUID(),
  }
  return signToken(key, { ...usual, ...claims }, header)
}

/** Posts a form with an assertion. */
export const postWith = (
  assertion: string,
  path: string,
  form: Exclude<Form, string>,
  to: Answerer = postern,
): Promise<Response> =>
  post(path, { client_assertion_type: assertionType, client_assertion: assertion, ...form }, {}, to)

/** Asks for a token of the client's own with an assertion. */
export const tokenWith = (
  assertion: string,
  form: Exclude<Form, string> = {},
  to: Answerer = postern,
): Promise<Response> =>
  postWith(assertion, '/oauth2/token', { grant_type: 'client_credentials', ...form }, to)
