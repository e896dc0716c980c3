// RFC 9449 7: bound tokens at a protected resource, and everywhere that cannot take a proof.
import { describe, expect, it } from 'vitest'
import {
  boundSignIn,
  boundTokens,
  boundTokensOf,
  newProofKey,
  proofOf,
  provedUserinfo,
  userinfoProof,
} from '../support/dpop.ts'
import { forge } from '../support/forge.ts'
import { bearer, get, issuer, post, postern, read } from '../support/http.ts'
import { registerClient, registerPublicClient, registerUser } from '../support/registry.ts'
import { introspect, signIn, userinfo } from '../support/tokens.ts'

const client = await registerClient({ scope: 'openid profile read' })
const user = await registerUser()
const key = await newProofKey()
const other = await newProofKey()
const { access_token } = await boundSignIn(client, user, { scope: 'openid profile' }, key)
const plain = await signIn(client, user)

const challenged = async (answer: Response | Promise<Response>) => {
  const { status, headers } = await answer
  const challenge = headers.get('WWW-Authenticate') ?? ''
  return {
    status,
    scheme: challenge.split(' ', 1)[0],
    error: /error="(\w+)"/.exec(challenge)?.[1],
    algs: /algs="([\w ]+)"/.exec(challenge)?.[1],
    nonce: headers.get('DPoP-Nonce') !== null,
  }
}
const refused = (error: string, nonce = true) => ({
  status: 401,
  scheme: 'DPoP',
  error,
  algs: 'ES256 EdDSA Ed25519 PS256',
  nonce,
})

describe('RFC 9449 7.1: userinfo with a bound token', () => {
  it('DP3: answers under the scheme DPoP with a proof of its key, and brings a nonce', async () => {
    const answer = await provedUserinfo(access_token, await userinfoProof(key, access_token))
    expect({ nonce: answer.headers.has('DPoP-Nonce'), ...(await read(answer)) }).toMatchObject({
      nonce: true,
      status: 200,
      body: { sub: user.sub },
    })
  })

  it('DP3: answers a POST, and a scheme in any case', async () => {
    const proof = await userinfoProof(key, access_token, { htm: 'POST' })
    const headers = { Authorization: `dpop ${access_token}`, DPoP: proof }
    const request = new Request(`${issuer}/oauth2/userinfo`, { method: 'POST', headers })
    expect((await postern(request)).status).toBe(200)
  })

  it('DP9: a bound token as bearer, in the header or in the form: invalid_token', async () => {
    expect({
      header: await challenged(userinfo(access_token)),
      form: await challenged(post('/oauth2/userinfo', { access_token })),
    }).toEqual({
      header: refused('invalid_token', false),
      form: refused('invalid_token', false),
    })
  })

  it('DP9: a bound token as bearer is refused with its proof, too', async () => {
    const headers = { ...bearer(access_token), DPoP: await userinfoProof(key, access_token) }
    expect(await challenged(get('/oauth2/userinfo', headers))).toEqual(refused('invalid_token'))
  })

  it('M027: no proof, no ath, the ath of another token: invalid_dpop_proof', async () => {
    expect({
      proof: await challenged(provedUserinfo(access_token, null)),
      ath: await challenged(
        provedUserinfo(access_token, await userinfoProof(key, access_token, { ath: undefined })),
      ),
      token: await challenged(
        provedUserinfo(access_token, await userinfoProof(key, plain.access_token)),
      ),
    }).toEqual({
      proof: refused('invalid_dpop_proof', false),
      ath: refused('invalid_dpop_proof'),
      token: refused('invalid_dpop_proof'),
    })
  })

  it('M027: the key of another token: invalid_token', async () => {
    const answer = provedUserinfo(access_token, await userinfoProof(other, access_token))
    expect(await challenged(answer)).toEqual(refused('invalid_token'))
  })

  it('M028: a token that is not bound, with a good proof: invalid_token', async () => {
    const { access_token: free } = plain
    const answer = provedUserinfo(free, await userinfoProof(key, free))
    expect(await challenged(answer)).toEqual(refused('invalid_token'))
  })

  it('M021: one proof counts once', async () => {
    const proof = await userinfoProof(key, access_token)
    expect({
      first: (await provedUserinfo(access_token, proof)).status,
      again: (await provedUserinfo(access_token, proof)).status,
    }).toEqual({ first: 200, again: 401 })
  })

  it('a proof for the token endpoint is none here', async () => {
    const proof = await userinfoProof(key, access_token, { htu: `${issuer}/oauth2/token` })
    expect(await challenged(provedUserinfo(access_token, proof))).toEqual(
      refused('invalid_dpop_proof'),
    )
  })

  it('a token whose scope is too small is told so in its scheme', async () => {
    const { access_token: small } = await boundSignIn(client, user, { scope: 'read' }, key)
    const answer = await provedUserinfo(small, await userinfoProof(key, small))
    expect(await challenged(answer)).toEqual({ ...refused('insufficient_scope'), status: 403 })
  })

  it.each([
    ['a certificate', { 'x5t#S256': 'A'.repeat(43) }],
    ['what nobody knows', { unheard: 'of' }],
    ['no object', 'A'.repeat(43)],
  ])('GR8: a token that is bound to %s is no bearer token', async (_what, cnf) => {
    const bound = await forge(plain.access_token, { cnf })
    expect((await userinfo(bound)).status).toBe(401)
  })

  it('GR8: introspection knows no token with a binding that it cannot name', async () => {
    const bound = await forge(plain.access_token, { cnf: { unheard: 'of' } })
    expect(await (await introspect(client, bound)).json()).toEqual({ active: false })
  })

  it('GR10: pages of the client may read a refusal and its nonce', async () => {
    const spa = await registerPublicClient({
      grant_types: ['password', 'authorization_code'],
      redirect_uris: ['https://app.example/cb'],
      dpop_nonce: 'required',
    })
    const origin = 'https://app.example'
    const { username, password } = user
    const form = { grant_type: 'password', username, password, client_id: spa.client_id }
    const ask = async (nonce?: string) =>
      post('/oauth2/token', form, { Origin: origin, DPoP: await proofOf(key, { nonce }) })
    const first = await ask()
    const nonce = first.headers.get('DPoP-Nonce') ?? ''
    const { access_token: token } = await boundTokensOf(ask(nonce))
    const second = await get('/oauth2/userinfo', {
      Origin: origin,
      Authorization: `DPoP ${token}`,
      DPoP: await userinfoProof(key, token),
    })
    const readable = ({ status, headers }: Response) => ({
      status,
      origin: headers.get('Access-Control-Allow-Origin'),
      exposed: headers.get('Access-Control-Expose-Headers'),
      nonce: headers.has('DPoP-Nonce'),
    })
    const expected = { origin, exposed: 'dpop-nonce, retry-after, www-authenticate', nonce: true }
    expect({ token: readable(first), userinfo: readable(second) }).toEqual({
      token: { status: 400, ...expected },
      userinfo: { status: 401, ...expected },
    })
  })
})

describe('M029: a bound token of a confidential client is no bearer token', () => {
  it.each(boundTokens)('%s: at userinfo', async (_whose, make) =>
    expect((await userinfo(await make())).status).toBe(401),
  )
})
