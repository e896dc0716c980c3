import type { Mailer } from './core/people/mail/mailer.ts'
import type { Settings } from './core/server/settings.ts'
import { loadLate } from './load-late.ts'
import { once } from './protocol/once.ts'

/** Returns a mailer that is loaded for its first mail; null = MAIL is not set. */
export function lateMailer(settings: Settings, env: { EMAIL?: SendEmail }): Mailer | null {
  if (settings.mail.transport === null) return null
  const mailer = once(async () => (await loadLate()).openMailer(settings, env))
  return { send: async (mail) => (await mailer()).send(mail) }
}
