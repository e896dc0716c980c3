import { parseArgs } from 'node:util'
import { Refusal } from './refusal.ts'

export const deployUsage = `npm run deploy -- [options]

Creates the database if there is none, applies the migrations and deploys the worker.

  --make-secrets   creates the secrets that the worker lacks and saves them in .secrets.json
  --env NAME       deploys the environment [env.NAME] of wrangler.toml instead of the top level
  --dry-run        only bundles the worker and prints its size
  --help           prints this text

Sign in first, once: npx wrangler login (in CI: CLOUDFLARE_API_TOKEN). The account needs the
Workers Paid plan: a password takes about 70 ms of CPU, and the free plan allows 10 ms per request.`

export type DeployOptions = {
  help: boolean
  dryRun: boolean
  makeSecrets: boolean
  /** The name of an environment in wrangler.toml; '' is the top level. */
  env: string
}

const options = {
  help: { type: 'boolean', short: 'h', default: false },
  'dry-run': { type: 'boolean', default: false },
  'make-secrets': { type: 'boolean', default: false },
  env: { type: 'string', default: '' },
} as const

/**
 * Parses the command line.
 * @throws Refusal for anything unknown: a misspelled --dry-run must not deploy
 */
export function readDeployOptions(
  parameters: string[],
  environment: Record<string, string | undefined>,
): DeployOptions {
  refuseTakenByNpm(environment)
  const values = parse(parameters)
  if (!/^[\w-]*$/.test(values.env)) throw new Refusal(`--env must be a name, not ${values.env}`)
  return {
    help: values.help,
    dryRun: values['dry-run'],
    makeSecrets: values['make-secrets'],
    env: values.env,
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Refusal(`${reason} (npm run deploy -- --help lists the options)`)
  }
}

// Without `--` npm consumes the option itself, and `npm run deploy --dry-run` would deploy.
function refuseTakenByNpm(environment: Record<string, string | undefined>): void {
  const taken = [...Object.keys(options), 'dryrun'].find(
    (name) => (environment[`npm_config_${name.replaceAll('-', '_')}`] ?? '') !== '',
  )
  if (taken === undefined) return
  throw new Refusal(`npm consumed --${taken} itself: run npm run deploy -- --${taken}`)
}
