import { noDemo, type Demo } from '../demo.ts'

export const demo: Demo = {
  ...noDemo,
  documented: { EXAMPLE_PASSWORD: 'p4ssw0rd' },
  users: (credential) => [
    {
      username: 'example@mail.com',
      email: 'example@mail.com',
      password: credential('EXAMPLE_PASSWORD'),
      name: 'Example',
    },
  ],
  // The original server creates a new pair at each boot and logs it.
  drawnClient: {
    client_name: 'Comic Clan',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['password', 'refresh_token'],
    scope: 'feed profile post comment openid',
    access_token_ttl: 90_000,
    id_token_signed_response_alg: 'ES256',
    trusted: true,
  },
  lines: ({ origin, credential, drawn }) =>
    drawn &&
    `Comic Clan, drawn anew at each boot: CLIENT ID=${drawn.id}, CLIENT SECRET=${drawn.secret}
  curl ${origin}/oauth/token/ -u '${drawn.id}:${drawn.secret}' -d 'grant_type=password&username=example%40mail.com&password=${credential('EXAMPLE_PASSWORD')}&scope=*'`,
}
