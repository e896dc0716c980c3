// The steps of `npm run deploy`, ordered so that any step may fail and the command can be run
// again.
import { join } from 'node:path'
import { unstable_readConfig as readConfig } from 'wrangler'
import { configurationFrom } from '../dialects/configuration.ts'
import type { DeployOptions } from './deploy-options.ts'
import {
  deploySecretsPath,
  keepSafe,
  makeSecrets,
  readKept,
  type SecretName,
  secretNames,
  type Secrets,
} from './deploy-secrets.ts'
import { Refusal } from './refusal.ts'
import { shown } from './secrets-file.ts'

/** Runs wrangler on the account: `ask` returns its output, `run` shows it to the operator. */
export type Wrangler = {
  ask: (
    parameters: string[],
    input?: string,
  ) => Promise<{ exitCode: number | null; output: string }>
  run: (parameters: string[]) => Promise<void>
}

type Surroundings = {
  folder: string
  wrangler: Wrangler
  environment: Record<string, string | undefined>
  say: (line: string) => void
}

/** The environment to deploy, as wrangler.toml describes it. */
type Target = {
  worker: string
  database: { name: string; isKnown: boolean }
  vars: Record<string, unknown>
  /** Whether there is a binding EMAIL to send mail by. */
  hasEmail: boolean
  /** The hosts whose routes lead to this worker; true = a custom domain. */
  hosts: ReadonlyMap<string, boolean>
}

type Route = string | { pattern: string; custom_domain?: boolean }

/** The parts of wrangler's configuration that are read here. */
type Configuration = {
  name?: string
  route?: Route
  routes?: Route[]
  vars: Record<string, unknown>
  send_email: { name: string }[]
  d1_databases: { binding: string; database_name?: string; database_id?: string }[]
  definedEnvironments?: string[]
}

/** Deploys the worker. @throws Refusal if something is missing or wrangler fails */
export async function deploy(options: DeployOptions, around: Surroundings): Promise<void> {
  const { folder, say } = around
  const inEnv = withEnv(around.wrangler, options.env)
  const target = readTarget(folder, options.env)
  if (options.dryRun) return inEnv.run(['deploy', '--dry-run'])

  const isPresent = await presentSecrets(inEnv)
  refuseWrongSettings(target, isPresent, options.env, around.environment)
  say(describe(target))
  const databaseExists = await hasDatabase(target, inEnv)
  const secrets = secretsToUpload(options, around, isPresent, databaseExists ? target : null)

  const { name } = target.database
  if (!databaseExists) await inEnv.run(['d1', 'create', name, '--update-config=false'])
  else await sayWayBack(name, options.env, inEnv, say)
  await inEnv.run(['d1', 'migrations', 'apply', 'DB', '--remote'])
  if (Object.keys(secrets).length > 0) {
    await askOrRefuse(inEnv, ['secret', 'bulk'], JSON.stringify(secrets))
  }
  await inEnv.run(['deploy'])
}

// Prints how to go back if the release fails: the code alone. The point to which the database can be
// restored is for lost data.
async function sayWayBack(
  database: string,
  env: string,
  wrangler: Wrangler,
  say: Surroundings['say'],
): Promise<void> {
  const { exitCode, output } = await wrangler.ask(['d1', 'time-travel', 'info', database])
  if (exitCode === 0) say(output)
  say(`If this release fails: npx wrangler rollback${env === '' ? '' : ` --env ${env}`}
The code goes back and the schema stays, on which the release before serves. See src/operator/runbooks.md`)
}

// The environment is always named. Otherwise CLOUDFLARE_ENV of the shell would choose it.
const withEnv = (wrangler: Wrangler, env: string): Wrangler => ({
  ask: (parameters, input) => wrangler.ask([...parameters, `--env=${env}`], input),
  run: (parameters) => wrangler.run([...parameters, `--env=${env}`]),
})

function readTarget(folder: string, env: string): Target {
  const config = readConfiguration(folder, env)
  // wrangler would use the top level's settings under another name.
  if (env !== '' && config.definedEnvironments?.includes(env) !== true) {
    throw new Refusal(`wrangler.toml has no environment ${env}: add a table [env.${env}]`)
  }
  const database = config.d1_databases.find(({ binding }) => binding === 'DB')
  if (database?.database_name === undefined) {
    throw new Refusal('wrangler.toml names no database for the binding DB')
  }
  const routes = [config.route ?? [], config.routes ?? []].flat().map(asRoute)
  return {
    worker: config.name ?? '',
    database: { name: database.database_name, isKnown: database.database_id !== undefined },
    vars: config.vars,
    hasEmail: config.send_email.some(({ name }) => name === 'EMAIL'),
    hosts: new Map(
      routes.map((route) => [
        route.pattern.replace(/^https?:\/\//, '').replace(/\/.*$/, ''),
        route.custom_domain === true,
      ]),
    ),
  }
}

const asRoute = (route: Route): { pattern: string; custom_domain?: boolean } =>
  typeof route === 'string' ? { pattern: route } : route

function readConfiguration(folder: string, env: string): Configuration {
  try {
    const config = join(folder, 'wrangler.toml')
    return readConfig({ config, env }, { hideWarnings: true })
  } catch (cause) {
    throw new Refusal(cause instanceof Error ? cause.message : String(cause))
  }
}

async function presentSecrets(wrangler: Wrangler): Promise<(name: string) => boolean> {
  const { exitCode, output } = await wrangler.ask(['secret', 'list', '--format=json'])
  if (exitCode === 0) return (name) => output.includes(`"${name}"`)
  // Before the first deployment there is no worker.
  if (/not found|does not exist/i.test(output)) return () => false
  throw new Refusal(explain(output))
}

async function askOrRefuse(
  wrangler: Wrangler,
  parameters: string[],
  input?: string,
): Promise<string> {
  const { exitCode, output } = await wrangler.ask(parameters, input)
  if (exitCode !== 0) throw new Refusal(explain(output))
  return output
}

const explain = (output: string): string =>
  /CLOUDFLARE_API_TOKEN|not logged in|not authenticated|wrangler login/i.test(output)
    ? 'You are not signed in to Cloudflare: run npx wrangler login, or set CLOUDFLARE_API_TOKEN in CI'
    : output

/**
 * Checks the settings before deployment, as the worker would at start-up. A secret is represented
 * by a valid placeholder, because only its name is known.
 */
function refuseWrongSettings(
  { vars, hasEmail }: Target,
  isSecret: (name: string) => boolean,
  env: string,
  environment: Surroundings['environment'],
): void {
  const hasIssuer = 'ISSUER' in vars
  const secret = {
    ADMIN_TOKEN: '-'.repeat(32),
    MASTER_KEY: `k1:${'A'.repeat(43)}`,
    ...(hasIssuer ? {} : { ISSUER: 'https://a-secret.example' }),
    ...(isSecret('SMTP_URL') ? { SMTP_URL: 'smtps://a-secret.example' } : {}),
    ...(isSecret('MAIL_API_KEY') ? { MAIL_API_KEY: 'a-secret' } : {}),
  }
  const table = env === '' ? '' : `env.${env}.`
  if (!hasIssuer && !isSecret('ISSUER') && !isButtonBuild(environment)) {
    throw new Refusal(`wrangler.toml has no ISSUER, the https origin that clients see. For a host of your own zone add
  [${table}vars]
  ISSUER = "https://id.example.org"

  [[${table}routes]]
  pattern = "id.example.org"
  custom_domain = true`)
  }
  if (String(vars.DEVELOPMENT) === 'true') {
    throw new Refusal('wrangler.toml has DEVELOPMENT = true, which is not allowed in a deployment')
  }
  if (vars.MAIL === 'binding' && !hasEmail) {
    throw new Refusal(`wrangler.toml has MAIL = "binding" and no binding to send by. Add
  [[${table}send_email]]
  name = "EMAIL"
  allowed_sender_addresses = [${JSON.stringify(vars.MAIL_FROM)}]`)
  }
  const outcome = configurationFrom({ ...vars, ...secret })
  if ('faults' in outcome) {
    throw new Refusal(`Invalid settings in wrangler.toml: ${outcome.faults.join('; ')}`)
  }
}

function describe({ worker, database, vars, hosts }: Target): string {
  const issuer = typeof vars.ISSUER === 'string' ? vars.ISSUER : undefined
  const addresses = [...hosts].map(([host, isCustom]) =>
    isCustom ? `${host} (custom domain)` : host,
  )
  const lines = [
    `Worker ${worker}, database ${database.name}, issuer ${issuer ?? 'from a secret'}`,
    `Routes in wrangler.toml: ${addresses.join(', ') || 'none'}`,
  ]
  const host = issuer === undefined ? undefined : new URL(issuer).host
  if (host !== undefined && !hosts.has(host) && !host.endsWith('.workers.dev')) {
    lines.push(`No route leads to ${host}: clients cannot reach the issuer until you add one`)
  }
  return lines.join('\n')
}

async function hasDatabase({ database }: Target, wrangler: Wrangler): Promise<boolean> {
  if (database.isKnown) return true
  const output = await askOrRefuse(wrangler, ['d1', 'list', '--json'])
  return output.replace(/\s/g, '').includes(`"name":${JSON.stringify(database.name)}`)
}

// The Deploy button sets the secrets separately from its build. Until they are set, the worker
// answers 503.
const isButtonBuild = ({ WORKERS_CI = '' }: Surroundings['environment']): boolean =>
  WORKERS_CI !== ''

/** Returns the secrets that the worker lacks, saved by an earlier run or created now. */
function secretsToUpload(
  { env, makeSecrets: mayMake }: DeployOptions,
  { folder, environment, say }: Surroundings,
  isPresent: (name: string) => boolean,
  existing: Target | null,
): Secrets {
  const lacking = secretNames.filter((name) => !isPresent(name))
  const path = deploySecretsPath(folder, env)
  const kept = readKept(path)
  const unknown = lacking.filter((name) => kept[name] === undefined)
  if (unknown.length === 0) return pick(kept, lacking)

  const names = unknown.join(' and ')
  if (isButtonBuild(environment)) {
    say(`The worker answers 503 until these secrets are set in the dashboard: ${names}`)
    return pick(kept, lacking)
  }
  if (!mayMake) {
    throw new Refusal(`The worker lacks ${names}. To create them and save them in ${shown(path)}:
  npm run deploy -- --make-secrets${env === '' ? '' : ` --env ${env}`}
To set an existing one:
  npx wrangler secret put NAME --env "${env}"`)
  }
  if ((environment.CI ?? '') !== '') {
    throw new Refusal(
      '--make-secrets needs a machine that keeps the file with the secrets, so it does not run in CI',
    )
  }
  if (existing !== null && unknown.includes('MASTER_KEY')) {
    throw new Refusal(`The database ${existing.database.name} exists, and a new MASTER_KEY could not open its data. Set the key that belongs to it:
  npx wrangler secret put MASTER_KEY --env "${env}"
If it has no data yet, delete it and start over:
  npx wrangler d1 delete ${existing.database.name}`)
  }
  const all = makeSecrets(path, kept, unknown)
  say(keepSafe(path, unknown))
  return pick(all, lacking)
}

function pick(secrets: Secrets, names: readonly SecretName[]): Secrets {
  const picked: Secrets = {}
  for (const name of names) if (secrets[name] !== undefined) picked[name] = secrets[name]
  return picked
}
