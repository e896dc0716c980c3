// The settings of mail. Without MAIL the server sends none, and pages that need it are absent.
import { mailableAddress } from '../../protocol/mail-address.ts'
import type { SettingsReader } from './settings-reader.ts'

export const mailTransports = ['binding', 'smtp', 'http', 'log'] as const
export const mailApis = ['resend', 'postmark'] as const

/** A mail server. `isSecure` = TLS from the start; otherwise by STARTTLS (RFC 3207). */
export type SmtpServer = {
  host: string
  port: number
  isSecure: boolean
  credentials: { user: string; password: string } | null
}

/** How mails leave. */
export type MailTransport =
  | { kind: 'binding' }
  | { kind: 'smtp'; server: SmtpServer }
  | { kind: 'http'; api: (typeof mailApis)[number]; key: string }
  | { kind: 'log' }

export type MailSettings = ReturnType<typeof readMailSettings>

/** Reads the settings of mail. The reader collects all faults. */
export function readMailSettings(read: SettingsReader, development: boolean) {
  const kind = read.choice('MAIL', ['off', ...mailTransports])
  const server = smtpServer(read)
  const api = read.choice('MAIL_API', mailApis)
  const key = read.optionalSecret('MAIL_API_KEY')
  if (kind === 'log' && !development) read.fault('MAIL', 'may be log in development only')
  if (kind === 'smtp' && server === null) read.fault('SMTP_URL', 'is required for MAIL = smtp')
  if (kind === 'http' && key === '') read.fault('MAIL_API_KEY', 'is required for MAIL = http')
  return {
    transport: transportOf(kind, server, { api, key }),
    from: sender(read, kind !== 'off'),
    /** The most mails: to one address, asked for from one client address, and in all. */
    limits: {
      perAddressHour: read.number('MAILS_PER_ADDRESS', 3, 1, 1_000_000),
      perAddressDay: read.number('MAILS_PER_ADDRESS_DAY', 10, 1, 1_000_000),
      perClientHour: read.number('MAILS_PER_CLIENT_ADDRESS', 20, 1, 1_000_000),
      perHour: read.number('MAILS_PER_HOUR', 1_000, 1, 100_000_000),
    },
  }
}

function transportOf(
  kind: 'off' | (typeof mailTransports)[number],
  server: SmtpServer | null,
  http: { api: (typeof mailApis)[number]; key: string },
): MailTransport | null {
  if (kind === 'off') return null
  if (kind === 'smtp') return server === null ? null : { kind, server }
  return kind === 'http' ? { kind, ...http } : { kind }
}

// Our Message-ID has the domain of this address, too.
function sender(read: SettingsReader, isRequired: boolean): string {
  const text = read.text('MAIL_FROM')
  if (text === undefined && isRequired) read.fault('MAIL_FROM', 'is required by MAIL')
  if (text !== undefined && mailableAddress(text) === null) {
    read.fault('MAIL_FROM', 'must be an address like no-reply@example.org')
  }
  return text ?? ''
}

// Ports of submission (RFC 8314, RFC 6409). Workers cannot connect to port 25.
const defaultPorts: Readonly<Record<string, number>> = { 'smtps:': 465, 'smtp:': 587 }

function smtpServer(read: SettingsReader): SmtpServer | null {
  const text = read.optionalSecret('SMTP_URL')
  if (text === '') return null
  const url = URL.canParse(text) ? new URL(text) : null
  const port = url === null ? undefined : defaultPorts[url.protocol]
  const credentials = url === null ? null : credentialsOf(url)
  if (url === null || port === undefined || url.hostname === '' || credentials === 'malformed') {
    read.fault('SMTP_URL', 'must be smtp://user:password@host:port or smtps://...')
    return null
  }
  if (url.port === '25') read.fault('SMTP_URL', 'cannot use port 25, which Workers cannot reach')
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? port : Number(url.port),
    isSecure: url.protocol === 'smtps:',
    credentials,
  }
}

function credentialsOf({ username, password }: URL): SmtpServer['credentials'] | 'malformed' {
  if (username === '') return null
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) }
  } catch {
    return 'malformed'
  }
}
