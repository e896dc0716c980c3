import { parseArgs } from 'node:util'
import { Refusal } from './refusal.ts'

export const startUsage = `npm start

Runs Postern on this machine, with demo users and clients, until it is ended by Ctrl-C. It takes no
options: variables of the environment change what it does, as in PORT=9000 npm start.

  PORT         port to listen on (default: 8787); mails are shown at the port above it
  HOST         address to listen on (default: 127.0.0.1); 0.0.0.0 is every address
  ISSUER       issuer to serve as, behind a tunnel or a container's public name
  STATE_DIR    folder of the database, KV and the secrets (default: .wrangler/state)

Every setting of the worker works, too: src/operator/README.md lists them.`

/**
 * Parses the command line.
 * @returns whether it asks for help
 * @throws Refusal for anything else: whoever asks for another port must not get the usual one
 */
export function asksForHelp(
  parameters: string[],
  environment: Record<string, string | undefined>,
): boolean {
  // Without `--` npm consumes an option with `=` itself.
  const taken = ['port', 'host', 'issuer', 'state-dir'].find(
    (name) => (environment[`npm_config_${name.replaceAll('-', '_')}`] ?? '') !== '',
  )
  if (taken !== undefined) throw refusal(`--${taken}`)
  try {
    const options = { help: { type: 'boolean', short: 'h', default: false } } as const
    return parseArgs({ args: parameters, options }).values.help
  } catch {
    throw refusal(parameters.join(' '))
  }
}

const refusal = (given: string) =>
  new Refusal(
    `npm start does not know ${given}: set variables, as in PORT=9000 npm start (npm start -- --help lists them)`,
  )
