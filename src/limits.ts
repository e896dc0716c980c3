// Opens the limits of RATE_LIMITS with what only an isolate has: its routes and its bindings.
import type { Hono } from 'hono'
import { RateLimits } from './core/people/rate-limits.ts'
import { type RateLimit, isLimitOf } from './core/server/settings-limits.ts'
import type { App } from './http/app.ts'
import { openAddressFilter } from './store/address-filter.ts'

type Binding = Env['SIGN_IN_FILTER']

/** Opens the limits over the bindings that they name. A binding that fails admits everybody. */
export const openRateLimits = (limits: readonly RateLimit[], env: object): RateLimits =>
  new RateLimits(limits, (name, key) => openAddressFilter(bindingOf(env, name)).admits(key))

/** Returns the faults of limits that only an isolate can see: a path without a route, a binding that is absent. */
export function faultsOfLimits(
  limits: readonly RateLimit[],
  app: Hono<App>,
  env: object,
): string[] {
  const paths = app.routes.map(({ path }) => path)
  return limits.flatMap((limit) => {
    const { of, counting } = limit
    const isThere =
      of === 'client' || paths.some((path) => isLimitOf(limit, path) || holds(path, of))
    const isBound = !('binding' in counting) || bindingOf(env, counting.binding) !== undefined
    return [
      ...(isThere ? [] : [`RATE_LIMITS: there is nothing at ${of}`]),
      ...(isBound ? [] : ['RATE_LIMITS: names a binding that wrangler.toml has not in ratelimits']),
    ]
  })
}

/** Returns whether the path of a route, such as `/account/*`, is that of an app with routes of its own. */
const holds = (path: string, of: string): boolean =>
  path.endsWith('/*') && of.startsWith(path.slice(0, -1))

function bindingOf(env: object, name: string): Binding | undefined {
  const binding: unknown = Reflect.get(env, name)
  return isRateLimit(binding) ? binding : undefined
}

const isRateLimit = (binding: unknown): binding is Binding =>
  typeof binding === 'object' && binding !== null && 'limit' in binding
