// The setting RATE_LIMITS: how many requests an address, or a client, may send to which endpoints.
import type { SettingsReader } from './settings-reader.ts'

/** What counts the requests of a limit: the isolate, or a Rate Limiting binding of wrangler.toml. */
export type Counting =
  | { requests: number; /** Seconds. */ period: number }
  | { /** The name of the binding. */ binding: string }

/** A limit: `of` is a path, the beginning of paths before `*`, or `client`. */
export type RateLimit = { of: string; counting: Counting }

// The pages that somebody without an account can ask for. A backend sends the token requests of all of
// its users from one address, so that no such endpoint has a limit by itself.
const ofDeployments = [
  '/oauth2/authorize=600/60',
  '/oauth2/device_authorization=600/60',
  '/oauth2/register*=120/60',
  '/login*=600/60',
  '/sign-up=120/60',
  '/forgot=120/60',
].join(',')

const pattern = /^(client|\/[^\s,=*]*\*?)=(?:(\d{1,7})\/(\d{1,4})|([A-Z][A-Z0-9_]*))$/

/** What watches a deployment, and what clients verify tokens by. */
const unlimited = ['/health', '/.well-known/']

/** Reads the limits, of which the first that fits a request counts. */
export function readRateLimits(read: SettingsReader, development: boolean): readonly RateLimit[] {
  const text = read.text('RATE_LIMITS', development ? 'off' : ofDeployments)
  if (text === 'off') return []
  return text.split(',').flatMap((entry) => readEntry(read, entry.trim()))
}

function readEntry(read: SettingsReader, entry: string): RateLimit[] {
  const [, of, requests, period, binding] = pattern.exec(entry) ?? []
  const counting =
    binding === undefined ? { requests: Number(requests), period: Number(period) } : { binding }
  const isCounted = 'binding' in counting || (counting.requests > 0 && counting.period > 0)
  if (of === undefined || !isCounted) {
    read.fault(
      'RATE_LIMITS',
      `must be off, or like /oauth2/token=600/60, /login*=NAME_OF_A_BINDING, client=6000/60, and not ${entry}`,
    )
    return []
  }
  if (unlimited.some((path) => of.startsWith(path))) {
    read.fault('RATE_LIMITS', `${of} is never limited`)
  }
  return [{ of, counting }]
}

/** Returns whether a limit is for a path, or for a route by its pattern. */
export function isLimitOf({ of }: RateLimit, path: string): boolean {
  if (unlimited.some((one) => path.startsWith(one))) return false
  return of.endsWith('*') ? path.startsWith(of.slice(0, -1)) : path === of
}
