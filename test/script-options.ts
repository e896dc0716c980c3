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

function read<Config extends ParseArgsConfig>(
  usage: string,
  config: Config,
  refuse: (reason: string) => never,
) {
  if (process.argv.slice(2).includes('--help')) {
    console.log(usage)
    process.exit(0)
  }
  try {
    return parseArgs(config)
  } catch (cause) {
    return refuse(cause instanceof Error ? cause.message : String(cause))
  }
}

/** A seed of one's own where none is given. */
export const newSeed = (): string => String(Math.floor(Math.random() * 1_000_000_000))
