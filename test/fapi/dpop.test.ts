// fapi2-security-profile-final-dpop-negative-tests: the blocks of the module, each at userinfo, which is
// the protected resource here.
import { describe, expect, it } from 'vitest'
import { base64url, utf8 } from '../../src/crypto/encoding.ts'
import { newProofKey, provedUserinfo, userinfoProof, type ProofFacts } from '../support/dpop.ts'
import { deployed, deployment } from '../support/deployment.ts'
import { get, issuer, postern } from '../support/http.ts'
import { registerUser } from '../support/registry.ts'
import { seconds } from '../federation/providers.ts'
import { signedIn } from '../openid/flow.ts'
import { postFapi, registerFapiClient, signInFapi } from './client.ts'

const rsa = { ...(await registerFapiClient()), proofKey: await newProofKey('PS256') }
const client = await registerFapiClient()
const agent = await signedIn(await registerUser())
const { access_token: token } = await signInFapi(client, agent)
const { access_token: rsaToken } = await signInFapi(rsa, agent)

const htu = `${issuer}/oauth2/userinfo`
const proofWith = (facts: ProofFacts = {}) => userinfoProof(client.proofKey, token, facts)
const statusOf = async (proof: string | null, of = token): Promise<number> =>
  (await provedUserinfo(of, proof)).status

/** A proof whose header or claims are changed after it was signed. */
const withHeader = (proof: string, header: object): string =>
  [base64url(utf8(JSON.stringify(header))), ...proof.split('.').slice(1)].join('.')

const publicHeader = { typ: 'dpop+jwt', alg: 'ES256', jwk: client.proofKey.jwk }

const refused: [string, () => Promise<string>][] = [
  ['DPoP proof not well-formed JWT', async () => `${await proofWith()}.more`],
  ["'typ' is missing in header", () => proofWith({ header: { typ: undefined } })],
  [
    "'alg' is missing",
    async () => withHeader(await proofWith(), { ...publicHeader, alg: undefined }),
  ],
  ["'jwk' is missing", () => proofWith({ header: { jwk: undefined } })],
  ["'jti' is missing", () => proofWith({ jti: undefined })],
  ["'htm' is missing", () => proofWith({ htm: undefined })],
  ["'htu' is missing", () => proofWith({ htu: undefined })],
  ["'iat' is missing", () => proofWith({ iat: undefined })],
  ["'ath' is missing", () => proofWith({ ath: undefined })],
  ["invalid 'typ' in header", () => proofWith({ header: { typ: 'JWT' } })],
  [
    'none alg',
    async () => {
      const unsigned = withHeader(await proofWith(), { ...publicHeader, alg: 'none' })
      return unsigned.slice(0, unsigned.lastIndexOf('.') + 1)
    },
  ],
  [
    'invalid signature',
    async () => {
      const [header = '', claims = ''] = (await proofWith()).split('.')
      const [, , signature = ''] = (await proofWith()).split('.')
      return `${header}.${claims}.${signature}`
    },
  ],
  [
    'jwk header incorrectly containing private key',
    () => proofWith({ header: { jwk: client.proofKey.privateJwk } }),
  ],
  ["incorrect 'htm'", () => proofWith({ htm: 'PUT' })],
  ["'htu' is a different url", () => proofWith({ htu: 'https://another.example/userinfo' })],
  ["'iat' is one hour in the future", () => proofWith({ iat: seconds() + 3_600 })],
  ["'iat' is one hour in the past", () => proofWith({ iat: seconds() - 3_600 })],
  ["'ath' is incorrect", () => proofWith({ ath: 'A'.repeat(43) })],
  ['signed with a different key', async () => userinfoProof(await newProofKey(), token)],
]

const accepted: [string, () => Promise<string>][] = [
  ["'htu' has a query/fragment", () => proofWith({ htu: `${htu}?a=b#c` })],
  ["'htu' does not contain the query/fragment", () => proofWith({ htu })],
  [
    'extra claims on header and claims',
    () => proofWith({ header: { extra: 'header' }, extra: 'claim' }),
  ],
  [
    'scheme and hostname in another case',
    () => proofWith({ htu: htu.replace('http://localhost', 'HTTP://LOCALHOST') }),
  ],
]

describe('fapi2-security-profile-final-dpop-negative-tests', () => {
  it.each(refused)('%s: 401', async (_block, proof) => {
    expect(await statusOf(await proof())).toBe(401)
  })

  it.each(accepted)('%s: 200', async (_block, proof) => {
    expect(await statusOf(await proof())).toBe(200)
  })

  it('all upper case header value: the name of a header has no case', async () => {
    const headers = { Authorization: `DPoP ${token}`, DPOP: await proofWith() }
    expect((await get('/oauth2/userinfo', headers)).status).toBe(200)
  })

  it('more than one DPoP in the header: 401', async () => {
    const headers = new Headers({ Authorization: `DPoP ${token}` })
    headers.append('DPoP', await proofWith())
    headers.append('DPoP', await proofWith())
    expect((await postern(new Request(htu, { headers }))).status).toBe(401)
  })

  it('signed using RS256: 401, although the token is bound to that RSA key', async () => {
    const right = await userinfoProof(rsa.proofKey, rsaToken)
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    const key = await crypto.subtle.importKey('jwk', rsa.proofKey.privateJwk, algorithm, false, [
      'sign',
    ])
    const sign = async (text: string) =>
      new Uint8Array(await crypto.subtle.sign(algorithm, key, utf8(text)))
    const wrong = await userinfoProof({ ...rsa.proofKey, alg: 'RS256', sign }, rsaToken)
    expect({
      PS256: await statusOf(right, rsaToken),
      RS256: await statusOf(wrong, rsaToken),
    }).toEqual({ PS256: 200, RS256: 401 })
  })

  it('DPoP reuse: the first use of jti is 200, the second 401', async () => {
    const jti = crypto.randomUUID()
    expect({
      first: await statusOf(await proofWith({ jti })),
      second: await statusOf(await proofWith({ jti })),
    }).toEqual({ first: 200, second: 401 })
  })

  it('the port is not considered if that is the default for the scheme: at the token endpoint of a deployment', async () => {
    const origin = deployed.ISSUER
    const to = deployment()
    const tokenFrom = async (port: string): Promise<number> => {
      const proof = { htu: `${origin}${port}/oauth2/token` }
      const form = { grant_type: 'client_credentials', scope: 'read' }
      const unusual = { claims: { aud: origin }, proof, to }
      return (await postFapi(client, '/oauth2/token', form, unusual)).status
    }
    expect({ usual: await tokenFrom(':443'), other: await tokenFrom(':444') }).toEqual({
      usual: 200,
      other: 400,
    })
  })

  it("resource access without DPoP proof, also with authorization type changed to 'Bearer': 401", async () => {
    const bearer = await get('/oauth2/userinfo', { Authorization: `Bearer ${token}` })
    expect({ DPoP: await statusOf(null), Bearer: bearer.status }).toEqual({
      DPoP: 401,
      Bearer: 401,
    })
  })

  it('a correct DPoP proof still works', async () => {
    expect(await statusOf(await proofWith())).toBe(200)
  })
})
