import type { Settings } from '../core/settings.ts'
import type { DemoCredentials } from './demo-credentials.ts'
import type { ClientCredentials } from './demo-setup.ts'

type Dialect = Settings['dialects'][number]

const kalamar = 'dRJnpFH6RHTr6L7bNhrn7F'

/**
 * What the boot prints: each demo user and client with its credentials, and a line to try those
 * whose faces are mounted.
 */
export function demoLines(
  origin: string,
  adminToken: string,
  demo: DemoCredentials,
  comicClan: ClientCredentials,
  mounted: readonly Dialect[],
): string {
  const basic = Buffer.from(`${kalamar}:${demo.KALAMAR_SECRET}`).toString('base64')
  const faces: Partial<Record<Dialect, string>> = {
    turnstile: `Turnstile: client c64 (public)
  curl ${origin}/api/v1/login -d 'grant_type=password&password=${demo.C64_PASSWORD}&client_id=c64&username=c64.gamer%40perfect.org'`,
    'comic-clan': `Comic Clan, drawn anew at each boot: CLIENT ID=${comicClan.id}, CLIENT SECRET=${comicClan.secret}
  curl ${origin}/oauth/token/ -u '${comicClan.id}:${comicClan.secret}' -d 'grant_type=password&username=example%40mail.com&password=${demo.EXAMPLE_PASSWORD}&scope=*'`,
    cms: `CMS: client cms (public)
  curl '${origin}/api.php?method=oauth' --data-urlencode login=admin --data-urlencode 'password=${demo.adminPassword}'`,
    korap: `KorAP: client ${kalamar}, secret ${demo.KALAMAR_SECRET}
  curl ${origin}/api/oauth2/token -H 'Authorization: Basic ${basic}' -d 'grant_type=password&client_id=${kalamar}&username=dory&password=${demo.DORY_PASSWORD}&scope=search match_info'`,
  }
  const lines = (['turnstile', 'comic-clan', 'cms', 'korap'] as const)
    .filter((dialect) => mounted.includes(dialect))
    .map((dialect) => `${faces[dialect]}\n\n`)
  return `
Users, with the passwords they were created with
  admin / ${demo.adminPassword} (role admin)
  c64.gamer@perfect.org / ${demo.C64_PASSWORD}
  example@mail.com / ${demo.EXAMPLE_PASSWORD}
  dory / ${demo.DORY_PASSWORD}

${lines.join('')}Standard OAuth: client service, secret ${demo.serviceSecret}; client spa (public, authorization code)
  curl ${origin}/oauth2/token -u 'service:${demo.serviceSecret}' -d grant_type=client_credentials
  curl ${origin}/.well-known/openid-configuration

Admin interface
  curl ${origin}/admin/v1/users -H "Authorization: Bearer ${adminToken}"
`
}
