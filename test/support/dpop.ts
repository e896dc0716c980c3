// Clients with a key of their own: the proofs that they send (RFC 9449 4.2), and the tokens they get.
import { calculateJwkThumbprint } from 'jose'
import { base64url, utf8 } from '../../src/crypto/encoding.ts'
import { digestOf } from '../../src/crypto/secret.ts'
import { basic, formRequest, get, issuer, postern, type Answerer } from './http.ts'
import { registerClient, registerUser, type TestClient, type TestUser } from './registry.ts'

const algorithms = {
  ES256: [
    { name: 'ECDSA', namedCurve: 'P-256' },
    { name: 'ECDSA', hash: 'SHA-256' },
  ],
  ES384: [
    { name: 'ECDSA', namedCurve: 'P-384' },
    { name: 'ECDSA', hash: 'SHA-384' },
  ],
  EdDSA: [{ name: 'Ed25519' }, { name: 'Ed25519' }],
  Ed25519: [{ name: 'Ed25519' }, { name: 'Ed25519' }],
  PS256: [rsa('RSA-PSS', 2048), { name: 'RSA-PSS', saltLength: 32 }],
  RS256: [rsa('RSASSA-PKCS1-v1_5', 2048), { name: 'RSASSA-PKCS1-v1_5' }],
  'PS256 of 1024 bits': [rsa('RSA-PSS', 1024), { name: 'RSA-PSS', saltLength: 32 }],
} as const

function rsa(name: string, modulusLength: number) {
  const publicExponent = new Uint8Array([1, 0, 1])
  return { name, modulusLength, publicExponent, hash: 'SHA-256' }
}

export type ProofKey = {
  alg: string
  jwk: JsonWebKey
  privateJwk: JsonWebKey
  thumbprint: string
  sign: (text: string) => Promise<Uint8Array>
}

export async function newProofKey(kind: keyof typeof algorithms = 'ES256'): Promise<ProofKey> {
  const [generating, signing] = algorithms[kind]
  const pair = await crypto.subtle.generateKey(generating, true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new Error(`${kind} is not asymmetric`)
  const { privateKey } = pair
  const jwkOf = async (key: CryptoKey): Promise<JsonWebKey> => {
    const jwk = await crypto.subtle.exportKey('jwk', key)
    if (jwk instanceof ArrayBuffer) throw new Error('no JWK')
    const { ext: _, key_ops: __, alg: ___, ...members } = jwk
    return members
  }
  const jwk = await jwkOf(pair.publicKey)
  return {
    alg: kind.split(' ')[0] ?? kind,
    jwk,
    privateJwk: await jwkOf(privateKey),
    thumbprint: await calculateJwkThumbprint(jwk),
    sign: async (text) => new Uint8Array(await crypto.subtle.sign(signing, privateKey, utf8(text))),
  }
}

/** Claims and header of a proof where it is not a usual one; undefined leaves a member out. */
export type ProofFacts = Record<string, unknown> & { header?: Record<string, unknown> }

/** A proof of the key for a POST to the token endpoint now, but for `facts`. */
export async function proofOf(
  key: ProofKey,
  { header = {}, ...claims }: ProofFacts = {},
): Promise<string> {
  const part = (value: object) => base64url(utf8(JSON.stringify(value)))
  const head = { typ: 'dpop+jwt', alg: key.alg, jwk: key.jwk, ...header }
  const usual = {
    jti: crypto.randomUUID(),
    htm: 'POST',
    htu: `${issuer}/oauth2/token`,
    iat: Math.floor(Date.now() / 1000),
  }
  const content = `${part(head)}.${part({ ...usual, ...claims })}`
  return `${content}.${base64url(await key.sign(content))}`
}

type Extra = Record<string, string | undefined>

/** A token request with a proof in its header; null sends none. */
export const postProved = (
  client: TestClient,
  proof: string | null,
  form: Extra,
  to: Answerer = postern,
): Promise<Response> => {
  const { client_id, client_secret } = client
  const credentials = client_secret === undefined ? {} : basic(client_id, client_secret)
  const named = client_secret === undefined ? { client_id } : {}
  const headers = { ...credentials, ...(proof === null ? {} : { DPoP: proof }) }
  return to(formRequest('/oauth2/token', { ...named, ...form }, headers))
}

/** A proof for userinfo with this token, but for `facts`. */
export const userinfoProof = async (
  key: ProofKey,
  token: string,
  facts: ProofFacts = {},
): Promise<string> => {
  const htu = `${issuer}/oauth2/userinfo`
  return proofOf(key, { htm: 'GET', htu, ath: await digestOf(token), ...facts })
}

/** Userinfo under the scheme DPoP. */
export const provedUserinfo = (
  token: string,
  proof: string | null,
  to: Answerer = postern,
): Promise<Response> =>
  get(
    '/oauth2/userinfo',
    { Authorization: `DPoP ${token}`, ...(proof === null ? {} : { DPoP: proof }) },
    to,
  )

/** The body of an answer that must be tokens of the type DPoP. */
export async function boundTokensOf(answer: Response | Promise<Response>): Promise<{
  access_token: string
  refresh_token: string
}> {
  const response = await answer
  const body = await response.json<Record<string, unknown>>()
  if (response.status !== 200 || body.token_type !== 'DPoP') {
    throw new Error(`no bound tokens but ${response.status}: ${JSON.stringify(body)}`)
  }
  const { access_token, refresh_token = '' } = body
  return { access_token: String(access_token), refresh_token: String(refresh_token) }
}

/** Signs in with the password and a key; a fresh one unless it is named. */
export async function boundSignIn(
  client: TestClient,
  { username, password }: Pick<TestUser, 'username' | 'password'>,
  extra: Extra = {},
  key?: ProofKey,
) {
  const form = { grant_type: 'password', username, password, ...extra }
  return boundTokensOf(postProved(client, await proofOf(key ?? (await newProofKey())), form))
}

/** Tokens of a confidential client that are bound to a key, by whose they are. */
export const boundTokens: [string, () => Promise<string>][] = [
  [
    'of a user',
    async () => {
      const client = await registerClient({ scope: 'openid profile' })
      return (await boundSignIn(client, await registerUser())).access_token
    },
  ],
  [
    'of client_credentials',
    async () => {
      const form = { grant_type: 'client_credentials' }
      const answer = postProved(await registerClient(), await proofOf(await newProofKey()), form)
      return (await boundTokensOf(answer)).access_token
    },
  ],
]
