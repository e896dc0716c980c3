// What happened on each day, for operators. Cron counts the audit, so that no request pays for it.
import type { Server } from '../authorization-server.ts'
import type { AuditKind } from './events.ts'
import type { DailyCount } from './storage.ts'

/** For how many days counts are kept. */
export const longestStatistics = 400

/**
 * Seconds after which an event is counted. The row of refused sign-ins grows for a minute, and after
 * that for as long as the work after a response may take.
 */
const settling = 120

const day = 86_400

/**
 * The kind of the event that tokens of a grant type leave. Of a grant, the first refresh alone leaves one;
 * `client_credentials` and token exchange leave none.
 */
const grantKinds = {
  authorization_code: 'code.redeemed',
  refresh_token: 'token.refreshed',
  password: 'token.password-granted',
  'urn:ietf:params:oauth:grant-type:device_code': 'device.redeemed',
  'urn:ietf:params:oauth:grant-type:jwt-bearer': 'assertion.redeemed',
} as const satisfies Record<string, AuditKind>

/** A day, by UTC. `date` is like 2026-11-26. */
export type DayOfStatistics = {
  date: string
  signIns: number
  refusals: number
  activeUsers: number
  /** By grant type. */
  tokens: Record<string, number>
}

/** Counts up to `most` events, for cron. Returns how many; fewer than `most` if none is left. */
export const countEvents = (
  { store }: Pick<Server, 'store'>,
  now: number,
  most: number,
): Promise<number> =>
  store.statistics.count(now - settling, Math.floor(now / day) - longestStatistics, most)

/** Returns the last `days` days until now, the latest one last. Counts are up to three minutes old. */
export async function statisticsOf(
  { store }: Pick<Server, 'store'>,
  now: number,
  days: number,
): Promise<DayOfStatistics[]> {
  const today = Math.floor(now / day)
  const first = today - days + 1
  const kinds = ['user.signed-in', 'user.sign-in-refused', 'user.active'] as const
  const counts = await store.statistics.list(first, [...kinds, ...Object.values(grantKinds)])
  const byDay = Map.groupBy(counts, (one) => one.day)
  return Array.from({ length: days }, (_, index) => dayOf(first + index, byDay.get(first + index)))
}

function dayOf(number: number, counts: readonly DailyCount[] = []): DayOfStatistics {
  const of = (kind: DailyCount['kind']): number =>
    counts.find((one) => one.kind === kind)?.count ?? 0
  return {
    date: new Date(number * day * 1000).toISOString().slice(0, 10),
    signIns: of('user.signed-in'),
    refusals: of('user.sign-in-refused'),
    activeUsers: of('user.active'),
    tokens: Object.fromEntries(
      Object.entries(grantKinds).map(([grantType, kind]) => [grantType, of(kind)]),
    ),
  }
}
