// Programs of other people that judge what the server says, by the packages that bring them.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
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
  '@modelcontextprotocol/conformance': 'what agents expect of a server',
  '@simplewebauthn/server': 'passkeys',
  otpauth: 'codes of authenticator apps',
  jose: 'every kind of JWT',
  mailparser: 'mails',
  'axe-core': 'pages',
}

/** Returns the packages that a test or a helper of tests imports, with what they judge. */
export function judgesInUse(): { name: string; judges: string }[] {
  const files = globSync('test/**/*.ts', { cwd: projectFolder, exclude: ['test/scoreboard/**'] })
  const sources = files.map((file) => readFileSync(join(projectFolder, file), 'utf8'))
  const isUsed = (name: string) =>
    [`'${name}`, `/${name}/`, `'${name.replace('/', `', '`)}'`].some((mention) =>
      sources.some((source) => source.includes(mention)),
    )
  return Object.entries(judges)
    .filter(([name]) => isUsed(name))
    .map(([name, what]) => ({ name, judges: what }))
}
