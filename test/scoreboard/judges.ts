// Programs of other people that judge what the server says, by the packages that bring them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { globSync } from 'node:fs'
import { projectFolder } from './titles.ts'

/** What each package judges. */
const judges: Readonly<Record<string, string>> = {
  oauth4webapi: 'flows of OAuth and OpenID Connect',
  'openid-client': 'flows of OAuth and OpenID Connect',
  'oidc-client-ts': 'sign-in and renewal in a single-page app',
  'oidc-provider': 'the server as a client of another provider',
  '@modelcontextprotocol/client': 'an agent, from registration to refresh',
  '@modelcontextprotocol/sdk': 'an agent, from registration to refresh',
  'mcp-remote': 'an agent in a process of its own',
  '@simplewebauthn/server': 'passkeys',
  otpauth: 'codes of authenticator apps',
  jose: 'every kind of JWT',
  mailparser: 'mails',
  'axe-core': 'pages',
}

/** Returns the packages that a test or a helper of tests imports, with what they judge. */
export function judgesInUse(): { name: string; judges: string }[] {
  const files = globSync('test/**/*.ts', { cwd: projectFolder })
  const sources = files.map((file) => readFileSync(join(projectFolder, file), 'utf8'))
  const isUsed = (name: string) =>
    sources.some((source) =>
      new RegExp(`(from |import\\(|'node_modules/|node_modules/)'?${name}[/']`).test(source),
    )
  return Object.entries(judges)
    .filter(([name]) => isUsed(name))
    .map(([name, what]) => ({ name, judges: what }))
}
