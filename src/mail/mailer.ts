// Opens the transport of mails that the settings name.
import type { Mailer } from '../core/people/mail/mailer.ts'
import type { Settings } from '../core/server/settings.ts'
import { type Message, messageOf } from './message.ts'

/** Hands a message on. @throws any error if it may work later */
export type Transport = (message: Message) => Promise<'sent' | 'refused'>

/** Opens the mailer; null = MAIL is not set. */
export function openMailer({ mail, brand }: Settings, env: object): Mailer | null {
  const { transport, from } = mail
  if (transport === null) return null
  const send = transportOf(transport, env)
  return { send: (waiting) => send(messageOf(waiting, { from, brand })) }
}

const transportOf = (
  _transport: NonNullable<Settings['mail']['transport']>,
  _env: object,
): Transport => printMessage

/** Prints a mail, for development. */
function printMessage({ to, subject, text }: Message): Promise<'sent'> {
  console.log(JSON.stringify({ event: 'mail', to, subject, text }))
  return Promise.resolve('sent')
}
