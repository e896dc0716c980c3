import type { ServedDialect } from '../dialects/configuration.ts'
import type { DemoCredentials } from './demo-credentials.ts'
import type { DrawnClients } from './demo-setup.ts'
import { demoUsers } from './demo.ts'

/**
 * Returns the text that the boot prints: each demo user and client with its credentials, and a
 * command to try each served dialect.
 */
export function demoLines(
  origin: string,
  adminToken: string,
  credentials: DemoCredentials,
  drawn: DrawnClients,
  served: readonly ServedDialect[],
): string {
  const { credential, adminPassword, serviceSecret } = credentials
  const users = demoUsers(credentials).map(
    ({ username, password, role }) =>
      `  ${username} / ${password}${role === undefined ? '' : ` (role ${role})`}\n`,
  )
  const lines = served
    .map(({ name, demo }) =>
      demo.lines({ origin, credential, adminPassword, drawn: drawn.get(name) ?? null }),
    )
    .filter((text) => text !== null)
    .map((text) => `${text}\n\n`)
  return `
Users, with the passwords they were created with
${users.join('')}
${lines.join('')}Standard OAuth: client service, secret ${serviceSecret}; client spa (public, authorization code)
  curl ${origin}/oauth2/token -u 'service:${serviceSecret}' -d grant_type=client_credentials
  curl ${origin}/.well-known/openid-configuration

Account of a user: ${origin}/account
Console, for admin: ${origin}/admin

Admin interface, described at ${origin}/admin/v1/docs
  curl ${origin}/admin/v1/users -H "Authorization: Bearer ${adminToken}"
`
}
