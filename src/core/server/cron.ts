// What happens by the clock: KV hears of revocations it missed, keys rotate, expired rows go.
import type { Server } from '../authorization-server.ts'
import type { LogEvent } from './events.ts'
import type { AuditEvent } from './storage.ts'

/** Rows of one bite; a run takes a bounded number of bites, so that nobody waits behind it. */
const bite = 500
const bitesAtMost = 20

const outboxBite = 100

/**
 * One run of the cron trigger at `now`. What fails keeps nothing else from its turn.
 * @throws what failed first, once all has had its turn
 */
export async function runCron(
  server: Server,
  now: number,
  log: (event: LogEvent) => void,
): Promise<void> {
  const { store, settings } = server
  const outcomes = await Promise.allSettled([
    inBites(outboxBite, (most) => store.edge.drainOutbox(now, most)),
    rotateKeys(server, now),
    removeUnneededClients(server, now, log),
    inBites(bite, (most) => store.cleaner.removeExpired(now, most, settings.passwordTries.window)),
  ])
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}

async function inBites(most: number, take: (most: number) => Promise<number>): Promise<void> {
  for (let run = 0; run < bitesAtMost; run++) if ((await take(most)) < most) return
}

/** One bite a run: registrations come no faster than their rate allows. */
async function removeUnneededClients(
  { store, settings: { registration } }: Server,
  now: number,
  log: (event: LogEvent) => void,
): Promise<void> {
  const lifetimes = { unused: registration.unusedLifetime, idle: registration.idleLifetime }
  const count = await store.clientRemoval.removeUnneeded(now, lifetimes, bite)
  if (count > 0) log({ event: 'unneeded clients removed', count })
}

async function rotateKeys(
  { store, signingKeys, settings: { lifetimes } }: Server,
  now: number,
): Promise<void> {
  const longestAccessToken = await store.clients.longestAccessTokenLifetime()
  // An ID token comes back as a hint as long as its session lives, though it has expired
  // (RP-Initiated Logout 1.0 2).
  const longest = Math.max(lifetimes.accessToken, longestAccessToken, lifetimes.session)
  const audit: AuditEvent = { at: now, kind: 'signing keys rotated', requestId: 'cron' }
  await signingKeys.rotate(now, longest, audit)
}
