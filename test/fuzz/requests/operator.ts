// Right requests of the operator's interface.
import type { Json } from '../hostile.ts'
import { registration } from './protocol.ts'
import type { Recipe } from './recipe.ts'
import type { World } from './world.ts'

const importedRows: Json = [
  {
    ...{ line: 1, external_id: 'e-1', username: 'imported', email: 'i@example.com', name: 'I' },
    ...{ claims: { a: ['b'] }, roles: ['r'], created_at: 1_600_000_000, email_verified: true },
    password: { hash: '$2b$04$XRW3URjSUE82SlX.1tDM7.7uYxgPXUtz.uuk3Y4TBYOXyUPOpRfyW' },
    totp: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
    links: [{ issuer: 'https://idp.example', subject: '7' }],
  },
  { line: 2, external_id: 'e-2', email: 'j@example.com', password: { reset: true } },
]

/** The operator's interface. What cannot be undone is asked for without the token. */
export function adminRecipes({ adminToken, user, web, type, importId }: World): Recipe[] {
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
      access_token_ttl: 60,
    },
    ...{
      authorization_details_types: [type],
      tls_client_auth_subject_dn: 'CN=a',
    },
  }
  const lists = { limit: '5' }
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
    }),
    one('POST', '/invitations', { email: 'c@example.com', language: 'de' }),
    one('POST', '/registration-tokens', { label: 'x', max_uses: 2, expires_in: 60 }),
    one('POST', '/tokens', { name: 'x', scope: 'users:read', expires_in: 60 }),
    one('POST', '/imports', { source: 'csv', source_id: 'fuzzed' }),
    one('GET', '/events', undefined, {
      ...lists,
      kind: 'user.created',
      client: 'a',
      since: '1',
      until: '2',
      outcome: 'ok',
      address: '::1',
    }),
    one('GET', '/statistics', undefined, { days: '5' }),
    one('GET', '/export/users', undefined, { cursor: 'a' }),
    one('GET', '/clients/', undefined, { cursor: 'a.AAAAAAAA' }),
    {
      ...one('PUT', `/imports/${importId}/chunks/{number}`, importedRows),
      isLines: true,
    },
    one('GET', '/settings'),
    one('GET', '/metrics'),
    one('GET', '/keys'),
  ]
}
