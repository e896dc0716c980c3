// The demo users and clients: those of the dialects' documents and two of standard OAuth, in the
// format of the admin interface. For local development only.
import type { DemoClient, DemoUser } from '../dialects/demo.ts'
import { dialects } from '../dialects/dialects.ts'
import type { DemoCredentials } from './demo-credentials.ts'

/** Returns the users in order of creation. One document requires that `admin` is number 1. */
export const demoUsers = ({ adminPassword, credential }: DemoCredentials): DemoUser[] => [
  {
    username: 'admin',
    email: 'admin@example.com',
    password: adminPassword,
    name: 'Admin',
    role: 'admin',
  },
  ...dialects.flatMap(({ demo }) => demo.users(credential)),
]

/** Returns the clients with fixed names. */
export const demoClients = ({ serviceSecret, credential }: DemoCredentials): DemoClient[] => [
  ...dialects.flatMap(({ demo }) => demo.clients(credential)),
  {
    client_id: 'spa',
    client_name: 'Single-page example',
    application_type: 'native',
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: ['http://localhost:8789/callback.html', 'http://127.0.0.1:8789/callback.html'],
    post_logout_redirect_uris: ['http://localhost:8789/'],
    scope: 'openid profile email offline_access',
    id_token_signed_response_alg: 'ES256',
  },
  {
    client_id: 'service',
    client_secret: serviceSecret,
    client_name: 'Service',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['client_credentials'],
    scope: 'reports:read',
  },
]
