import { noDemo, type Demo } from '../demo.ts'
import { kustvaktScopes } from './scopes.ts'

const kalamar = 'dRJnpFH6RHTr6L7bNhrn7F'

export const demo: Demo = {
  ...noDemo,
  documented: { DORY_PASSWORD: 'dorypass', KALAMAR_SECRET: '_IGaQqvUUrPTzRKJvqPYnA' },
  users: (credential) => [
    {
      username: 'dory',
      email: 'dory@example.com',
      password: credential('DORY_PASSWORD'),
      name: 'Dory',
    },
  ],
  clients: (credential) => [
    {
      client_id: kalamar,
      client_secret: credential('KALAMAR_SECRET'),
      client_name: 'Kalamar',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['password', 'refresh_token', 'client_credentials', 'authorization_code'],
      redirect_uris: ['http://localhost:8089/callback'],
      scope: [...kustvaktScopes, 'openid'].join(' '),
      access_token_ttl: 259_200,
      id_token_signed_response_alg: 'ES256',
      trusted: true,
    },
  ],
  lines({ origin, credential }) {
    const secret = credential('KALAMAR_SECRET')
    return `KorAP: client ${kalamar}, secret ${secret}
  curl ${origin}/api/oauth2/token -H 'Authorization: Basic ${btoa(`${kalamar}:${secret}`)}' -d 'grant_type=password&client_id=${kalamar}&username=dory&password=${credential('DORY_PASSWORD')}&scope=search match_info'`
  },
}
