// What `npm run test:soak` is asked for.
import { parseArgs } from 'node:util'
import { Refusal } from '../../src/operator/refusal.ts'

export type Options = { minutes: number; connections: number; port: number | undefined }

export const usage = `npm run test:soak -- [options]
  --minutes=5        how long the load lasts
  --connections=64   keep-alive connections, each of which sends one request after the other
  --port=N           where the server listens (default: a free port)`

/** The options, or null where help is asked for. @throws Refusal */
export function readOptions(parameters: string[]): Options | null {
  const values = parse(parameters)
  if (values.help) return null
  return {
    minutes: number('minutes', values.minutes, 0.1, 24 * 60),
    connections: Math.round(number('connections', values.connections, 1, 1_000)),
    port: values.port === undefined ? undefined : number('port', values.port, 1, 65_535),
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        minutes: { type: 'string', default: '5' },
        connections: { type: 'string', default: '64' },
        port: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (cause) {
    throw new Refusal(`${cause instanceof Error ? cause.message : String(cause)}\n${usage}`)
  }
}

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (value >= least && value <= most) return value
  throw new Refusal(`--${name} must be a number from ${least} to ${most}\n${usage}`)
}
