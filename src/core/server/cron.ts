// The work of the cron trigger: tell KV of the revocations that it missed, rotate keys, count events,
// delete expired rows.
import type { Server } from '../authorization-server.ts'
import type { LogEvent } from './events.ts'
import type { AuditEvent, Sweep } from './storage.ts'
import { keepSigningKeys } from './outage-records.ts'
import { countEvents } from './statistics.ts'
import { startOfSweep } from './sweep-start.ts'

/** Rows of one bite. A run takes a bounded number of bites, so that no request waits behind it. */
const bite = 500
const bitesAtMost = 20

const outboxBite = 100

/**
 * Runs the cron trigger once, at `now` in seconds. If one task fails, the others still run.
 * @throws the first failure, after all tasks have ended
 */
export async function runCron(
  server: Server,
  now: number,
  log: (event: LogEvent) => void,
): Promise<void> {
  const { store, settings } = server
  const outcomes = await Promise.allSettled([
    inBites(outboxBite, (most) => store.revocationLists.drainOutbox(now, most)),
    rotateKeys(server, now),
    inBites(bite, (most) => store.cleaner.removeExpired(now, most)),
    ...store.cleaner.sweeps(settings.passwordTries.window).map((sweep) => inCircle(sweep, now)),
    removeUnneededClients(server, now, log),
    inBites(bite, (most) => countEvents(server, now, most)),
    removeOldEvents(server, now),
  ])
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

async function inBites(most: number, take: (most: number) => Promise<number>): Promise<void> {
  for (let run = 0; run < bitesAtMost; run++) if ((await take(most)) < most) return
}

/** Sweeps a table once around from where this run starts, or as far as the bites of a run reach. */
async function inCircle(sweep: Sweep, now: number): Promise<void> {
  const start = startOfSweep(now)
  let after = start
  let isAround = false
  for (let run = 0; run < bitesAtMost; run++) {
    const next = await sweep(after, now, bite)
    if (next === null && isAround) return
    isAround ||= next === null
    after = next ?? ''
    if (isAround && after >= start) return
  }
}

/**
 * Deletes one bite of registered clients that nobody needs. Registrations have a rate, so one is
 * enough.
 */
async function removeUnneededClients(
  { store, settings: { registration } }: Server,
  now: number,
  log: (event: LogEvent) => void,
): Promise<void> {
  const lifetimes = { unused: registration.unusedLifetime, idle: registration.idleLifetime }
  const count = await store.clientRemoval.removeUnneeded(now, lifetimes, bite)
  if (count > 0) log({ event: 'unneeded clients removed', count })
}

/** Seconds for which every event stays: the key of one lets a form of the console count once. */
const shortestRetention = 3_600

async function removeOldEvents(
  { store, settings: { auditRetention } }: Server,
  now: number,
): Promise<void> {
  if (auditRetention === 0) return
  const before = now - Math.max(auditRetention, shortestRetention)
  await inBites(bite, (most) => store.audit.removeBefore(before, most))
}

async function rotateKeys(server: Server, now: number): Promise<void> {
  const { store, signingKeys, settings } = server
  const { lifetimes } = settings
  const longestAccessToken = await store.clients.longestAccessTokenLifetime()
  // An expired ID token is still accepted as a hint while its session lives (RP-Initiated Logout 1.0
  // 2).
  const longest = Math.max(lifetimes.accessToken, longestAccessToken, lifetimes.session)
  const audit: AuditEvent = { at: now, kind: 'key.rotated', requestId: 'cron', actor: 'cron' }
  await signingKeys.rotate(now, longest, audit)
  await keepSigningKeys(server, now)
}
