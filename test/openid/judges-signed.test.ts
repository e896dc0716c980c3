// Certified clients as judges of signed requests, signed answers and signed introspection: oauth4webapi
// with every check that it has, and openid-client.
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { describe, expect, it } from 'vitest'
import { makeKey } from '../federation/providers.ts'
import {
  checksOf,
  issuer,
  judgedServer,
  newRequest,
  redeemAs,
  secretOf,
} from '../support/judges.ts'
import { registerUser } from '../support/registry.ts'
import { registerWebClient } from './flow.ts'

const scope = 'openid profile offline_access'

const user = await registerUser()
const { agent, options, discover } = await judgedServer(user)

/** Sends the browser there; returns where it is sent on. */
async function sentOn({ pathname, search }: URL): Promise<URL> {
  const { away, html } = await agent.open(pathname + search)
  if (away === null) throw new Error(`not sent on but shown ${html}`)
  return new URL(away)
}

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

describe.each(algorithms)('with %s', (alg) => {
  it('oauth4webapi: request object, signed answer, signed introspection', async () => {
    const as = await discover()
    const { made, metadata, signing } = await registerSigned(alg)
    const client: oauth.Client = { client_id: made.client_id, ...metadata }
    const auth = oauth.ClientSecretBasic(secretOf(made))
    const { parameters, verifier, state, nonce } = await newRequest({
      response_mode: 'jwt',
      scope,
      max_age: '600',
      claims: '{"userinfo":{"name":null}}',
    })
    const asked = new URLSearchParams(parameters)
    const url = new URL(as.authorization_endpoint ?? '')
    url.searchParams.set('client_id', made.client_id)
    url.searchParams.set('request', await oauth.issueRequestObject(as, client, asked, signing))
    const answer = await oauth.validateJwtAuthResponse(
      as,
      client,
      await sentOn(url),
      state,
      options,
    )
    const checks = { expectedNonce: nonce, maxAge: 600, requireIdToken: true }
    const tokens = await redeemAs({ as, client, auth, options }, answer, verifier, checks)
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
      options,
    )
    openid.enableNonRepudiationChecks(config)
    openid.useJwtResponseMode(config)
    const request = await newRequest({ scope })
    const signed = await openid.buildAuthorizationUrlWithJAR(config, request.parameters, signing)
    const url = isPushed
      ? await openid.buildAuthorizationUrlWithPAR(config, signed.searchParams)
      : signed
    const checks = { ...checksOf(request), idTokenExpected: true }
    const tokens = await openid.authorizationCodeGrant(config, await sentOn(url), checks)
    expect(await openid.tokenIntrospection(config, tokens.access_token)).toMatchObject({
      active: true,
      sub: tokens.claims()?.sub,
    })
  })
})
