// Right requests of the endpoints of clients.
import { seconds } from '../../federation/providers.ts'
import { authorizationRequest, verifier } from '../../openid/flow.ts'
import { assertionType } from '../../support/assertions.ts'
import { issuer } from '../../support/http.ts'
import type { Recipe } from './recipe.ts'
import type { World } from './world.ts'

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

/** Metadata of an app that describes itself. */
export const registration = {
  client_name: 'App',
  redirect_uris: ['https://client.example/cb'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
  scope: 'openid offline_access',
  contacts: ['a@client.example'],
  default_max_age: 60,
}

/** The endpoints of clients. */
export function protocolRecipes(world: World): Recipe[] {
  const { web, user, tokens, basic, bearer, signer, proofKey, type, resource } = world
  const token = (
    name: string,
    form: Record<string, string>,
    more: Partial<Recipe> = {},
  ): Recipe => ({
    ...{ name, method: 'POST', path: '/oauth2/token', headers: basic, form },
    ...more,
  })
  const details = JSON.stringify([
    { type, amount: { currency: 'EUR', value: 12.5 }, payee: 'Alice', locations: [resource] },
  ])
  const claims = JSON.stringify({ userinfo: { email: null }, id_token: { acr: { values: ['1'] } } })
  const asked = { ...world.authorize, authorization_details: details, claims, resource }
  const proof = () => ({
    key: { ...signer.key, ...{ jwk: signer.key.jwk } },
    header: { alg: 'ES256', typ: 'dpop+jwt', jwk: publicOf(signer.key.jwk) },
    claims: {
      ...{ jti: crypto.randomUUID(), htm: 'POST', htu: `${issuer}/oauth2/token`, iat: seconds() },
    },
  })
  const requestObject = () => ({
    key: signer.key,
    header: { alg: 'ES256', kid: signer.key.kid, typ: 'oauth-authz-req+jwt' },
    claims: {
      ...authorizationRequest(signer.client),
      ...{ iss: signer.client.client_id, aud: issuer, exp: seconds() + 60, nbf: seconds() },
      ...{
        max_age: 60,
        claims: { userinfo: { email: null } },
        authorization_details: [{ type, amount: { currency: 'EUR', value: 1 }, payee: 'A' }],
      },
    },
  })
  const assertion = { client_assertion_type: assertionType }
  const jwts = { client_assertion: world.assertion }
  return [
    token('client credentials', { grant_type: 'client_credentials', scope: 'read', resource }),
    token(
      'with an assertion',
      { grant_type: 'client_credentials', ...assertion },
      { headers: {}, jwts },
    ),
    token('with a proof', { grant_type: 'client_credentials' }, { jwts: { DPoP: proof } }),
    token('password', { grant_type: 'password', username: user.username, password: user.password }),
    token('code', {
      grant_type: 'authorization_code',
      code: world.code,
      redirect_uri: 'https://client.example/cb',
      code_verifier: verifier,
    }),
    token('refresh', {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
      scope: 'openid',
    }),
    token('exchange', {
      grant_type: exchange,
      subject_token: tokens.access_token,
      subject_token_type: accessTokenType,
      actor_token: tokens.access_token,
      actor_token_type: accessTokenType,
      requested_token_type: accessTokenType,
    }),
    token(
      'jwt bearer',
      { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' },
      { jwts: { assertion: world.assertion } },
    ),
    token('device', {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      device_code: world.device_code,
    }),
    {
      name: 'authorize',
      method: 'GET',
      path: '/oauth2/authorize',
      query: asked,
      headers: { Cookie: world.cookie },
    },
    {
      name: 'authorize by post',
      method: 'POST',
      path: '/oauth2/authorize',
      form: {
        ...asked,
        prompt: 'none',
        id_token_hint: tokens.id_token ?? '',
        response_mode: 'jwt',
      },
      headers: { Cookie: world.cookie },
    },
    {
      name: 'signed request',
      method: 'GET',
      path: '/oauth2/authorize',
      query: { client_id: signer.client.client_id },
      headers: { Cookie: world.cookie },
      jwts: { request: requestObject },
    },
    {
      name: 'pushed',
      method: 'POST',
      path: '/oauth2/par',
      headers: basic,
      form: { ...asked, dpop_jkt: proofKey.thumbprint },
    },
    {
      name: 'pushed and signed',
      method: 'POST',
      path: '/oauth2/par',
      form: { client_id: signer.client.client_id, ...assertion },
      jwts: { request: requestObject, ...jwts },
    },
    {
      name: 'introspect',
      method: 'POST',
      path: '/oauth2/introspect',
      headers: { ...basic, Accept: 'application/token-introspection+jwt' },
      form: { token: tokens.access_token, token_type_hint: 'access_token' },
    },
    {
      name: 'introspect refresh',
      method: 'POST',
      path: '/oauth2/introspect',
      headers: basic,
      form: { token: tokens.refresh_token },
    },
    {
      name: 'revoke',
      method: 'POST',
      path: '/oauth2/revoke',
      headers: basic,
      form: { token: `${tokens.refresh_token}x`, token_type_hint: 'refresh_token' },
    },
    { name: 'userinfo', method: 'GET', path: '/oauth2/userinfo', headers: bearer },
    {
      name: 'userinfo with a proof',
      method: 'POST',
      path: '/oauth2/userinfo',
      headers: { Authorization: `DPoP ${tokens.access_token}` },
      form: {},
      jwts: { DPoP: proof },
    },
    {
      name: 'device authorization',
      method: 'POST',
      path: '/oauth2/device_authorization',
      headers: basic,
      form: { scope: 'openid', resource, authorization_details: details },
    },
    {
      name: 'register',
      method: 'POST',
      path: '/oauth2/register',
      json: { ...registration, jwks: { keys: [publicOf(signer.key.jwk)] } },
    },
    {
      name: 'logout',
      method: 'GET',
      path: '/oauth2/logout',
      query: {
        id_token_hint: tokens.id_token ?? '',
        post_logout_redirect_uri: 'https://client.example/bye',
        state: 's',
        client_id: web.client_id,
      },
    },
    {
      name: 'webfinger',
      method: 'GET',
      path: '/.well-known/webfinger',
      query: { resource: `acct:ada@localhost`, rel: 'http://openid.net/specs/connect/1.0/issuer' },
    },
    {
      name: 'user code',
      method: 'GET',
      path: '/device',
      query: { user_code: 'BCDF-GHJK' },
      headers: { Cookie: world.cookie },
    },
  ]
}

const publicOf = ({ kty, crv, x, y }: { kty?: string; crv?: string; x?: string; y?: string }) => ({
  ...{ kty: kty ?? '', crv: crv ?? '', x: x ?? '', y: y ?? '' },
})
