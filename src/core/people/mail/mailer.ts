// The port by which mails leave.
import type { MailKind } from './kinds.ts'

/** A mail as it waits in the outbox, with the issuer that sends it. */
export type WaitingMail = {
  id: string
  kind: MailKind
  to: string
  language: string
  facts: Readonly<Record<string, string>>
  issuer: string
  /** When it is sent, in seconds. */
  at: number
  until: number | null
}

export type Mailer = {
  /**
   * Writes a mail and hands it to the transport, in a bounded time. `refused` = nobody will ever get it:
   * the recipient is suppressed, or is no address.
   * @throws any error if it may work later
   */
  send(mail: WaitingMail): Promise<'sent' | 'refused'>
}
