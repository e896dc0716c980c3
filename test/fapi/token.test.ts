// The modules of fapi2-security-profile-final-test-plan about client authentication and the token
// endpoint.
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { boundTokensOf, newProofKey, userinfoProof } from '../support/dpop.ts'
import { claimsOf } from '../support/forge.ts'
import { Server } from '../support/faults.ts'
import { issuer, post, postern, refusal } from '../support/http.ts'
import { seconds } from '../federation/providers.ts'
import { backToNow, codeOf, pass, signedIn, verifier } from '../openid/flow.ts'
import {
  fapiCode,
  fapiPath,
  postFapi,
  profileParties,
  pushFapi,
  redeemFapi,
  refreshFapi,
  registerFapiClient,
  signInFapi,
  tokenFapi,
  userinfoFapi,
} from './client.ts'

afterEach(backToNow)

const { client, other, user, agent } = await profileParties()

const invalidClient = { status: 401, error: 'invalid_client' }
const invalidGrant = { status: 400, error: 'invalid_grant' }
const invalidProof = { status: 400, error: 'invalid_dpop_proof' }

describe('FAPI 2.0 5.3.2.1: client authentication', () => {
  it.each([
    [
      'fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails',
      () => ({ exp: seconds() - 300 }),
    ],
    [
      'fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails',
      () => ({ aud: 'https://another.example' }),
    ],
    [
      'fapi2-security-profile-final-ensure-client-assertion-with-no-sub-fails',
      () => ({ sub: undefined }),
    ],
    [
      'fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails',
      () => ({ iat: seconds() + 90, nbf: seconds() + 90, exp: seconds() + 200 }),
    ],
    ['fapi2-security-profile-final-par-test-array-as-audience-fails', () => ({ aud: [issuer] })],
    [
      'fapi2-security-profile-final-par-test-par-endpoint-url-as-audience-fails',
      () => ({ aud: `${issuer}/oauth2/par` }),
    ],
    [
      'fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-fails',
      () => ({ aud: `${issuer}/oauth2/token` }),
    ],
  ])('%s: invalid_client at PAR and at the token endpoint', async (_module, claims) => {
    const code = await fapiCode(client, agent)
    expect({
      par: await refusal(pushFapi(client, {}, { claims: claims() })),
      token: await refusal(redeemFapi(client, code, {}, { claims: claims() })),
    }).toEqual({ par: invalidClient, token: invalidClient })
    await boundTokensOf(redeemFapi(client, code))
  })

  it('fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted', async () => {
    const claims = { iat: seconds() + 8, nbf: seconds() + 8, exp: seconds() + 60 }
    expect((await pushFapi(client, {}, { claims })).status).toBe(201)
  })

  it('fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails: with an RSA key that PS256 may use', async () => {
    const rsa = await registerFapiClient({}, 'PS256')
    const { alg: _, ...anyAlgorithm } = rsa.key.jwk
    const free = await registerFapiClient({ jwks: { keys: [anyAlgorithm] } })
    const asPS256 = { ...free, key: rsa.key }
    const asRS256 = { ...free, key: { ...rsa.key, alg: 'RS256', privateKey: await asRsaKey(rsa) } }
    expect({
      PS256: (await pushFapi(asPS256)).status,
      RS256: await refusal(pushFapi(asRS256)),
    }).toEqual({ PS256: 201, RS256: invalidClient })
  })

  it('fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint: M035, nothing else authenticates', async () => {
    const { refresh_token } = await signInFapi(client, agent, { scope: 'openid offline_access' })
    const { client_id } = client.client
    const form = { grant_type: 'refresh_token', refresh_token }
    expect({
      nothing: await refusal(post('/oauth2/token', form)),
      name: await refusal(post('/oauth2/token', { ...form, client_id })),
      secret: await refusal(post('/oauth2/token', { ...form, client_id, client_secret: 'none' })),
    }).toEqual({ nothing: invalidClient, name: invalidClient, secret: invalidClient })
    await boundTokensOf(refreshFapi(client, refresh_token))
  })
})

const asRsaKey = async ({ key }: { key: { privateKey: CryptoKey } }): Promise<CryptoKey> => {
  const jwk = await crypto.subtle.exportKey('jwk', key.privateKey)
  if (jwk instanceof ArrayBuffer) throw new Error('no JWK')
  const { alg: _, ...members } = jwk
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  return crypto.subtle.importKey('jwk', members, algorithm, false, ['sign'])
}

describe('FAPI 2.0 5.3.2.1: the token endpoint', () => {
  it('fapi2-security-profile-final-ensure-holder-of-key-required: M099, no token without a proof', async () => {
    const code = await fapiCode(client, agent)
    expect({
      code: await refusal(redeemFapi(client, code, {}, { proof: null })),
      machine: await refusal(
        tokenFapi(client, { grant_type: 'client_credentials' }, { proof: null }),
      ),
    }).toEqual({ code: invalidProof, machine: invalidProof })
    await boundTokensOf(redeemFapi(client, code))
  })

  it('fapi2-security-profile-final-ensure-client-id-in-token-endpoint: the client_id of another is invalid_client', async () => {
    const code = await fapiCode(client, agent)
    const { client_id } = other.client
    expect(await refusal(redeemFapi(client, code, { client_id }))).toEqual(invalidClient)
  })

  it('fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client', async () => {
    const code = await fapiCode(client, agent)
    expect(await refusal(redeemFapi(other, code))).toEqual(invalidGrant)
  })

  it('fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second: and the first tokens end', async () => {
    const code = await fapiCode(client, agent)
    const { access_token } = await boundTokensOf(redeemFapi(client, code))
    pass(1)
    expect(await refusal(redeemFapi(client, code))).toEqual(invalidGrant)
    expect(await userinfoFapi(client, access_token)).toBe(401)
  })

  it('fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code: after 60 seconds, whatever the setting', async () => {
    const server = new Server({ AUTHORIZATION_CODE_LIFETIME: '600' })
    const to = server.fetch
    const long = await signedIn(user, to)
    const code = codeOf(await long.open(await fapiPath(client, {}, { to })))
    pass(61)
    expect(await refusal(redeemFapi(client, code, {}, { to }))).toEqual(invalidGrant)
  })

  it.each([
    [
      'fapi2-security-profile-final-ensure-pkce-code-verifier-required',
      { code_verifier: undefined },
    ],
    [
      'fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected',
      { code_verifier: verifier.replace('d', 'e') },
    ],
  ])('%s', async (_module, extra) => {
    const code = await fapiCode(client, agent)
    expect(await refusal(redeemFapi(client, code, extra))).toEqual(invalidGrant)
  })

  it('fapi2-security-profile-final-refresh-token: RF1, the same refresh token, bound tokens, and only for its client', async () => {
    const first = await signInFapi(client, agent, { scope: 'openid offline_access' })
    const again = await boundTokensOf(refreshFapi(client, first.refresh_token))
    const parallel = await Promise.all(
      [1, 2, 3].map(() => boundTokensOf(refreshFapi(client, first.refresh_token))),
    )
    expect([again, ...parallel].map(({ refresh_token }) => refresh_token)).toEqual(
      Array(4).fill(first.refresh_token),
    )
    expect(await refusal(refreshFapi(other, first.refresh_token))).toEqual(invalidGrant)
    expect(await refusal(refreshFapi(client, first.refresh_token, { proof: null }))).toEqual(
      invalidProof,
    )
    expect(claimsOf(again.access_token).cnf).toEqual({ jkt: client.proofKey.thumbprint })
    expect(await userinfoFapi(client, again.access_token)).toBe(200)
  })

  it('the database keeps the digest of the refresh token while it is refreshed', async () => {
    const first = await signInFapi(client, agent, { scope: 'openid offline_access' })
    const { grant_id } = claimsOf(first.access_token)
    const row = () =>
      env.DB.prepare('SELECT current_digest, generation FROM grants WHERE id = ?1')
        .bind(grant_id)
        .first()
    const before = await row()
    await refreshFapi(client, first.refresh_token)
    expect(await row()).toEqual(before)
  })

  it('introspection and revocation take the same assertions', async () => {
    const { access_token: token } = await signInFapi(client, agent)
    const ask = (path: string) => postFapi(client, path, { token })
    expect(await (await ask('/oauth2/introspect')).json()).toMatchObject({
      active: true,
      token_type: 'DPoP',
      cnf: { jkt: client.proofKey.thumbprint },
    })
    expect((await ask('/oauth2/revoke')).status).toBe(200)
    expect(await (await ask('/oauth2/introspect')).json()).toEqual({ active: false })
  })
})

describe('FAPI 2.0 5.3.2.1: codes bound to a key', () => {
  const htu = `${issuer}/oauth2/par`

  it('fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails: M024, at PAR', async () => {
    const dpop_jkt = (await newProofKey()).thumbprint
    expect(await refusal(pushFapi(client, { dpop_jkt }, { proof: { htu } }))).toEqual({
      status: 400,
      error: 'invalid_request',
    })
  })

  it.each([
    [
      'fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt',
      'proof',
    ],
    [
      'fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-jkt',
      'dpop_jkt',
    ],
    ['fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success', 'proof'],
    ['fapi2-security-profile-final-ensure-dpop-auth-code-binding-success', 'dpop_jkt'],
  ])(
    '%s: another key is refused and does not burn the code, its own is taken',
    async (_module, by) => {
      const code = await fapiCode(
        client,
        agent,
        by === 'proof' ? {} : { dpop_jkt: client.proofKey.thumbprint },
        by === 'proof' ? { proof: { htu } } : {},
      )
      const key = await newProofKey()
      expect(await refusal(redeemFapi(client, code, {}, { key }))).toEqual(invalidProof)
      await boundTokensOf(redeemFapi(client, code))
    },
  )

  it.each([
    ['fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds', -10],
    ['fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-after-succeeds', 10],
  ])('%s: at PAR, token and userinfo', async (_module, shift) => {
    const proof = { iat: seconds() + shift }
    const code = await fapiCode(client, agent, {}, { proof: { htu, ...proof } })
    const { access_token } = await boundTokensOf(redeemFapi(client, code, {}, { proof }))
    expect(await userinfoFapi(client, access_token, proof)).toBe(200)
  })

  it('fapi2-security-profile-final-check-dpop-proof-nbf-exp: they do not count beside iat', async () => {
    const proof = { nbf: seconds() - 10, exp: seconds() + 60 }
    const { access_token } = await boundTokensOf(
      redeemFapi(client, await fapiCode(client, agent), {}, { proof }),
    )
    expect(await userinfoFapi(client, access_token, proof)).toBe(200)
  })

  it('fapi2-security-profile-final-access-token-type-header-case-sensitivity: the scheme in any case', async () => {
    const { access_token } = await signInFapi(client, agent)
    const statuses = await Promise.all(
      ['DPoP', 'dpop', 'DPOP'].map(async (scheme) => {
        const DPoP = await userinfoProof(client.proofKey, access_token)
        const headers = { Authorization: `${scheme} ${access_token}`, DPoP }
        return (await postern(new Request(`${issuer}/oauth2/userinfo`, { headers }))).status
      }),
    )
    expect(statuses).toEqual([200, 200, 200])
  })
})
