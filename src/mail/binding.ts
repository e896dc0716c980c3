// Sends a mail by the Email Service of Cloudflare, through the binding EMAIL.
import { inTime } from '../federation/outbound.ts'
import type { Transport } from './mailer.ts'

/** Milliseconds. */
const deadline = 10_000

/** What the service says about somebody who will never get a mail. */
const refusesRecipient = ['E_RECIPIENT_SUPPRESSED']

/** Opens the transport. It throws unless the service has taken the mail, or refuses the recipient. */
export const bindingTransport =
  (email: SendEmail): Transport =>
  async ({ headers, at: _at, ...message }) => {
    // The service makes the Message-ID itself and refuses ours.
    const { 'Message-ID': _own, ...allowed } = headers
    try {
      await inTime(email.send({ ...message, headers: allowed }), deadline)
      return 'sent'
    } catch (failure) {
      const code: unknown = Reflect.get(Object(failure), 'code')
      if (refusesRecipient.some((one) => one === code || String(failure).includes(one))) {
        return 'refused'
      }
      throw failure
    }
  }
