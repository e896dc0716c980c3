import { noDemo, type Demo } from '../demo.ts'

export const demo: Demo = {
  ...noDemo,
  settings: { TURNSTILE_CLIENT: 'c64' },
  documented: { C64_PASSWORD: 'Secret123' },
  users: (credential) => [
    {
      username: 'c64.gamer@perfect.org',
      email: 'c64.gamer@perfect.org',
      password: credential('C64_PASSWORD'),
      name: 'C64 Gamer',
    },
  ],
  clients: () => [
    {
      client_id: 'c64',
      client_name: 'Perfect Turnstile',
      token_endpoint_auth_method: 'none',
      grant_types: ['password', 'refresh_token'],
      scope: 'openid profile email',
      id_token_signed_response_alg: 'ES256',
      trusted: true,
    },
  ],
  lines: ({ origin, credential }) => `Turnstile: client c64 (public)
  curl ${origin}/api/v1/login -d 'grant_type=password&password=${credential('C64_PASSWORD')}&client_id=c64&username=c64.gamer%40perfect.org'`,
}
