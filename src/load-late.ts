// Loads what src/late.ts lists, at its first use.
import type { Outage } from './core/authorization-server.ts'
import type { Mailer } from './core/people/mail/mailer.ts'
import type { Settings } from './core/server/settings.ts'
import { once } from './protocol/once.ts'

/** Loads what src/late.ts lists. */
export const loadLate = once(async () => (await import('./late.ts')).late)

/** What src/late.ts lists. */
export type Late = Awaited<ReturnType<typeof loadLate>>

/** Returns a mailer that is loaded for its first mail; null = MAIL is not set. */
export function lateMailer(settings: Settings, env: { EMAIL?: SendEmail }): Mailer | null {
  if (settings.mail.transport === null) return null
  const mailer = once(async () => (await loadLate()).openMailer(settings, env))
  return { send: async (mail) => (await mailer()).send(mail) }
}

/** Refreshing while D1 is away, loaded at its first use. */
export const lateOutage: Outage = {
  refreshWithoutDatabase: async (as, request) =>
    (await loadLate()).refreshWithoutDatabase(as, request),
  wasGivenBack: async (as, digest, found) => (await loadLate()).wasGivenBack(as, digest, found),
}
