import type { ClientCredentials } from './demo-setup.ts'
import type { SecretsFile } from './secrets-file.ts'

/** What the boot prints: each demo user and client with its credentials and a line to try them. */
export function demoLines(
  origin: string,
  adminToken: string,
  demo: SecretsFile['demo'],
  comicClan: ClientCredentials,
): string {
  return `
Users
  admin / ${demo.adminPassword} (role admin)
  c64.gamer@perfect.org / Secret123
  example@mail.com / p4ssw0rd
  dory / dorypass

Turnstile: client c64 (public)
  curl ${origin}/api/v1/login -d 'grant_type=password&password=Secret123&client_id=c64&username=c64.gamer%40perfect.org'

Comic Clan: CLIENT ID=${comicClan.id}, CLIENT SECRET=${comicClan.secret}
  curl ${origin}/oauth/token/ -u '${comicClan.id}:${comicClan.secret}' -d 'grant_type=password&username=example%40mail.com&password=p4ssw0rd&scope=*'

CMS: client cms (public)
  curl '${origin}/api.php?method=oauth' --data-urlencode login=admin --data-urlencode 'password=${demo.adminPassword}'

KorAP: client dRJnpFH6RHTr6L7bNhrn7F, secret _IGaQqvUUrPTzRKJvqPYnA
  curl ${origin}/api/oauth2/token -H 'Authorization: Basic ZFJKbnBGSDZSSFRyNkw3Yk5ocm43RjpfSUdhUXF2VVVyUFR6UktKdnFQWW5B' -d 'grant_type=password&client_id=dRJnpFH6RHTr6L7bNhrn7F&username=dory&password=dorypass&scope=search match_info'

Standard OAuth: client service, secret ${demo.serviceSecret}; client spa (public, authorization code)
  curl ${origin}/oauth2/token -u 'service:${demo.serviceSecret}' -d grant_type=client_credentials
  curl ${origin}/.well-known/openid-configuration

Admin interface
  curl ${origin}/admin/v1/users -H "Authorization: Bearer ${adminToken}"
`
}
