// The options of the scripts of this folder.
import { type ParseArgsConfig, parseArgs } from 'node:util'

/**
 * Reads the options of a script. A wrong one ends the script with exit code 2 and says what there is;
 * `--help` does so with 0. `number` and `wholeNumber` read what an option was given, `refuse` is for what
 * else is wrong.
 */
export function scriptOptions<Config extends ParseArgsConfig>(usage: string, config: Config) {
  const refuse = (reason: string): never => {
    console.error(`${reason}\n${usage}`)
    process.exit(2)
  }
  const number = (name: string, text: string, least = 1): number => {
    const value = Number(text)
    if (text.trim() === '' || !(value >= least) || !Number.isFinite(value)) {
      refuse(`--${name} must be a number from ${least} on, not ${text}`)
    }
    return value
  }
  const wholeNumber = (name: string, text: string, least = 1): number => {
    const value = number(name, text, least)
    if (!Number.isSafeInteger(value)) refuse(`--${name} must be whole, not ${text}`)
    return value
  }
  return Object.assign(read(usage, config, refuse), { number, wholeNumber, refuse })
}

/** Returns the parameters of a script that vitest judges. `--help` ends the script and says what there is. */
export function vitestParameters(usage: string): string[] {
  const parameters = process.argv.slice(2)
  if (!parameters.includes('--help')) return parameters
  console.log(usage)
  process.exit(0)
}

function read<Config extends ParseArgsConfig>(
  usage: string,
  config: Config,
  refuse: (reason: string) => never,
) {
  vitestParameters(usage)
  try {
    return parseArgs(config)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    // Node also says how a file that begins with a dash is given. There is none.
    return refuse(reason.replace(/\. To specify .*/s, ''))
  }
}

/** A seed of one's own where none is given. */
export const newSeed = (): string => String(Math.floor(Math.random() * 1_000_000_000))
