// What `npm run test:soak` is asked for.
import { scriptOptions } from '../script-options.ts'

export type Options = { minutes: number; connections: number; port: number | undefined }

const usage = `npm run test:soak -- [options]
  --minutes=5        how long the load lasts
  --connections=64   keep-alive connections, each of which sends one request after the other
  --port=N           where the server listens (default: a free port)`

/** Returns the options; wrong ones end the script. */
export function readOptions(): Options {
  const { values, number, wholeNumber } = scriptOptions(usage, {
    options: {
      minutes: { type: 'string', default: '5' },
      connections: { type: 'string', default: '64' },
      port: { type: 'string' },
    },
  })
  return {
    minutes: number('minutes', values.minutes, 0.1),
    connections: wholeNumber('connections', values.connections),
    port: values.port === undefined ? undefined : wholeNumber('port', values.port),
  }
}
