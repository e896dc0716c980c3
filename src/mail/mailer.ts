// Opens the transport of mails that the settings name.
import type { Mailer } from '../core/people/mail/mailer.ts'
import type { MailTransport } from '../core/server/settings-mail.ts'
import type { Settings } from '../core/server/settings.ts'
import { bindingTransport } from './binding.ts'
import { httpTransport } from './http.ts'
import { type Message, messageOf } from './message.ts'
import { smtpTransport } from './smtp.ts'

/** Hands a message on. @throws any error if it may work later */
export type Transport = (message: Message) => Promise<'sent' | 'refused'>

/** Opens the mailer. @throws Error if MAIL is not set */
export function openMailer(settings: Settings, env: { EMAIL?: SendEmail }): Mailer {
  const { mail, brand } = settings
  const { transport, from } = mail
  if (transport === null) throw new Error('MAIL is not set')
  const send = transportOf(settings, transport, env)
  return { send: (waiting) => send(messageOf(waiting, { from, brand })) }
}

function transportOf(
  settings: Settings,
  transport: MailTransport,
  { EMAIL }: { EMAIL?: SendEmail },
): Transport {
  switch (transport.kind) {
    case 'log':
      return printMessage
    case 'smtp':
      return smtpTransport(transport.server)
    case 'http':
      return httpTransport(settings, transport)
    case 'binding':
      if (EMAIL !== undefined) return bindingTransport(EMAIL)
      return () => Promise.reject(new Error('wrangler.toml has no [[send_email]] named EMAIL'))
  }
}

/** Prints a mail, for development. */
function printMessage({ to, subject, text }: Message): Promise<'sent'> {
  console.log(JSON.stringify({ event: 'mail', to, subject, text }))
  return Promise.resolve('sent')
}
