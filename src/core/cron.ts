// What happens by the clock: KV hears of revocations it missed, keys rotate, expired rows go.
import type { Settings } from './settings.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { Store } from './store.ts'

/** Rows of one bite; a run takes a bounded number of bites, so that nobody waits behind it. */
const bite = 500
const bitesAtMost = 20

/** One run of the cron trigger at `now`. */
export async function runCron(
  store: Store,
  signingKeys: SigningKeys,
  settings: Settings,
  now: number,
): Promise<void> {
  for (let run = 0; run < bitesAtMost; run++) {
    if ((await store.edge.drainOutbox(now, 100)) < 100) break
  }
  const longestLifetime = Math.max(
    settings.lifetimes.accessToken,
    await store.signingKeys.longestAccessTokenLifetime(),
  )
  await signingKeys.rotate(now, longestLifetime)
  for (let run = 0; run < bitesAtMost; run++) {
    if ((await store.cleaner.removeExpired(now, bite)) < bite) break
  }
}
