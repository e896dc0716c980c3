// The people and clients that the five documents speak of, as the admin interface takes them.
// Local development only: nothing in the worker knows them.
import { kustvaktScopes } from '../protocol/dialect-scopes.ts'
import type { DemoCredentials } from './demo-credentials.ts'

/** The users in the order of their making: the CMS's document knows `admin` as number 1. */
export const demoUsers = (demo: DemoCredentials) => [
  {
    username: 'admin',
    email: 'admin@example.com',
    password: demo.adminPassword,
    name: 'Admin',
    role: 'admin',
  },
  {
    username: 'c64.gamer@perfect.org',
    email: 'c64.gamer@perfect.org',
    password: demo.C64_PASSWORD,
    name: 'C64 Gamer',
  },
  {
    username: 'example@mail.com',
    email: 'example@mail.com',
    password: demo.EXAMPLE_PASSWORD,
    name: 'Example',
  },
  { username: 'dory', email: 'dory@example.com', password: demo.DORY_PASSWORD, name: 'Dory' },
]

/** The clients with fixed names. */
export const demoClients = (demo: DemoCredentials) => [
  {
    client_id: 'c64',
    client_name: 'Perfect Turnstile',
    token_endpoint_auth_method: 'none',
    grant_types: ['password', 'refresh_token'],
    scope: 'openid profile email',
    id_token_signed_response_alg: 'ES256',
    trusted: true,
  },
  {
    client_id: 'cms',
    client_name: 'CMS',
    token_endpoint_auth_method: 'none',
    grant_types: ['password'],
    scope: 'openid profile',
    id_token_signed_response_alg: 'ES256',
    trusted: true,
  },
  {
    client_id: 'dRJnpFH6RHTr6L7bNhrn7F',
    client_secret: demo.KALAMAR_SECRET,
    client_name: 'Kalamar',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['password', 'refresh_token', 'client_credentials', 'authorization_code'],
    redirect_uris: ['http://localhost:8089/callback'],
    scope: [...kustvaktScopes, 'openid'].join(' '),
    access_token_ttl: 259_200,
    id_token_signed_response_alg: 'ES256',
    trusted: true,
  },
  {
    client_id: 'spa',
    client_name: 'Single-page example',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: ['http://localhost:8788/callback.html', 'http://127.0.0.1:8788/callback.html'],
    post_logout_redirect_uris: ['http://localhost:8788/'],
    scope: 'openid profile email offline_access',
    id_token_signed_response_alg: 'ES256',
  },
  {
    client_id: 'service',
    client_secret: demo.serviceSecret,
    client_name: 'Service',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['client_credentials'],
    scope: 'reports:read',
  },
]

/** Comic Clan's client, whose identifier and secret its server draws anew at each boot. */
export const comicClanClient = {
  client_name: 'Comic Clan',
  token_endpoint_auth_method: 'client_secret_basic',
  grant_types: ['password', 'refresh_token'],
  scope: 'feed profile post comment openid',
  access_token_ttl: 90_000,
  id_token_signed_response_alg: 'ES256',
  trusted: true,
} as const
