// Certified clients as judges of signed requests, signed answers and signed introspection: oauth4webapi
// with every check that it has, and openid-client.
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { describe, expect, it } from 'vitest'
import { makeKey } from '../federation/providers.ts'
import { Server } from '../support/faults.ts'
import { registerUser, type TestClient } from '../support/registry.ts'
import { UserAgent } from '../support/user-agent.ts'
import { callback, registerWebClient, signInAt } from './flow.ts'

const issuer = 'https://id.example'
const server = new Server({
  DEVELOPMENT: 'false',
  INSECURE_LOOPBACK_PROVIDERS: 'false',
  ISSUER: issuer,
})
const scope = 'openid profile offline_access'

const user = await registerUser()
const agent = new UserAgent(server.fetch, issuer)
await signInAt(agent, await agent.open('/'), user)

/** Sends the browser there; returns where it is sent on. */
async function sentOn({ pathname, search }: URL): Promise<URL> {
  const { away, html } = await agent.open(pathname + search)
  if (away === null) throw new Error(`not sent on but shown ${html}`)
  return new URL(away)
}

const customFetch = (url: string, init: oauth.CustomFetchOptions<string, unknown>) =>
  server.fetch(new Request(url, init as RequestInit))

const algorithms = ['ES256', 'RS256'] as const
type Algorithm = (typeof algorithms)[number]

/** A client for which everything is signed that can be. */
async function registerSigned(alg: Algorithm) {
  const key = await makeKey(alg)
  const metadata = {
    jwks: { keys: [key.jwk] },
    request_object_signing_alg: alg,
    require_signed_request_object: true,
    authorization_signed_response_alg: alg,
    introspection_signed_response_alg: alg,
    id_token_signed_response_alg: alg,
  }
  const made = await registerWebClient({ ...metadata, scope })
  return { made, metadata, signing: { key: key.privateKey, kid: key.kid } }
}

const secretOf = ({ client_secret = '' }: TestClient): string => client_secret

describe.each(algorithms)('with %s', (alg) => {
  it('oauth4webapi: request object, signed answer, signed introspection', async () => {
    const options = { [oauth.customFetch]: customFetch }
    const discovered = await oauth.discoveryRequest(new URL(issuer), options)
    const as = await oauth.processDiscoveryResponse(new URL(issuer), discovered)
    const { made, metadata, signing } = await registerSigned(alg)
    const client: oauth.Client = { client_id: made.client_id, ...metadata }
    const auth = oauth.ClientSecretBasic(secretOf(made))
    const [verifier, state, nonce] = [
      oauth.generateRandomCodeVerifier(),
      oauth.generateRandomState(),
      oauth.generateRandomNonce(),
    ]
    const parameters = new URLSearchParams({
      redirect_uri: callback,
      response_type: 'code',
      response_mode: 'jwt',
      scope,
      state,
      nonce,
      max_age: '600',
      claims: '{"userinfo":{"name":null}}',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    const url = new URL(as.authorization_endpoint ?? '')
    url.searchParams.set('client_id', made.client_id)
    url.searchParams.set('request', await oauth.issueRequestObject(as, client, parameters, signing))
    const answer = await oauth.validateJwtAuthResponse(
      as,
      client,
      await sentOn(url),
      state,
      options,
    )
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      auth,
      answer,
      callback,
      verifier,
      options,
    )
    const checks = { expectedNonce: nonce, maxAge: 600, requireIdToken: true }
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, checks)
    const introspect = async (token: string) => {
      const told = await oauth.introspectionRequest(as, client, auth, token, options)
      const claims = await oauth.processIntrospectionResponse(as, client, told)
      await oauth.validateApplicationLevelSignature(as, told, options)
      return claims
    }
    expect({
      live: await introspect(tokens.access_token),
      unknown: await introspect('unknown'),
    }).toMatchObject({ live: { active: true, sub: user.sub }, unknown: { active: false } })
  })

  it.each([
    ['in the query', false],
    ['pushed', true],
  ])('openid-client: request object %s, and signed answer', async (_where, isPushed) => {
    const { made, metadata, signing } = await registerSigned(alg)
    const config = await openid.discovery(
      new URL(issuer),
      made.client_id,
      metadata,
      openid.ClientSecretBasic(secretOf(made)),
      { [openid.customFetch]: customFetch },
    )
    openid.enableNonRepudiationChecks(config)
    openid.useJwtResponseMode(config)
    const [pkceCodeVerifier, expectedState, expectedNonce] = [
      openid.randomPKCECodeVerifier(),
      openid.randomState(),
      openid.randomNonce(),
    ]
    const signed = await openid.buildAuthorizationUrlWithJAR(
      config,
      {
        redirect_uri: callback,
        scope,
        state: expectedState,
        nonce: expectedNonce,
        code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: 'S256',
      },
      signing,
    )
    const url = isPushed
      ? await openid.buildAuthorizationUrlWithPAR(config, signed.searchParams)
      : signed
    const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
    const tokens = await openid.authorizationCodeGrant(config, await sentOn(url), checks)
    expect(await openid.tokenIntrospection(config, tokens.access_token)).toMatchObject({
      active: true,
      sub: tokens.claims()?.sub,
    })
  })
})
