import { noDemo, type Demo } from '../demo.ts'

/** The document's user is `admin`, whom `npm start` creates first, with number 1. */
export const demo: Demo = {
  ...noDemo,
  settings: { CMS_CLIENT: 'cms' },
  clients: () => [
    {
      client_id: 'cms',
      client_name: 'CMS',
      token_endpoint_auth_method: 'none',
      grant_types: ['password'],
      scope: 'openid profile',
      id_token_signed_response_alg: 'ES256',
      trusted: true,
    },
  ],
  lines: ({ origin, adminPassword }) => `CMS: client cms (public)
  curl '${origin}/api.php?method=oauth' --data-urlencode login=admin --data-urlencode 'password=${adminPassword}'`,
}
