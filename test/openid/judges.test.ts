// Certified clients as judges: oauth4webapi with every check that it has, and openid-client, against
// the server as it is deployed, under an https issuer.
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { describe, expect, it } from 'vitest'
import { makeKey, seconds, signToken } from '../federation/providers.ts'
import {
  checksOf,
  issuer,
  judgedServer,
  newRequest,
  refreshAs,
  secretOf,
  userInfoAs,
} from '../support/judges.ts'
import { registerUser, type TestClient } from '../support/registry.ts'
import { callback, outcome, registerSpa, registerWebClient, signInAt } from './flow.ts'

const goodbye = 'https://client.example/goodbye'
const scope = 'openid profile email offline_access read'
const registered = { scope, post_logout_redirect_uris: [goodbye] }

const user = await registerUser({ name: 'Ann Example', email_verified: true })
const { agent, allow, options, discover } = await judgedServer(user)

const signedInAs = {
  sub: user.sub,
  name: 'Ann Example',
  preferred_username: user.username,
  email: user.email,
  email_verified: true,
  updated_at: expect.any(Number),
}

/** Signs in place of a secret; the public half is what the client registers. */
const signing = await makeKey()
const registeredKey = {
  token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [signing.jwk] },
}
const privateKey = { key: signing.privateKey, kid: signing.kid }

type Variant = { metadata: object; auth: (client: TestClient) => oauth.ClientAuth }

const variants: [string, Variant][] = [
  [
    'client_secret_basic and ES256',
    {
      metadata: {
        token_endpoint_auth_method: 'client_secret_basic',
        id_token_signed_response_alg: 'ES256',
      },
      auth: (client) => oauth.ClientSecretBasic(secretOf(client)),
    },
  ],
  [
    'client_secret_post and RS256',
    {
      metadata: {
        token_endpoint_auth_method: 'client_secret_post',
        id_token_signed_response_alg: 'RS256',
      },
      auth: (client) => oauth.ClientSecretPost(secretOf(client)),
    },
  ],
  [
    'private_key_jwt and ES256',
    {
      metadata: { ...registeredKey, id_token_signed_response_alg: 'ES256' },
      auth: () => oauth.PrivateKeyJwt(privateKey),
    },
  ],
  [
    'no secret and ES256',
    {
      metadata: { token_endpoint_auth_method: 'none', id_token_signed_response_alg: 'ES256' },
      auth: () => oauth.None(),
    },
  ],
]

describe('oauth4webapi', () => {
  /** The client as the library is told of it: what it registered is what it expects. */
  const clientOf = (made: TestClient, more: Partial<oauth.Client> = {}): oauth.Client => ({
    client_id: made.client_id,
    id_token_signed_response_alg: String(made.id_token_signed_response_alg),
    require_auth_time: true,
    ...more,
  })

  const basic = (made: TestClient) => oauth.ClientSecretBasic(secretOf(made))

  /** Authorizes, answering the consent page where there is one. */
  async function authorize(as: oauth.AuthorizationServer, client: oauth.Client, more: object = {}) {
    const { client_id } = client
    const { parameters, ...request } = await newRequest({ client_id, scope, ...more })
    const url = new URL(as.authorization_endpoint ?? '')
    url.search = new URLSearchParams(parameters).toString()
    return { away: await allow(url), ...request }
  }

  /** Authorizes and redeems, with every check. */
  async function signInTo(
    as: oauth.AuthorizationServer,
    client: oauth.Client,
    auth: oauth.ClientAuth,
  ) {
    const { away, state, verifier, nonce } = await authorize(as, client)
    const answer = oauth.validateAuthResponse(as, client, away, state)
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
    await oauth.validateApplicationLevelSignature(as, response, options)
    return { tokens, claims: oauth.getValidatedIdTokenClaims(tokens) }
  }

  it.each(variants)('code, ID token, userinfo, refresh, revocation with %s', async (_what, one) => {
    const made = await registerWebClient({ ...registered, trusted: false, ...one.metadata })
    const [as, client, auth] = [await discover(), clientOf(made), one.auth(made)]
    const { tokens, claims } = await signInTo(as, client, auth)
    const { sub } = claims ?? { sub: '' }
    const party = { as, client, auth, options }
    expect(await userInfoAs(party, tokens, sub)).toEqual(signedInAs)

    const refreshed = await refreshAs(party, tokens)
    expect(oauth.getValidatedIdTokenClaims(refreshed)?.sub).toBe(user.sub)

    const revoked = await oauth.revocationRequest(as, client, auth, refreshed.access_token, options)
    await oauth.processRevocationResponse(revoked)
    await expect(userInfoAs(party, refreshed, sub)).rejects.toMatchObject({
      cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token' } }],
    })
  })

  it('introspection, of an access token and of one that is none', async () => {
    const made = await registerWebClient(registered)
    const [as, client, auth] = [await discover(), clientOf(made), basic(made)]
    const { tokens } = await signInTo(as, client, auth)
    const ask = async (token: string) => {
      const answer = await oauth.introspectionRequest(as, client, auth, token, options)
      return oauth.processIntrospectionResponse(as, client, answer)
    }
    const told = { token: await ask(tokens.access_token), other: await ask('none') }
    expect(told).toMatchObject({
      token: { active: true, iss: issuer, sub: user.sub, client_id: client.client_id, scope },
      other: { active: false },
    })
  })

  it('client credentials and introspection with private_key_jwt', async () => {
    const grant_types = ['authorization_code', 'client_credentials']
    const made = await registerWebClient({ ...registered, ...registeredKey, grant_types })
    const [as, client, auth] = [await discover(), clientOf(made), oauth.PrivateKeyJwt(privateKey)]
    const answer = await oauth.clientCredentialsGrantRequest(as, client, auth, {}, options)
    const { access_token } = await oauth.processClientCredentialsResponse(as, client, answer)
    const told = await oauth.introspectionRequest(as, client, auth, access_token, options)
    expect(await oauth.processIntrospectionResponse(as, client, told)).toMatchObject({
      active: true,
      client_id: client.client_id,
    })
  })

  it('RFC 7523: an assertion about a user', async () => {
    const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
    const grant_types = ['authorization_code', grantType]
    const made = await registerWebClient({ ...registered, ...registeredKey, grant_types })
    const [as, client, auth] = [await discover(), clientOf(made), oauth.PrivateKeyJwt(privateKey)]
    const claims = { iss: made.client_id, sub: user.sub, aud: issuer, exp: seconds() + 60 }
    const assertion = await signToken(signing, claims)
    const answer = await oauth.genericTokenEndpointRequest(
      as,
      client,
      auth,
      grantType,
      { assertion },
      options,
    )
    expect(await oauth.processGenericTokenEndpointResponse(as, client, answer)).toEqual({
      access_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 600,
      scope: 'openid profile email read',
    })
  })

  it('access tokens of RFC 9068, validated as a resource server does', async () => {
    const made = await registerWebClient(registered)
    const as = await discover()
    const { tokens } = await signInTo(as, clientOf(made), basic(made))
    const headers = { Authorization: `Bearer ${tokens.access_token}` }
    const request = new Request('https://api.example/', { headers })
    expect(await oauth.validateJwtAccessToken(as, request, issuer, options)).toMatchObject({
      sub: user.sub,
      client_id: made.client_id,
    })
  })

  it.each(['ES256', 'RS256'])('userinfo signed with %s', async (alg) => {
    const signed = { userinfo_signed_response_alg: alg }
    const made = await registerWebClient({ ...registered, ...signed })
    const [as, client] = [await discover(), clientOf(made, signed)]
    const { tokens } = await signInTo(as, client, basic(made))
    const told = await oauth.userInfoRequest(as, client, tokens.access_token, options)
    const claims = await oauth.processUserInfoResponse(as, client, user.sub, told)
    await oauth.validateApplicationLevelSignature(as, told, options)
    expect(claims).toEqual({ ...signedInAs, iss: issuer, aud: made.client_id })
  })

  it('a refusal, with the issuer that RFC 9207 asks for', async () => {
    const client = clientOf(await registerSpa(registered))
    const as = await discover()
    const { away, state } = await authorize(as, client, { prompt: 'none' })
    expect(() => oauth.validateAuthResponse(as, client, away, state)).toThrow(
      expect.objectContaining({ error: 'consent_required' }),
    )
  })

  it('our answer is not taken for that of another server', async () => {
    const client = clientOf(await registerWebClient(registered))
    const as = await discover()
    const { away, state } = await authorize(as, client)
    const other = { ...as, issuer: 'https://other.example' }
    expect(() => oauth.validateAuthResponse(other, client, away, state)).toThrow('"iss"')
  })
})

describe('openid-client', () => {
  const algorithms: [string, object, openid.ClientAuth?][] = [
    ['ES256', { id_token_signed_response_alg: 'ES256' }],
    ['RS256', { id_token_signed_response_alg: 'RS256' }],
    [
      'private_key_jwt',
      { ...registeredKey, id_token_signed_response_alg: 'ES256' },
      openid.PrivateKeyJwt(privateKey),
    ],
  ]

  async function configure(
    made: TestClient,
    metadata: object,
    auth?: openid.ClientAuth,
  ): Promise<openid.Configuration> {
    const config = await openid.discovery(
      new URL(issuer),
      made.client_id,
      { ...metadata, client_secret: secretOf(made) },
      auth,
      options,
    )
    openid.enableNonRepudiationChecks(config)
    return config
  }

  it.each(algorithms)(
    'everything from discovery to logout, with %s',
    async (_what, metadata, auth) => {
      const own = { ...registered, token_endpoint_auth_method: undefined, ...metadata }
      const config = await configure(await registerWebClient(own), metadata, auth)
      const request = await newRequest({ scope, max_age: '600' })
      const url = openid.buildAuthorizationUrl(config, request.parameters)
      const tokens = await openid.authorizationCodeGrant(config, await allow(url), {
        ...checksOf(request),
        maxAge: 600,
        idTokenExpected: true,
      })
      const sub = tokens.claims()?.sub ?? ''
      const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '')
      const { access_token, id_token = '' } = refreshed
      expect(await openid.fetchUserInfo(config, access_token, sub)).toEqual(signedInAs)
      expect(await openid.tokenIntrospection(config, access_token)).toMatchObject({
        active: true,
        sub,
      })
      await openid.tokenRevocation(config, refreshed.refresh_token ?? '')
      expect(await openid.tokenIntrospection(config, access_token)).toEqual({ active: false })

      const session = agent.copy()
      const parameters = {
        id_token_hint: id_token,
        post_logout_redirect_uri: goodbye,
        state: 'bye',
      }
      const { pathname, search } = openid.buildEndSessionUrl(config, parameters)
      expect(outcome(await session.open(pathname + search))).toEqual({
        status: 303,
        to: goodbye,
        state: 'bye',
      })
      await signInAt(agent, await agent.open('/'), user)
    },
  )
})
