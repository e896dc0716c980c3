// Time passes by moving what is stored into the past: nothing sleeps.
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, vi } from 'vitest'

/** The id of the grant that a refresh token stands in. */
export const grantIdOf = (refreshToken: string): string => refreshToken.split('.')[1] ?? ''

const assignments = {
  rotated: 'rotated_at = rotated_at - ?1',
  access: 'access_expires_at = access_expires_at - ?1',
  idle: 'idle_expires_at = idle_expires_at - ?1',
  absolute: `absolute_expires_at = absolute_expires_at - ?1,
    idle_expires_at = MIN(idle_expires_at, absolute_expires_at - ?1)`,
} as const

/** Makes the last rotation, or what is left until expiry, `seconds` older. */
export async function age(
  refreshToken: string,
  what: keyof typeof assignments,
  seconds: number,
): Promise<void> {
  await env.DB.prepare(`UPDATE grants SET ${assignments[what]} WHERE id = ?2`)
    .bind(seconds, grantIdOf(refreshToken))
    .run()
}

type GrantRow = {
  generation: number
  revoked_at: number | null
  revoked_reason: string | null
  idle_expires_at: number
  absolute_expires_at: number
  access_expires_at: number
}

/** The row of a grant, as stored. */
export async function grantRow(refreshToken: string): Promise<GrantRow> {
  const row = await env.DB.prepare('SELECT * FROM grants WHERE id = ?1')
    .bind(grantIdOf(refreshToken))
    .first<GrantRow>()
  if (row === null) throw new Error('there is no such grant')
  return row
}

let start = Date.now()
let furthest = start

/** Gives each test of a file a day of its own, after the days of those before. */
export function aDayForEachTest(): void {
  beforeEach(() => {
    start = furthest + 86_400_000
    vi.useFakeTimers({ toFake: ['Date'] })
    setClock(0)
  })
  afterEach(() => vi.useRealTimers())
}

/** Sets the clock of whatever runs from now on, `milliseconds` from the start of this test's day. */
export function setClock(milliseconds: number): void {
  vi.setSystemTime(start + milliseconds)
  furthest = Math.max(furthest, start + milliseconds)
}
