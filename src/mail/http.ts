// Sends a mail by the HTTPS API of a service: one JSON document in one request.
import type { MailTransport } from '../core/server/settings-mail.ts'
import type { Settings } from '../core/server/settings.ts'
import { type OutboundAnswer, guardedFetch } from '../federation/outbound.ts'
import type { Transport } from './mailer.ts'
import type { Message } from './message.ts'

type Http = Extract<MailTransport, { kind: 'http' }>

type Api = {
  url: string
  headers: (key: string, message: Message) => Record<string, string>
  document: (message: Message) => unknown
  /** Whether the service will never send to this recipient. */
  refuses: (answer: OutboundAnswer) => boolean
}

const sender = ({ from }: Message): string => `${JSON.stringify(from.name)} <${from.email}>`

const apis: Record<Http['api'], Api> = {
  // https://resend.com/docs/api-reference/emails/send-email
  resend: {
    url: 'https://api.resend.com/emails',
    headers: (key, { headers }) => ({
      Authorization: `Bearer ${key}`,
      // A mail that is sent again because its answer was lost is delivered once.
      'Idempotency-Key': headers['Message-ID'] ?? '',
    }),
    document: (message) => {
      const { to, subject, text, html, headers } = message
      return { from: sender(message), to, subject, text, html, headers }
    },
    // Suppressed recipients are swallowed with 200 and told by a webhook.
    refuses: () => false,
  },
  // https://postmarkapp.com/developer/api/email-api
  postmark: {
    url: 'https://api.postmarkapp.com/email',
    headers: (key) => ({ 'X-Postmark-Server-Token': key }),
    document: (message) => ({
      From: sender(message),
      To: message.to,
      Subject: message.subject,
      TextBody: message.text,
      HtmlBody: message.html,
      Headers: Object.entries(message.headers).map(([Name, Value]) => ({ Name, Value })),
      MessageStream: 'outbound',
      TrackOpens: false,
      TrackLinks: 'None',
    }),
    // 406 of its error codes: an inactive recipient, after a bounce or a complaint.
    refuses: ({ status, text }) => status === 422 && /"ErrorCode":\s*406\b/.test(text),
  },
}

/** Opens the transport. It throws unless the service has taken the mail, or refuses the recipient. */
export function httpTransport(settings: Settings, { api, key }: Http): Transport {
  const { url, headers, document, refuses } = apis[api]
  return async (message) => {
    const answer = await guardedFetch({ settings, ownIssuers: [] }, url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers(key, message) },
      body: JSON.stringify(document(message)),
    })
    if (refuses(answer)) return 'refused'
    if (answer.status < 300) return 'sent'
    throw new Error(`the mail service answered ${answer.status}`)
  }
}
