// `npm run deploy`: the database, its migrations and the worker, once every secret is there.
// `npm run deploy -- --dry-run` only bundles, and shows the size.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Refusal, runScript } from './refusal.ts'
import { askAccount, projectFolder, runOnAccount } from './wrangler.ts'

const random = `require('node:crypto').randomBytes(32).toString('base64url')`

/** What a deployment cannot do without, and a command that makes it. */
const required = {
  ADMIN_TOKEN: `node -p "${random}" | npx wrangler secret put ADMIN_TOKEN`,
  MASTER_KEY: `node -p "'k1:' + ${random}" | npx wrangler secret put MASTER_KEY`,
  ISSUER: 'echo https://your.host | npx wrangler secret put ISSUER',
} as const

await runScript(process.argv.includes('--dry-run') ? bundle : deploy)

async function bundle(): Promise<void> {
  await runOnAccount(['deploy', '--dry-run'])
}

async function deploy(): Promise<void> {
  await refuseMissingSecrets()
  await createDatabase()
  await runOnAccount(['d1', 'migrations', 'apply', 'DB', '--remote'])
  await runOnAccount(['deploy'])
}

async function refuseMissingSecrets(): Promise<void> {
  const { exitCode, output } = await askAccount(['secret', 'list', '--format=json'])
  // Before the first deployment there is no worker; `secret put` makes one.
  if (exitCode !== 0 && !/not found/i.test(output)) throw new Refusal(output)
  // What is no secret may stand under [vars] as well.
  const configuration = readFileSync(join(projectFolder, 'wrangler.toml'), 'utf8')
  const missing = Object.entries(required).filter(
    ([name]) =>
      !output.includes(`"${name}"`) && !new RegExp(`^${name}\\s*=`, 'm').test(configuration),
  )
  if (missing.length === 0) return
  const commands = missing.map(([, command]) => `  ${command}`).join('\n')
  throw new Refusal(`The worker lacks ${missing.map(([name]) => name).join(', ')}:\n${commands}`)
}

// The binding names its database and has no id, so that a clone deploys to any account.
async function createDatabase(): Promise<void> {
  const { exitCode, output } = await askAccount(['d1', 'list', '--json'])
  if (exitCode !== 0) throw new Refusal(output)
  if (/"name":\s*"postern"/.test(output)) return
  await runOnAccount(['d1', 'create', 'postern', '--update-config=false'])
}
