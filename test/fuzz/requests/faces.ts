// Right requests of the dialects, and the forms of people.
import type { Recipe } from './recipe.ts'
import type { World } from './world.ts'

/** The dialects. */
export function dialectRecipes({ basic, user, tokens, reader, kalamar }: World): Recipe[] {
  const { client_id, client_secret = '' } = kalamar
  const bearer = { Authorization: `Bearer ${reader.token}` }
  const person = { username: user.username, password: user.password }
  const superClient = { super_client_id: client_id, super_client_secret: client_secret }
  const form = (
    name: string,
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = basic,
  ): Recipe => ({
    ...{ name, method: 'POST', path, form: fields, headers },
  })
  return [
    {
      name: 'turnstile',
      method: 'POST',
      path: '/api/v1/login',
      form: { grant_type: 'password', ...person },
      headers: basic,
    },
    {
      name: 'turnstile plain',
      method: 'POST',
      path: '/api/v1/login',
      form: { ...person, realm: 'x' },
    },
    { name: 'turnstile logout', method: 'GET', path: '/api/v1/logout', headers: bearer },
    form('comic clan', '/oauth/token/', { grant_type: 'password', ...person }),
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
    form(
      'korap token',
      '/api/v1.0/oauth2/token',
      {
        grant_type: 'password',
        ...person,
        ...{ client_id, client_secret, scope: 'search' },
      },
      {},
    ),
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
export function pageRecipes({ cookie, user, adminCookie }: World): Recipe[] {
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
      headers: { Cookie: adminCookie },
    },
    {
      name: 'console events',
      method: 'GET',
      path: '/admin/events',
      query: { kind: 'x', cursor: 'a', from: '2026-01-01' },
      headers: { Cookie: adminCookie },
    },
  ]
}
