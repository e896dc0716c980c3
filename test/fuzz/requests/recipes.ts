// Right requests of every face.
import { seconds } from '../../federation/providers.ts'
import { authorizationRequest, verifier } from '../../openid/flow.ts'
import { assertionType } from '../../support/assertions.ts'
import { issuer } from '../../support/http.ts'
import type { Json } from '../hostile.ts'
import type { Recipe } from './recipe.ts'
import type { World } from './world.ts'

const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

/** The endpoints of clients. */
function protocolRecipes(world: World): Recipe[] {
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
      ...{ nonce: proofKey.thumbprint, ath: 'x' },
    },
  })
  const requestObject = () => ({
    key: signer.key,
    header: { alg: 'ES256', kid: signer.key.kid, typ: 'oauth-authz-req+jwt' },
    claims: {
      ...authorizationRequest(signer.client),
      ...{ iss: signer.client.client_id, aud: issuer, exp: seconds() + 60, nbf: seconds() },
      ...{ max_age: 60, claims: { userinfo: { email: null } }, authorization_details: [{ type }] },
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
      audience: web.client_id,
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

const registration = {
  client_name: 'App',
  redirect_uris: ['https://client.example/cb'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
  scope: 'openid offline_access',
  contacts: ['a@client.example'],
  default_max_age: 60,
}

/** The operator's interface. What cannot be undone is asked for without the token. */
function adminRecipes({ adminToken, user, web, type }: World): Recipe[] {
  const one = (
    method: string,
    path: string,
    json?: Json,
    query?: Record<string, string>,
  ): Recipe => ({
    ...{
      name: `${method} ${path}`.replace(/\/\d+|\/[\w-]{20,}/, '/x'),
      method,
      path: `/admin/v1${path}`,
      headers: adminToken,
    },
    ...(json === undefined ? {} : { json }),
    ...(query === undefined ? {} : { query }),
  })
  const person = {
    ...{
      username: 'fuzzed',
      email: 'fuzzed@example.com',
      password: 'correct horse battery staple',
      name: 'F',
    },
    ...{
      claims: { department: ['x'], address: { street: 'y' } },
      role: 'viewer',
      scope: 'read',
      disabled: false,
    },
  }
  const client = {
    ...registration,
    ...{
      trusted: true,
      subject_type: 'pairwise',
      allowed_origins: ['https://client.example'],
      access_token_ttl: 60,
    },
    ...{
      authorization_details_types: [type],
      tls_client_auth_subject_dn: 'CN=a',
      claims: { access_token: ['a'] },
    },
  }
  const lists = { limit: '5', cursor: 'a.b' }
  return [
    one('GET', '/users', undefined, {
      ...lists,
      q: 'ad',
      username: 'a',
      disabled: 'true',
      created_after: '1',
    }),
    one('POST', '/users', person),
    one('PATCH', `/users/${user.id}`, { name: 'A', claims: { a: null }, email: 'b@example.com' }),
    one('GET', `/users/${user.id}/events`, undefined, lists),
    one('GET', '/clients', undefined, lists),
    one('POST', '/clients', client),
    one('PATCH', `/clients/${web.client_id}`, {
      client_description: 'x',
      contacts: ['a@b.example'],
    }),
    one('POST', '/resources', {
      resource: 'https://api.example/fuzz',
      name: 'A',
      scope: 'a b',
      aliases: [],
      texts: { a: { en: 'x' } },
    }),
    one('POST', '/authorization-details-types', {
      type: 'fuzzed',
      title: { en: 'T' },
      schema: { type: 'object', properties: { a: { type: 'string', maxLength: 5 } } },
    }),
    one('POST', '/providers', {
      label: 'P',
      issuer: 'https://idp.example',
      client_id: 'a',
      client_secret: 'b',
      accounts: 'create',
      claims: {},
    }),
    one('POST', '/invitations', { email: 'c@example.com', language: 'de' }),
    one('POST', '/registration-tokens', { label: 'x', uses: 2, expires_in: 60 }),
    one('POST', '/tokens', { label: 'x', scope: 'read', expires_in: 60 }),
    one('POST', '/imports', { label: 'x', source: 'csv', key: 'k' }),
    one('GET', '/events', undefined, {
      ...lists,
      kind: 'user.created',
      client_id: 'a',
      after: '1',
      before: '2',
    }),
    one('GET', '/statistics', undefined, { from: '2026-01-01', to: '2026-02-01', days: '5' }),
    one('GET', '/export/users', undefined, { cursor: 'a' }),
    one('GET', '/settings'),
    one('GET', '/metrics'),
    one('GET', '/keys'),
  ]
}

/** The dialects. */
function dialectRecipes({ basic, bearer, user, web, tokens }: World): Recipe[] {
  const { client_id, client_secret = '' } = web
  const login = {
    ...{ username: user.username, password: user.password },
    ...{ client_id, client_secret },
  }
  const superClient = { super_client_id: client_id, super_client_secret: client_secret }
  const form = (
    name: string,
    path: string,
    fields: Record<string, string>,
    headers = basic,
  ): Recipe => ({
    ...{ name, method: 'POST', path, form: fields, headers },
  })
  return [
    {
      name: 'turnstile',
      method: 'POST',
      path: '/api/v1/login',
      form: { grant_type: 'password', ...login },
    },
    {
      name: 'turnstile plain',
      method: 'POST',
      path: '/api/v1/login',
      json: { username: user.username, password: user.password, realm: 'x' },
    },
    { name: 'turnstile logout', method: 'GET', path: '/api/v1/logout', headers: bearer },
    form('comic clan', '/oauth/token/', { grant_type: 'password', ...login }),
    form('comic clan refresh', '/oauth/token', {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
    }),
    form('comic clan revoke', '/oauth/revoke/', { token: `${tokens.access_token}x` }),
    { name: 'comic clan signature', method: 'GET', path: '/oauth/signature', headers: bearer },
    {
      name: 'traffic ops',
      method: 'POST',
      path: '/api/3.0/user/login/oauth',
      json: {
        authCodeTokenUrl: 'https://idp.example/token',
        code: 'abc',
        clientId: 'portal',
        redirectUri: 'https://portal.example/sso',
      },
    },
    {
      name: 'traffic ops user',
      method: 'GET',
      path: '/api/4.0/user/current',
      headers: { Cookie: 'mojolicious=abc; access_token=x' },
    },
    form('korap token', '/api/v1.0/oauth2/token', {
      grant_type: 'password',
      ...login,
      scope: 'all',
    }),
    {
      name: 'korap register',
      method: 'POST',
      path: '/api/v1.0/oauth2/client/register',
      headers: bearer,
      json: {
        name: 'A tool',
        type: 'CONFIDENTIAL',
        description: 'x',
        url: 'https://app.example',
        redirect_uri: 'https://app.example/cb',
        source: { a: 1 },
        refresh_token_expiry: 60,
      },
    },
    form(
      'korap clients',
      '/api/v1.0/oauth2/client/list',
      { ...superClient, filter_by: 'authorized_only' },
      bearer,
    ),
    form('korap client', `/api/v1.1/oauth2/client/${client_id}`, superClient, bearer),
    form(
      'korap tokens',
      '/api/oauth2/token/list',
      { ...superClient, token_type: 'refresh_token', client_id },
      bearer,
    ),
    form('korap revoke', '/api/oauth2/revoke/super', { ...superClient, token: 'x' }, bearer),
    {
      name: 'korap authorize',
      method: 'GET',
      path: '/api/oauth2/authorize',
      headers: bearer,
      query: {
        response_type: 'code',
        client_id,
        redirect_uri: 'https://client.example/cb',
        scope: 'search',
        state: 's',
      },
    },
  ]
}

/** The forms of people who are not signed in, or are. */
function pageRecipes({ cookie, user, admin: _admin, ...world }: World): Recipe[] {
  const form = (name: string, path: string, fields: Record<string, string>): Recipe => ({
    ...{
      name,
      method: 'POST',
      path,
      form: fields,
      headers: { Cookie: cookie, Origin: 'null', 'Sec-Fetch-Site': 'same-origin' },
    },
  })
  return [
    form('login', '/login', {
      screen: 'scr_x',
      form_token: 'x',
      username: user.username,
      password: user.password,
    }),
    form('forgot', '/forgot', { email: 'nobody@example.com', form_token: 'x' }),
    form('sign up', '/sign-up', {
      email: 'new@example.com',
      username: 'new',
      screen: 'x',
      website: '',
    }),
    form('mail action', '/mail/reset', {
      token: 'a',
      code: '12345678',
      new_password: user.password,
    }),
    form('profile', '/account/profile', { name: 'A', form_token: 'x', locale: 'de' }),
    {
      name: 'console users',
      method: 'GET',
      path: '/admin/users',
      query: { q: 'a', cursor: 'a.b', role: 'admin' },
      headers: { Cookie: world.adminCookie },
    },
    {
      name: 'console events',
      method: 'GET',
      path: '/admin/events',
      query: { kind: 'x', cursor: 'a', from: '2026-01-01' },
      headers: { Cookie: world.adminCookie },
    },
  ]
}

/** Returns all recipes. */
export const recipesOf = (world: World): Recipe[] => [
  ...protocolRecipes(world),
  ...adminRecipes(world),
  ...dialectRecipes(world),
  ...pageRecipes(world),
]
